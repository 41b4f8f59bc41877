"""Monthly statements by mail: who gets them, and which were sent."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from merchants.models.shops import Shop

FORMATS = ("csv", "pdf")
MOST_TRIES = 8


class StatementMail(models.Model):
    """Somebody of a team who gets the statement of each month by mail.

    It counts once they have confirmed, signed in, by the link that was sent there; of its token
    only a hash is kept, until then. One that ended stays as history. ``asked_at`` is wall time.
    ``mailbox`` is the address however it is spelt, which is what a stranger is spared by.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    chosen_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    address = models.EmailField(max_length=254)
    mailbox = models.CharField(max_length=320, default="", db_default="", editable=False)
    formats = ArrayField(models.CharField(max_length=4))
    token_hash = models.BinaryField(max_length=32, unique=True, null=True, blank=True)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One of a person at a shop; of files that there are; a confirmed one has no token."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "person"],
                condition=Q(ended_at__isnull=True),
                name="merchants_statementmail_one_living",
            ),
            models.CheckConstraint(
                condition=Q(formats__len__gt=0) & Q(formats__contained_by=list(FORMATS)),
                name="merchants_statementmail_formats_known",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(token_hash__isnull=True),
                name="merchants_statementmail_token_is_used_up",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["mailbox", "asked_at"],
                condition=Q(confirmed_at__isnull=True),
                name="merchants_statementmail_lately",
            ),
        ]

    def __str__(self) -> str:
        """Name it."""
        return self.public_id

    @property
    def masked_address(self) -> str:
        """Return what tells the address apart, and no more: ``z…@example.com``."""
        name, _at, domain = self.address.rpartition("@")
        return f"{name[:1]}…@{domain}"


class StatementMailing(models.Model):
    """One month's mail to one person: owed, then begun, then sent or given up.

    ``begun_at`` is noted before the mail is handed over, with the try and the moment up to which
    it is nobody else's (``due_at``). A process that dies in between leaves it so: the first turn
    after that moment tries again, until the tries are used up. Moments are the wall clock's.
    """

    mail = models.ForeignKey(StatementMail, on_delete=models.PROTECT, related_name="mailings")
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    owed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A month is owed to a person once; it ends one way."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "person", "first_day"], name="merchants_statementmailing_once"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True),
                name="merchants_statementmailing_ends_one_way",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(begun_at__isnull=False),
                name="merchants_statementmailing_begun_before",
            ),
            models.CheckConstraint(
                condition=Q(first_day__lte=F("last_day")) & Q(tries__lte=MOST_TRIES),
                name="merchants_statementmailing_bounds",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
                name="merchants_mailing_unsent",
            ),
        ]

    def __str__(self) -> str:
        """Say which month."""
        return f"{self.first_day} of {self.mail_id}"
