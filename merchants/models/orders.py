"""What a buyer ordered, what was promised for it, and how it went."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.enums import NoteKind, OrderState, PaymentKind, ReservationState, Side, Unit
from merchants.models.keys import ShopKey
from merchants.models.products import MAX_TAX_NOTE, Product
from merchants.models.shops import Shop

EXPIRING = [
    OrderState.PLACED,
    OrderState.AWAITING_PAYMENT,
    OrderState.EXTERNAL_PENDING,
]


class Order(models.Model):
    """An order of one buyer at one shop, priced by the server when it was placed.

    One that the shop makes itself, for a buyer it talks with, has no ``placed_by`` and may have
    taxes, shipping and a discount beside its lines; ``total_minor`` is what they come to.

    ``expires_at`` counts only while the order is not paid. ``payment_ref`` is the payment
    that paid it; payments are known here by their public id only. Of a payment outside of Troco
    only what people say is known: ``external_told_at`` when the buyer said that they paid,
    ``external_received_at`` when somebody of the shop, or its program, said that it came.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="orders")
    number = models.PositiveIntegerField()
    buyer = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    placed_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    conversation_ref = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=OrderState.choices)
    payment_kind = models.CharField(
        max_length=12,
        choices=PaymentKind.choices,
        default=PaymentKind.UNDECIDED,
        blank=True,
    )
    payment_ref = models.CharField(max_length=40, blank=True, default="")
    total_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField(default=0, db_default=0)
    shipping_minor = models.BigIntegerField(default=0, db_default=0)
    discount_minor = models.BigIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=500, blank=True, default="")
    placed_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    external_told_at = models.DateTimeField(null=True, blank=True)
    external_received_at = models.DateTimeField(null=True, blank=True)
    external_received_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    external_received_key = models.ForeignKey(
        ShopKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        """Numbers are unique in a shop; a paid order names its payment."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shop", "number"], name="merchants_order_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=OrderState.values), name="merchants_order_state_known"
            ),
            models.CheckConstraint(
                condition=Q(total_minor__gte=1), name="merchants_order_total_positive"
            ),
            models.CheckConstraint(
                condition=Q(tax_minor__gte=0, shipping_minor__gte=0, discount_minor__gte=0),
                name="merchants_order_extras_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(paid_at__isnull=True, payment_ref="")
                | (Q(paid_at__isnull=False) & ~Q(payment_ref="")),
                name="merchants_order_paid_names_payment",
            ),
            models.CheckConstraint(
                condition=Q(
                    external_received_at__isnull=True,
                    external_received_by__isnull=True,
                    external_received_key__isnull=True,
                )
                | Q(
                    Q(external_received_by__isnull=False, external_received_key__isnull=True)
                    | Q(external_received_by__isnull=True, external_received_key__isnull=False),
                    payment_kind=PaymentKind.EXTERNAL,
                    payment_ref="",
                    external_received_at__isnull=False,
                ),
                name="merchants_order_received_outside_by_one",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "-id"], name="merchants_order_of_shop"),
            models.Index(fields=["shop", "state", "-id"], name="merchants_order_by_state"),
            models.Index(fields=["shop", "buyer", "-id"], name="merchants_order_by_customer"),
            models.Index(fields=["shop", "total_minor", "-id"], name="merchants_order_by_total"),
            models.Index(fields=["shop", "paid_at"], name="merchants_order_by_payment"),
            models.Index(fields=["buyer", "-id"], name="merchants_order_of_buyer"),
            models.Index(
                fields=["expires_at", "id"],
                name="merchants_order_expiring",
                condition=Q(state__in=EXPIRING),
            ),
        ]

    def __str__(self) -> str:
        """Give the number that buyer and seller use."""
        return f"#{self.number}"


class OrderLine(models.Model):
    """One product of an order, with its name, price and terms as they were.

    In an order that the shop made itself a line may be of something that is not in the catalogue;
    ``code`` is the shop's own word for it. ``shop_id`` is the order's, which a trigger sees to: the
    names of what a shop sold are read along an index that begins with it.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="lines")
    shop_id = models.BigIntegerField(editable=False)
    position = models.PositiveSmallIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=100, blank=True, default="", db_default="")
    name = models.CharField(max_length=120)
    quantity = models.PositiveSmallIntegerField()
    unit_minor = models.BigIntegerField()
    unit_code = models.CharField(
        max_length=8, choices=Unit.choices, default="", blank=True, db_default=""
    )
    preparation_minutes = models.PositiveIntegerField(null=True, blank=True)
    tax_note = models.CharField(max_length=MAX_TAX_NOTE, default="", blank=True, db_default="")

    class Meta:
        """Each product once, in the order the buyer gave."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "position"], name="merchants_orderline_position_once"
            ),
            models.UniqueConstraint(
                fields=["order", "product"], name="merchants_orderline_product_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=999),
                name="merchants_orderline_quantity_sane",
            ),
            models.CheckConstraint(
                condition=Q(unit_minor__gte=1), name="merchants_orderline_price_positive"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop_id", "name", "order"], name="merchants_orderline_by_name"),
        ]

    def __str__(self) -> str:
        """Say how many of what."""
        return f"{self.quantity} of {self.name}"

    @property
    def total_minor(self) -> int:
        """The line's price in minor units."""
        return self.quantity * self.unit_minor


