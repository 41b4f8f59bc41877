"""What banks tell of the same day: evidence that closes early what nobody knew.

A notification (camt.054) is the bank's own word that a movement happened, a day before its
statement says so. An entry that names a payout or an attempt of ours, with its amount and
direction, closes it as executed. It says nothing about what it does not show, and it is never
counted: the line of the statement is, and finds then what is known already. What differs, and
what nobody here asked for, waits for the statement.
"""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.db import connection

from core.clock import business_now
from core.errors import NotFound
from core.events import Later
from core.transactions import owns, refuse_owner
from payments.enums import BankWork, PayoutState
from payments.models import Bank, Notification, NotifiedEntry, Payout
from payments.rails import (
    NotificationFile,
    NotifyingRail,
    RailUnavailable,
    StatementEntry,
    StatementUnreadable,
    rail_named,
)
from payments.services.payouts import lock_payouts, settle_payouts
from payments.services.statement_closing import close_attempt
from payments.services.taken_back import find_in_notification
from payments.services.troubles import clear_trouble, note_trouble
from payments.statement_enums import Evidence

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = structlog.get_logger(__name__)

ENTRIES_AT_ONCE = 5000
PAYOUTS_AT_ONCE = 500
_SQL = Path(__file__).resolve().parents[1] / "sql" / "matching" / "judge_notified.sql"
_JUDGE = _SQL.read_text(encoding="utf-8")


def import_due_notifications() -> int:
    """Import what every bank that tells the same day has told since the last time.

    A bank that does not answer, or sends what cannot be read, stops only its own.

    Returns:
        How many notifications were imported.

    Transaction: none (each import owns its own).
    """
    imported = 0
    for bank in Bank.objects.order_by("slug"):
        try:
            imported += import_notifications(bank=bank.slug)
        except (RailUnavailable, StatementUnreadable) as trouble:
            logger.warning("notification_waits", bank=bank.slug, why=str(trouble))
            note_trouble(bank_id=bank.pk, work=BankWork.NOTIFICATION, error=trouble)
        except Exception as error:  # What one bank told cannot be followed; the others' can.
            logger.exception("notification_not_followed", bank=bank.slug)
            note_trouble(bank_id=bank.pk, work=BankWork.NOTIFICATION, error=error)
        else:
            clear_trouble(bank_id=bank.pk, work=BankWork.NOTIFICATION)
    return imported


def import_notifications(*, bank: str) -> int:
    """Fetch what a bank has told since the last time, in order, and let it have its say.

    Changes: notifications with their entries, payouts and attempts that they close, the books.
    Publishes ``payout.settled`` and what closing a payment publishes.

    Args:
        bank: The bank's slug; one that tells nothing the same day has no notifications.

    Returns:
        How many notifications were imported.

    Raises:
        NotFound: The bank is not known.
        RailUnavailable, StatementUnreadable: As their names say.

    Transaction: none (several of its own).
    """
    refuse_owner("payments.services.evidence.import_notifications")
    found = Bank.objects.filter(slug=bank).first()
    if found is None:
        raise NotFound
    rail = rail_named(found.rail)
    if not isinstance(rail, NotifyingRail):
        return 0
    newest = Notification.objects.filter(bank=found).order_by("-id").first()
    told = rail.notifications(bank, newest.number if newest else 0)
    known = Notification.objects.filter(bank=found, number__in=told)
    met = set(known.values_list("number", flat=True))
    numbers = [number for number in told if number not in met]
    for number in numbers:
        file = rail.notification(bank, number)
        store_notification(bank_id=found.pk, number=number, file=file)
        follow_notification(bank_id=found.pk, number=number)
    if newest is not None and not numbers:
        follow_notification(bank_id=found.pk, number=newest.number)
    return len(numbers)


@owns
def store_notification(*, bank_id: int, number: int, file: NotificationFile) -> None:
    """Keep a notification with what each of its entries tells, once.

    Changes: the notification and its entries.

    Args:
        bank_id: The bank's key.
        number: The bank's own, rising.
        file: As read.

    Raises:
        StatementUnreadable: It cannot be read, or is of another currency; nothing is kept then.

    Transaction: owns.
    """
    bank = Bank.objects.select_for_update(no_key=True).get(pk=bank_id)
    if file.currency not in {"", bank.currency}:
        raise StatementUnreadable(f"it is in {file.currency}, not in {bank.currency}")
    if Notification.objects.filter(bank=bank, number=number).exists():
        return
    kept = Notification.objects.create(
        bank=bank,
        number=number,
        notification_reference=file.reference,
        sha256=file.sha256,
        entry_count=0,
        imported_at=business_now(),
    )
    kept.entry_count = _keep(kept, file.entries())
    kept.save(update_fields=["entry_count"])
    with connection.cursor() as cursor:
        cursor.execute(_JUDGE, {"notification": kept.pk})
    logger.info("notification_imported", bank=bank.slug, number=number, entries=kept.entry_count)


def _keep(notification: Notification, entries: Iterator[StatementEntry]) -> int:
    """Save the entries, some thousand at a time; return how many there were."""
    count = 0
    while chunk := list(islice(entries, ENTRIES_AT_ONCE)):
        NotifiedEntry.objects.bulk_create(
            NotifiedEntry(
                notification=notification,
                position=entry.position,
                kind=entry.kind,
                direction=entry.direction,
                amount_minor=entry.amount_minor,
                currency=entry.currency,
                end_to_end_id=entry.end_to_end_id,
                instruction_id=entry.instruction_id,
                bank_reference=entry.bank_reference,
                booked_date=entry.booked_date,
            )
            for entry in chunk
        )
        count += len(chunk)
    return count


def follow_notification(*, bank_id: int, number: int) -> None:
    """Close what a notification tells to be executed and nobody knew; may be done again.

    Changes: payouts and attempts, the books.

    Transaction: none (several of its own).
    """
    find_in_notification(bank_id=bank_id, number=number)
    while _settle_some(bank_id=bank_id, number=number):
        pass
    told = _told(bank_id, number).filter(attempt__isnull=False)
    told = told.exclude(attempt__outcome="executed")
    for instruction_id in list(told.values_list("attempt__instruction_id", flat=True)):
        with suppress(Later):  # The rest of the payment is tried again by its own sweep.
            close_attempt(instruction_id=instruction_id, executed=True, moment=business_now())


@owns
def _settle_some(*, bank_id: int, number: int) -> int:
    told = _told(bank_id, number).filter(
        payout__state__in=[PayoutState.SENT, PayoutState.ACCEPTED, PayoutState.UNKNOWN]
    )
    references = dict(told.values_list("payout__public_id", "bank_reference")[:PAYOUTS_AT_ONCE])
    payouts = lock_payouts(rows=Payout.objects.filter(public_id__in=references))
    settle_payouts(payouts=payouts, references=references, moment=business_now())
    return len(payouts)


def _told(bank_id: int, number: int) -> "QuerySet[NotifiedEntry]":
    return NotifiedEntry.objects.filter(
        notification__bank=bank_id, notification__number=number, evidence=Evidence.TOLD
    ).order_by("id")
