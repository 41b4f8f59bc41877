"""Links that ask to be paid, and each time that somebody opened one to pay it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.models.keys import ShopKey
from merchants.models.shops import Shop


class PaymentLink(models.Model):
    """An address, and its code on paper, that asks for money: a fixed amount or the payer's own.

    A link is never deleted: whoever finds its poster years later is told that it is over.
    Without ``most_uses`` it can be paid again and again, which is what a poster at the counter
    needs. A person of the team made it, or a program with a key; so it is with switching it off.
    ``used_up_at`` is when it was paid as often as it may be. ``is_counter_sale`` sets those apart
    that the keypad makes for one sale each.
    """

    public_id = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=16, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="payment_links")
    title = models.CharField(max_length=80)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    most_uses = models.PositiveIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_key = models.ForeignKey(
        ShopKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_counter_sale = models.BooleanField(default=False, db_default=False)
    used_up_at = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    disabled_key = models.ForeignKey(
        ShopKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        """An amount is positive, a limit is at least one, and somebody switched it off."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True) | Q(amount_minor__gte=1),
                name="merchants_paymentlink_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(most_uses__isnull=True) | Q(most_uses__gte=1),
                name="merchants_paymentlink_uses_positive",
            ),
            models.CheckConstraint(
                condition=Q(used_up_at__isnull=True) | Q(most_uses__isnull=False),
                name="merchants_paymentlink_used_up_has_limit",
            ),
            models.CheckConstraint(
                condition=Q(created_by__isnull=False, created_key__isnull=True)
                | Q(created_by__isnull=True, created_key__isnull=False),
                name="merchants_paymentlink_made_by_one",
            ),
            models.CheckConstraint(
                condition=Q(
                    disabled_at__isnull=True, disabled_by__isnull=True, disabled_key__isnull=True
                )
                | Q(disabled_at__isnull=False, disabled_by__isnull=False, disabled_key__isnull=True)
                | Q(
                    disabled_at__isnull=False, disabled_by__isnull=True, disabled_key__isnull=False
                ),
                name="merchants_paymentlink_disabled_by_one",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "-id"], name="merchants_link_of_shop"),
            # A keypad makes a hundred a day, and the few others are looked for among them.
            models.Index(
                fields=["shop", "-id"],
                name="merchants_link_not_counter",
                condition=Q(is_counter_sale=False),
            ),
            models.Index(
                fields=["shop", "expires_at"],
                name="merchants_link_not_closed",
                condition=Q(disabled_at__isnull=True, used_up_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Name the link."""
        return self.title


class LinkUse(models.Model):
    """One try to pay a link: whose, how much, until when; and the payment that paid it.

    Its public id is what a quote is taken of: payments know it as a demand's reference.
    """

    public_id = models.CharField(max_length=40, unique=True)
    link = models.ForeignKey(PaymentLink, on_delete=models.PROTECT, related_name="uses")
    payer = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    payment_ref = models.CharField(max_length=40, blank=True, default="")
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What is paid names its payment."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gte=1), name="merchants_linkuse_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("opened_at")), name="merchants_linkuse_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True, payment_ref="")
                | (Q(paid_at__isnull=False) & ~Q(payment_ref="")),
                name="merchants_linkuse_paid_names_payment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["link", "-id"], name="merchants_linkuse_of_link"),
        ]

    def __str__(self) -> str:
        """Say of which link."""
        return f"use of {self.link_id}"
