"""Where shops want to hear news, what there was to tell, and how telling it went."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from merchants.enums import (
    AttemptOutcome,
    DeliveryState,
    Dialect,
    EndpointStanding,
    EndpointState,
    EndpointStop,
)
from merchants.models.shops import Shop


class WebhookEndpoint(models.Model):
    """An address of a shop's own program that is told news.

    ``kinds`` narrows what it is told; empty is everything. ``secret`` is sealed; ``old_secret``
    are those before it, parted by spaces, which sign beside it until ``old_secret_until``.
    ``standing`` is what its latest answer was like: each sort has places of its own, so that none
    delays another. ``exhausted`` counts the pieces of news in a row that could not be delivered in
    all their time.

    The lease says which process delivers to it now; only one does at a time, so news arrives in
    order.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="webhook_endpoints")
    dialect = models.CharField(max_length=8, choices=Dialect.choices)
    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True, default="")
    kinds = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    secret = models.TextField()
    old_secret = models.TextField(blank=True, default="")
    old_secret_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=8, choices=EndpointState.choices, default=EndpointState.ENABLED
    )
    stop = models.CharField(
        max_length=10, choices=EndpointStop.choices, default=EndpointStop.NONE, blank=True
    )
    stopped_at = models.DateTimeField(null=True, blank=True)
    standing = models.CharField(
        max_length=8,
        choices=EndpointStanding.choices,
        default=EndpointStanding.UNTRIED,
        db_default=EndpointStanding.UNTRIED.value,
    )
    exhausted = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    lease_token = models.UUIDField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What is stopped says why."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=EndpointState.ENABLED, stop=EndpointStop.NONE)
                | (~Q(state=EndpointState.ENABLED) & ~Q(stop=EndpointStop.NONE)),
                name="merchants_webhookendpoint_stopped_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(dialect__in=Dialect.values) & Q(state__in=EndpointState.values),
                name="merchants_webhookendpoint_words_known",
            ),
            models.CheckConstraint(
                condition=Q(leased_until__isnull=True) | Q(lease_token__isnull=False),
                name="merchants_webhookendpoint_lease_has_token",
            ),
            models.CheckConstraint(
                condition=Q(standing__in=EndpointStanding.values),
                name="merchants_webhookendpoint_standing_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "-id"], name="merchants_endpoint_of_shop"),
        ]

    def __str__(self) -> str:
        """Name the address."""
        return self.url


class WebhookEvent(models.Model):
    """One piece of news of a shop, as it was when it happened.

    ``facts`` are plain JSON: what the endpoints of every dialect are told is made of them.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    ref = models.CharField(max_length=64)
    facts = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        """Listed by shop, newest first."""

        indexes: ClassVar = [
            models.Index(fields=["shop", "-id"], name="merchants_webhookevent_of_shop"),
            models.Index(fields=["shop", "ref", "-id"], name="merchants_webhookevent_about"),
            models.Index(fields=["at"], name="merchants_webhookevent_by_age"),
        ]

    def __str__(self) -> str:
        """Name the news."""
        return f"{self.kind} {self.ref}"


class WebhookDelivery(models.Model):
    """One piece of news on its way to one endpoint.

    ``body`` are the exact bytes, made when they are first sent and sent again as they are.
    ``tries`` counts since ``begun_at``: the schedule begins anew when the shop asks for the news
    again.
    """

    public_id = models.CharField(max_length=40, unique=True)
    endpoint = models.ForeignKey(
        WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries"
    )
    event = models.ForeignKey(WebhookEvent, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    body = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Once for each endpoint; heads of lines, and what stands aside, are found at once."""

        verbose_name_plural = "webhook deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "event"], name="merchants_webhookdelivery_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[DeliveryState.WAITING, DeliveryState.ASIDE], ended_at__isnull=True
                )
                | Q(
                    state__in=[DeliveryState.DELIVERED, DeliveryState.PARKED],
                    ended_at__isnull=False,
                ),
                name="merchants_webhookdelivery_ends_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "event"],
                name="merchants_delivery_in_line",
                condition=Q(state="waiting"),
            ),
            models.Index(
                fields=["due_at"],
                name="merchants_delivery_aside",
                condition=Q(state="aside"),
            ),
            models.Index(fields=["endpoint", "-id"], name="merchants_delivery_log"),
        ]

    def __str__(self) -> str:
        """Say what and how far."""
        return f"{self.event_id} to {self.endpoint_id}: {self.state}"


class WebhookAttempt(models.Model):
    """One try to deliver: what came back, and how soon. ``answer`` is its first 2 KB."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=AttemptOutcome.choices)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    took_ms = models.PositiveIntegerField()
    answer = models.TextField(blank=True, default="")

    class Meta:
        """An answer has a status."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome=AttemptOutcome.ANSWERED, http_status__isnull=False)
                | (~Q(outcome=AttemptOutcome.ANSWERED) & Q(http_status__isnull=True)),
                name="merchants_webhookattempt_answer_has_status",
            ),
        ]

    def __str__(self) -> str:
        """Say how it ended."""
        return f"{self.outcome} {self.http_status or ''}".strip()


class MarksOwed(models.Model):
    """News of a marker that passed more of a shop's messages than one transaction tells of.

    ``after_seq`` rises with what is told, in the transaction that tells it; the row goes with the
    last. ``conversation`` is its public id.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    reader = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    conversation = models.CharField(max_length=40)
    kind = models.CharField(max_length=40)
    after_seq = models.BigIntegerField()
    seq = models.BigIntegerField()

    class Meta:
        """Something is left."""

        verbose_name_plural = "marks owed"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(after_seq__lt=F("seq")), name="merchants_marksowed_is_owed"
            ),
        ]

    def __str__(self) -> str:
        """Say of what, and how far."""
        return f"{self.kind} in {self.conversation}: {self.after_seq} of {self.seq}"
