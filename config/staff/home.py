"""The staff's first page: what waits for a person, since when, and how the machinery is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from config.operations import (
    OLDEST_BEAT,
    OLDEST_DUTY,
    duties_due,
    failing_ticks,
    machinery,
    parked_duties,
)
from config.staff.approvals import LATE_AFTER, waiting_for_me
from core.admin import age_words, moment_words
from core.clock import business_now, wall_now
from merchants.queries.backlog import deliveries_behind
from merchants.queries.reviews import reviews_waiting
from messaging.queries import open_reports
from payments.queries import queues
from payments.queries.queues import MOST, Queue, Waits, read_together
from people.queries import coerced_people


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue: what waits, how many, how long the oldest, where to see them, is it too long."""

    words: object
    count: int
    age: str
    url: str
    is_late: bool

    @property
    def shown(self) -> str:
        """How many, as far as anybody counts."""
        return f"{MOST - 1}+" if self.count >= MOST else str(self.count)


@dataclass(frozen=True, slots=True)
class _Kind:
    """One queue: who looks after it, how it is read, and when it has waited too long."""

    words: object
    permission: str
    read: Callable[..., Queue | Waits]
    page: str = ""
    query: str = ""
    late_after: timedelta | None = None
    is_wall: bool = False
    is_mine: bool = False
    door: str = ""

    def queue_of(self, person: Any) -> Queue | Waits:
        """Return the queue; one that is each person's own is read for them."""
        return self.read(person) if self.is_mine else self.read()

    def line(self, queue: Queue | Waits, moments: tuple[datetime, datetime]) -> QueueLine:
        """Say what was found in it."""
        now = moments[1 if self.is_wall else 0]
        waited = now - queue.oldest_at if queue.oldest_at else timedelta(0)
        return QueueLine(
            words=self.words,
            count=queue.count,
            age=age_words(queue.oldest_at, now),
            url=reverse(self.door or f"admin:{self.page}_changelist") + self.query,
            is_late=bool(queue.count and self.late_after is not None and waited > self.late_after),
        )


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One sign of life."""

    words: object
    value: object
    is_well: bool


OLDEST_CHECK = timedelta(minutes=5)
"""As old as the newest check of a country may be before new payments are refused."""

_KINDS = (
    _Kind(
        _("Approvals that wait for you"),
        "people.view_approvalrequest",
        waiting_for_me,
        door="staff-approvals",
        late_after=LATE_AFTER,
        is_mine=True,
    ),
    _Kind(
        _("People who pay under duress"),
        "people.freeze_person",
        lambda: Queue(*coerced_people()),
        "people_person",
        "?coerced=yes",
        timedelta(0),
    ),
    _Kind(
        _("Regulator's holds in force"),
        "payments.view_regulatorhold",
        queues.standing_holds,
        "payments_regulatorhold",
        "?standing=yes",
        timedelta(0),
    ),
    _Kind(
        _("Holds waiting for a second person to lift them"),
        "payments.lift_regulatorhold",
        queues.half_lifted_holds,
        "payments_regulatorhold",
        "?standing=half",
        timedelta(hours=1),
    ),
    _Kind(
        _("Messages that somebody told us of"),
        "messaging.close_report",
        lambda: Queue(*open_reports()),
        "messaging_report",
        "?open=yes",
        timedelta(days=1),
    ),
    _Kind(
        _("Shops to review"),
        "merchants.review_shop",
        lambda: Queue(*reviews_waiting()),
        "merchants_shopreview",
        "?state=waiting",
        timedelta(days=1),
    ),
    _Kind(
        _("Batches waiting for approval"),
        "payments.approve_settlementbatch",
        queues.batches_to_approve,
        "payments_settlementbatch",
        "?state=claimed",
        timedelta(hours=1),
    ),
    _Kind(
        _("Batches that their bank should have booked"),
        "payments.view_settlementbatch",
        queues.late_batches,
        "payments_settlementbatch",
        "?state=late",
        timedelta(0),
    ),
    _Kind(
        _("Connections to banks that are left alone"),
        "payments.view_breaker",
        queues.open_breakers,
        "payments_breaker",
        "",
        timedelta(minutes=15),
        is_wall=True,
    ),
    _Kind(
        _("Works with a bank that keep failing"),
        "payments.view_banktrouble",
        queues.bank_troubles,
        "payments_banktrouble",
        "",
        timedelta(minutes=15),
        is_wall=True,
    ),
    _Kind(
        _("What shops are owed and is above their bank's limit for one payout"),
        "payments.view_toolarge",
        queues.too_large,
        "payments_toolarge",
        "",
        timedelta(days=1),
    ),
    _Kind(
        _("Payments of unknown outcome"),
        "payments.view_payment",
        queues.unknown_payments,
        "payments_payment",
        "?state=unknown",
        timedelta(hours=2),
    ),
    _Kind(
        _("Disputes to decide"),
        "payments.decide_dispute",
        queues.disputes_to_decide,
        "payments_dispute",
        "?state=under_review",
        timedelta(days=5),
    ),
    _Kind(
        _("Chargebacks that a person has to look at"),
        "payments.view_chargeback",
        queues.chargebacks_to_look_at,
        "payments_chargeback",
        "?look=needed",
        timedelta(days=1),
    ),
    _Kind(
        _("Refunds waiting for a second person"),
        "payments.approve_refund",
        queues.refunds_to_approve,
        "payments_refund",
        "?state=awaiting_second",
        timedelta(hours=4),
    ),
    _Kind(
        _("Refunds of unknown outcome"),
        "payments.view_refund",
        queues.unknown_refunds,
        "payments_refund",
        "?state=unknown",
        timedelta(hours=2),
    ),
    _Kind(
        _("Money that its payer's bank would not take back"),
        "payments.redirect_payment",
        queues.refused_ways_back,
        "payments_payment",
        "?back=refused",
        timedelta(hours=4),
    ),
    _Kind(
        _("Payouts to decide about: not executed"),
        "payments.reissue_payout",
        queues.payouts_to_reissue,
        "payments_payout",
        "?state=waiting",
        timedelta(hours=4),
    ),
    _Kind(
        _("What banks had refused and then executed"),
        "payments.view_takenback",
        queues.taken_back,
        "payments_takenback",
        "?look=needed",
        timedelta(0),
    ),
    _Kind(
        _("Payouts of unknown outcome"),
        "payments.view_payout",
        queues.unknown_payouts,
        "payments_payout",
        "?state=unknown",
        timedelta(hours=2),
    ),
    _Kind(
        _("Statement lines that contradict the books"),
        "payments.view_statementline",
        queues.statement_exceptions,
        "payments_statementline",
        "?state=exception",
        timedelta(days=1),
    ),
    _Kind(
        _("Money nobody here asked for (suspense)"),
        "payments.view_statementline",
        queues.statement_suspense,
        "payments_statementline",
        "?state=suspense",
        timedelta(days=1),
    ),
    _Kind(
        _("Money on its way back to its sender"),
        "payments.view_wayback",
        queues.ways_back,
        "payments_wayback",
        "?open=yes",
        timedelta(days=2),
    ),
    _Kind(
        _("Movements that no line of the bank shows"),
        "payments.view_missingline",
        queues.missing_lines,
        "payments_missingline",
        "",
        timedelta(days=2),
    ),
    _Kind(
        _("Businesses of a country that a check degraded or suspended"),
        "payments.view_countrycapability",
        queues.failing_capabilities,
        "payments_countrycapability",
        "?state=failing",
        timedelta(hours=1),
    ),
    _Kind(
        _("Banks with a live agreement that do not answer"),
        "payments.view_bank",
        queues.silent_banks,
        "payments_bank",
        "?health=down",
        timedelta(minutes=5),
    ),
    _Kind(
        _("Businesses of a country that are ready to be opened"),
        "payments.open_countrycapability",
        queues.ready_capabilities,
        "payments_countrycapability",
        "?state=ready",
    ),
    _Kind(
        _("News for shops' programs that is due again"),
        "merchants.view_webhookdelivery",
        lambda: Queue(*deliveries_behind()),
        "merchants_webhookdelivery",
        "?state=aside",
        timedelta(hours=1),
        is_wall=True,
    ),
    _Kind(
        _("Duties parked after failing too often"),
        "core.view_duty",
        parked_duties,
        "core_duty",
        "?stage=parked",
        timedelta(minutes=15),
        is_wall=True,
    ),
)


def queue_lines(person: Any) -> list[QueueLine]:
    """Return the queues that a member of staff looks after; those of payments in one statement.

    What has waited too long comes first, then what waits at all.
    """
    moments = (business_now(), wall_now())
    kinds = [kind for kind in _KINDS if person.has_perm(kind.permission)]
    found = [kind.queue_of(person) for kind in kinds]
    read_together([queue for queue in found if isinstance(queue, Waits)])
    lines = [kind.line(queue, moments) for kind, queue in zip(kinds, found, strict=True)]
    return sorted(lines, key=lambda line: (not line.is_late, not line.count))


def health() -> list[HealthLine]:
    """Return the signs of life that readiness goes by, in words."""
    facts, failing = machinery(), failing_ticks()
    now = wall_now()
    checked_at = queues.countries_checked_at()
    return [
        HealthLine(
            _("The clock last ticked"),
            age_words(facts.beat_at, now) or _("never"),
            facts.beat_at is not None and now - facts.beat_at <= OLDEST_BEAT,
        ),
        HealthLine(
            _("The oldest due duty has waited"),
            age_words(facts.duty_due_at, now) or _("nothing is due"),
            facts.duty_due_at is None or now - facts.duty_due_at <= OLDEST_DUTY,
        ),
        HealthLine(
            _("Duties that are due"),
            duties_due(),
            facts.duty_due_at is None or now - facts.duty_due_at <= OLDEST_DUTY,
        ),
        HealthLine(
            _("Countries were last checked"),
            age_words(checked_at, now) or _("never"),
            checked_at is not None and now - checked_at <= OLDEST_CHECK,
        ),
        HealthLine(
            _("Lines of the clock that keep failing"),
            ", ".join(failing) or _("none"),
            not failing,
        ),
        HealthLine(_("Business clock"), moment_words(business_now()), is_well=True),
    ]