class OrderMove(models.Model):
    """One step of an order: append-only, and only one of them is the newest.

    ``actor`` is the person behind it, ``key`` the one that a program moved it with; the clock and
    the bank have neither.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=20, blank=True, default="")
    to_state = models.CharField(max_length=20)
    at = models.DateTimeField()
    side = models.CharField(max_length=8, choices=Side.choices)
    actor = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key = models.ForeignKey(
        ShopKey, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True, default="")
    most_recent = models.BooleanField(default=True)

    class Meta:
        """Two processes that read the same old state cannot both move it."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order"],
                name="merchants_ordermove_one_newest",
                condition=Q(most_recent=True),
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="merchants_ordermove_changes_state"
            ),
        ]

    def __str__(self) -> str:
        """Say from where to where."""
        return f"{self.from_state} → {self.to_state}"


class Shipment(models.Model):
    """Some pieces of an order that were handed over together: append-only.

    ``pieces`` are pairs of a line's position and how many of it. An order that goes out whole has
    none: its move says all there is to say.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    number = models.PositiveSmallIntegerField()
    pieces = models.JSONField()
    note = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField()
    actor = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        """They are counted from 1 within their order."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "number"], name="merchants_shipment_number_once"
            ),
        ]

    def __str__(self) -> str:
        """Say which of the order's it is."""
        return f"shipment {self.number}"


class OrderNote(models.Model):
    """News that belongs in an order's timeline but did not move it, such as a failed payment.

    ``payment_ref`` is empty where people say something of a payment outside of Troco.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=24, choices=NoteKind.choices)
    at = models.DateTimeField()
    payment_ref = models.CharField(max_length=40, blank=True, default="")
    detail = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        """The same news of the same payment or refund is written once, however often it comes."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "kind", "payment_ref", "detail"],
                name="merchants_ordernote_once",
                condition=~Q(payment_ref=""),
            ),
        ]

    def __str__(self) -> str:
        """Name the news."""
        return self.kind


class StockReservation(models.Model):
    """Pieces promised to one line: live until the order is paid or closed."""

    line = models.OneToOneField(OrderLine, on_delete=models.PROTECT, related_name="reservation")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="reservations")
    quantity = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=10,
        choices=ReservationState.choices,
        default=ReservationState.LIVE,
    )
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A reservation ends once; the live ones of a product are found quickly."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=ReservationState.LIVE, ended_at__isnull=True)
                | (~Q(state=ReservationState.LIVE) & Q(ended_at__isnull=False)),
                name="merchants_stockreservation_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="merchants_stockreservation_positive"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["product"],
                name="merchants_reservation_live",
                condition=Q(state=ReservationState.LIVE),
            ),
        ]

    def __str__(self) -> str:
        """Say how many of which line."""
        return f"{self.quantity} for line {self.line_id} ({self.state})"
