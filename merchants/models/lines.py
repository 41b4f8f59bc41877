"""A shop's own number, and what bots and inboxes know it by."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from merchants.enums import CallbackLevel, TemplateState
from merchants.models.orders import Order
from merchants.models.shops import Shop


class Line(models.Model):
    """A shop's number as programs of the Cloud shapes know it.

    ``app_number``, ``account_number`` and ``phone_number`` are the ids that such programs are set
    up with; no two things have the same one. ``address`` are the digits that people see: no
    telephone has them, because they go on with a nought after the country's code. The app's
    secret signs news and is sealed; its hash lets a program in. The one before it signs in its
    place, and lets in beside it, until ``old_app_secret_until``. ``has_summaries``: an order is
    told once more in plain words, for inboxes that show none.
    """

    shop = models.OneToOneField(Shop, on_delete=models.PROTECT, related_name="line")
    app_number = models.BigIntegerField(unique=True)
    account_number = models.BigIntegerField(unique=True)
    phone_number = models.BigIntegerField(unique=True)
    address = models.CharField(max_length=15, unique=True)
    app_secret = models.TextField()
    app_secret_hash = models.BinaryField(max_length=32)
    old_app_secret = models.TextField(blank=True, default="", db_default="")
    old_app_secret_hash = models.BinaryField(max_length=32, null=True, blank=True)
    old_app_secret_until = models.DateTimeField(null=True, blank=True)
    profile = models.JSONField(default=dict)
    is_cart_enabled = models.BooleanField(default=True)
    is_catalog_visible = models.BooleanField(default=True)
    is_registered = models.BooleanField(default=True)
    is_subscribed = models.BooleanField(default=True)
    has_summaries = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta:
        """The digits are a number's."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(address__regex=r"^[1-9][0-9]{6,14}$"),
                name="merchants_line_address_is_digits",
            ),
            models.CheckConstraint(
                condition=Q(
                    old_app_secret="",
                    old_app_secret_hash__isnull=True,
                    old_app_secret_until__isnull=True,
                )
                | (
                    ~Q(old_app_secret="")
                    & Q(old_app_secret_hash__isnull=False, old_app_secret_until__isnull=False)
                ),
                name="merchants_line_old_secret_is_whole",
            ),
        ]

    def __str__(self) -> str:
        """Show the number."""
        return f"+{self.address}"


class LineCallback(models.Model):
    """Where a program wants its news: the number's address wins, then the account's."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="callbacks")
    level = models.CharField(max_length=8, choices=CallbackLevel.choices)
    url = models.CharField(max_length=2000)
    fields = models.JSONField(default=list)

    class Meta:
        """One at each level."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line", "level"], name="merchants_linecallback_one_per_level"
            ),
        ]

    def __str__(self) -> str:
        """Name the address."""
        return f"{self.level}: {self.url}"


class LineContact(models.Model):
    """Somebody who talks with a shop, under the number that only this shop knows them by."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="contacts")
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField(unique=True)

    class Meta:
        """Once in each shop."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "party"], name="merchants_linecontact_once_in_a_shop"
            ),
        ]

    def __str__(self) -> str:
        """Show the number."""
        return str(self.number)


class LineSend(models.Model):
    """What a program wants to hear again in the statuses of a message that it sent."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    client_id = models.CharField(max_length=64)
    opaque = models.CharField(max_length=512)
    sent_at = models.DateTimeField()

    class Meta:
        """Once for each message."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "client_id"], name="merchants_linesend_once_for_a_message"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["sent_at"], name="merchants_linesend_by_age")]

    def __str__(self) -> str:
        """Name the message."""
        return self.client_id


class LinePace(models.Model):
    """How fast a shop's programs speak: to everybody together, and to each one.

    ``free_at`` is wall time: when everything that was said would have been said at the pace that
    is allowed. Whoever is too far ahead of it waits. ``party`` is nobody for the whole number.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey(
        "people.Party", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    free_at = models.DateTimeField()

    class Meta:
        """One for each pair, and one for the number."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "party"],
                nulls_distinct=False,
                name="merchants_linepace_one_for_each",
            ),
        ]

    def __str__(self) -> str:
        """Say until when."""
        return f"{self.shop_id} to {self.party_id or 'all'}: {self.free_at}"


class LineNews(models.Model):
    """A marketing template that a shop's program sent somebody, for as long as a cap counts it."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        """Counted by whom it reached, and when."""

        indexes: ClassVar = [
            models.Index(fields=["party", "sent_at"], name="merchants_linenews_reached"),
        ]

    def __str__(self) -> str:
        """Say to whom."""
        return f"{self.shop_id} to {self.party_id}"


class LineOrder(models.Model):
    """An order that a program made by ``order_details``, under the program's own reference.

    ``asked`` is what came, foreign ways to pay included; ``told`` is the last state that the
    program gave it.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="line_order")
    reference = models.CharField(max_length=60)
    configuration = models.CharField(max_length=60, blank=True, default="")
    asked = models.JSONField()
    told = models.CharField(max_length=24, default="pending")

    class Meta:
        """A reference means one order of a shop."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "reference"], name="merchants_lineorder_reference_once"
            ),
        ]

    def __str__(self) -> str:
        """Name the reference."""
        return self.reference


class LineTemplate(models.Model):
    """A message with gaps that a shop may send first."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="templates")
    number = models.BigIntegerField(unique=True)
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=12)
    category = models.CharField(max_length=16)
    components = models.JSONField()
    state = models.CharField(max_length=8, choices=TemplateState.choices)
    reason = models.CharField(max_length=200, blank=True, default="")
    made_at = models.DateTimeField()

    class Meta:
        """One of each name in each language."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "name", "language"],
                name="merchants_linetemplate_name_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=TemplateState.values),
                name="merchants_linetemplate_state_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the template."""
        return f"{self.name} ({self.language})"


class LineLink(models.Model):
    """A link that opens a conversation with words already written."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="links")
    code = models.CharField(max_length=20, unique=True)
    words = models.CharField(max_length=140)

    def __str__(self) -> str:
        """Show the code."""
        return self.code
