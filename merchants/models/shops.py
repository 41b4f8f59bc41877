"""A shop and the people who run it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.enums import Role

ORDER_MINUTES = 30  # How long an order waits for its payment unless the shop says otherwise.
LOW_STOCK = 5  # From how few pieces on a product is called low.
CASHIER_REFUND = 50_00  # What a cashier may give back of one payment, in minor units.
MANAGER_REFUND = 1_000_00  # And a manager; an owner any amount, everybody else nothing.
MAX_ORDER_MINUTES = 7 * 24 * 60  # A week: longer would lock up stock for nobody.


class Shop(models.Model):
    """What a business party sells from, and how it wants its orders handled.

    ``last_order_number`` is the counter that gives orders their short number in this shop.
    ``stated_until`` is the last day of the newest month whose statement made itself. A shop with
    ``closed_at`` sells nothing and is only read. ``logo_ref`` names the logo in its address, which
    is another one for each logo.
    """

    public_id = models.CharField(max_length=40, unique=True)
    party = models.OneToOneField("people.Party", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    about = models.CharField(max_length=500, blank=True, default="")
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64)
    auto_accept = models.BooleanField(default=True)
    is_open = models.BooleanField(default=True)
    order_minutes = models.PositiveSmallIntegerField(default=ORDER_MINUTES)
    low_stock_threshold = models.PositiveIntegerField(default=LOW_STOCK)
    cashier_refund_minor = models.BigIntegerField(default=CASHIER_REFUND)
    manager_refund_minor = models.BigIntegerField(default=MANAGER_REFUND)
    last_order_number = models.PositiveIntegerField(default=0)
    stated_until = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    address = models.CharField(max_length=200, blank=True, default="")
    brand_colour = models.CharField(max_length=7, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    logo = models.ForeignKey(
        "messaging.MediaFile", on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    logo_ref = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        """The open shops are listed by id; an order waits at least a minute."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(order_minutes__gte=1, order_minutes__lte=MAX_ORDER_MINUTES),
                name="merchants_shop_order_minutes_sane",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(is_open=False),
                name="merchants_shop_closed_takes_no_orders",
            ),
            models.CheckConstraint(
                condition=Q(brand_colour="") | Q(brand_colour__regex=r"^#[0-9a-f]{6}$"),
                name="merchants_shop_brand_colour_is_one",
            ),
            models.CheckConstraint(
                condition=Q(logo__isnull=True, logo_ref="")
                | (Q(logo__isnull=False) & ~Q(logo_ref="")),
                name="merchants_shop_logo_has_address",
            ),
            models.UniqueConstraint(
                fields=["logo_ref"],
                condition=~Q(logo_ref=""),
                name="merchants_shop_logo_address_once",
            ),
            models.CheckConstraint(
                condition=Q(cashier_refund_minor__gte=0),
                name="merchants_shop_cashier_refund_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(manager_refund_minor__gte=0),
                name="merchants_shop_manager_refund_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["country", "-id"], name="merchants_shop_by_country"),
        ]

    def __str__(self) -> str:
        """Name the shop."""
        return self.name


class TeamMember(models.Model):
    """A person's right to act for a shop; a row that ended stays as history.

    ``looked_at`` is when they last opened the list of what happened; business time. ``news`` is
    what they chose to be told of and how; what it leaves out is as ``merchants.codes.news`` says.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=16, choices=Role.choices)
    joined_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    news = models.JSONField(default=dict, blank=True, db_default={})

    class Meta:
        """One living membership for each person of a shop."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "person"],
                name="merchants_teammember_once_in_a_shop",
                condition=Q(removed_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="merchants_teammember_role_known"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__gte=F("joined_at")),
                name="merchants_teammember_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        """Say who is what."""
        return f"{self.person_id} {self.role}"
