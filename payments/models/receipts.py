"""Receipts that anybody can check, and the public keys to check them with."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.models.payments import Payment


class ReceiptKey(models.Model):
    """The public half of a key that receipts were signed with; never removed.

    ``valid_to`` is null for the key in use. An old key stays published, so that the receipts it
    signed can be checked for ever. Both moments are wall-clock time.
    """

    key_id = models.CharField(max_length=43, unique=True)
    public_x = models.CharField(max_length=43)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        """A key is valid forwards in time."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="payments_receiptkey_valid_forwards",
            ),
        ]

    def __str__(self) -> str:
        """Name the key."""
        return self.key_id


class Receipt(models.Model):
    """A signed receipt of a payment that was completed; written once, never changed.

    ``signed_text`` is canonical JSON (RFC 8785) with masked names, and ``signature`` is Ed25519
    over its bytes. What became of the payment later is told beside it, never in it.
    """

    code = models.CharField(max_length=20, unique=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="receipt")
    key = models.ForeignKey(ReceiptKey, on_delete=models.PROTECT, related_name="+")
    signed_text = models.TextField()
    signature = models.CharField(max_length=86)
    issued_at = models.DateTimeField()

    class Meta:
        """A code of twenty letters of Crockford's base 32."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-HJKMNP-TV-Z]{20}$"),
                name="payments_receipt_code_crockford",
            ),
        ]

    def __str__(self) -> str:
        """Name the receipt."""
        return self.code
