"""Money that goes back to whoever paid it in: the instruction, and what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from payments.models.statements import StatementLine
from payments.statement_enums import WayBackState


class WayBack(models.Model):
    """One instruction to a bank to send back what a statement's line shows.

    It is written when two people have agreed, in their commit, and named for ever then.
    ``asked_at`` and ``answered_at`` are business time; ``sent_at`` and ``look_up_at`` are
    wall-clock time: asking is machinery. The books follow the bank's line that shows the money
    gone, never an answer: until then it stays in suspense.
    """

    line = models.ForeignKey(StatementLine, on_delete=models.PROTECT, related_name="ways_back")
    return_id = models.CharField(max_length=35, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=8, choices=WayBackState.choices, default=WayBackState.WAITING
    )
    bank_reference = models.CharField(max_length=64, default="", blank=True)
    reason = models.CharField(max_length=140, default="", blank=True)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    look_ups = models.SmallIntegerField(default=0)
    look_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One way back of a line at a time; a refused one may be followed by another."""

        verbose_name = "way back to a sender"
        verbose_name_plural = "ways back to senders"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line"],
                condition=~Q(state="refused"),
                name="payments_wayback_one_of_a_line",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_wayback_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(state__in=WayBackState.values), name="payments_wayback_state_known"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=False) | Q(state__in=["waiting", "refused", "shown"]),
                name="payments_wayback_sent_has_a_moment",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=~Q(state__in=["refused", "shown"]),
                name="payments_wayback_open",
            ),
        ]

    def __str__(self) -> str:
        """Name it and where it is."""
        return f"{self.return_id} {self.state}"
