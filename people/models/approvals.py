"""Four eyes: what one member of staff asks for and another does."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from people.enums import ApprovalState
from people.models.parties import Person

_SEEN_BY_A_CHECKER = (ApprovalState.EXECUTED, ApprovalState.DECLINED, ApprovalState.STALE)


class ApprovalRequest(models.Model):
    """One act that waits for a second person, and how it ended.

    ``before`` is the thing as its maker saw it. Approving executes only while it still is so;
    otherwise the request ends as ``stale``. A trigger keeps what was asked as it was asked, and
    how it ended as it ended.
    """

    public_id = models.CharField(max_length=40, unique=True)
    action = models.CharField(max_length=64)
    object_ref = models.CharField(max_length=80)
    payload = models.JSONField()
    before = models.JSONField()
    after = models.JSONField()
    reason = models.CharField(max_length=500)
    maker = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="approvals_asked")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=ApprovalState.choices, default=ApprovalState.WAITING
    )
    checker = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="approvals_decided"
    )
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        """Two different people, one waiting request for each act on a thing."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=ApprovalState.values),
                name="people_approvalrequest_state_known",
            ),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")),
                name="people_approvalrequest_checker_is_not_maker",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=ApprovalState.WAITING, checker__isnull=True, decided_at__isnull=True
                )
                | Q(state__in=_SEEN_BY_A_CHECKER, checker__isnull=False, decided_at__isnull=False)
                | Q(
                    state__in=[ApprovalState.EXPIRED, ApprovalState.WITHDRAWN],
                    checker__isnull=True,
                    decided_at__isnull=False,
                ),
                name="people_approvalrequest_decided_by_a_checker",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")),
                name="people_approvalrequest_expires_later",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApprovalState.EXECUTED) | Q(decided_at__lt=F("expires_at")),
                name="people_approvalrequest_executed_in_time",
            ),
            models.UniqueConstraint(
                fields=["action", "object_ref"],
                condition=Q(state=ApprovalState.WAITING),
                name="people_approvalrequest_one_waiting",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["asked_at", "id"],
                name="people_approvalrequest_waiting",
                condition=Q(state=ApprovalState.WAITING),
            ),
            models.Index(fields=["object_ref", "id"], name="people_approvalrequest_by_ref"),
        ]

    def __str__(self) -> str:
        """Name the request."""
        return self.public_id
