"""What happened under a hold, in the order in which it did: for the authority that ordered it."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Q, QuerySet

from core.clock import business_now
from core.money import exponent
from payments.enums import PaymentKind
from payments.models import AvailabilityCheck, Leg, Payment, PaymentMove, RegulatorHold
from payments.states import BUSY
from people.queries import parties_by_ids

HEADS = ("at", "what", "who", "reference", "amount", "detail")

UNDER_WAY_FOR = timedelta(days=7)
"""Longer than money waits for a payee who has to enrol."""

_ENDS = ("completed", "failed", "cancelled", "returned")

Row = tuple[datetime, str, str, str, str, str]


class Writable(Protocol):
    """Whatever a table of text can be written to."""

    def write(self, text: str, /) -> object:
        """Take a piece of text."""


def write_record(hold: RegulatorHold, out: Writable) -> None:
    """Write a hold's record as values separated by commas, one fact a line.

    It says who imposed and who lifted it, what the checks found while it stood, which payments of
    its scope were under way when it came and where they are now, and every payment that was made
    while it stood: those it does not cover, as the kinds that it leaves open.

    Args:
        hold: With its country and whoever imposed it loaded.
        out: Where the lines go.
    """
    table = csv.writer(out)
    table.writerow(HEADS)
    for at, *rest in sorted(_rows(hold)):
        table.writerow([at.isoformat(timespec="seconds"), *(_safe(each) for each in rest)])


def _rows(hold: RegulatorHold) -> Iterator[Row]:
    begins, ends = hold.starts_at or hold.imposed_at, hold.lifted_at or business_now()
    scope = f"{hold.country.iso2} {hold.capability or 'all'} {hold.level}"
    said = f"{scope}: {hold.legal_reference}"
    yield hold.imposed_at, "hold imposed", hold.imposed_by.login, hold.public_id, "", said
    if hold.starts_at is not None:
        yield hold.starts_at, "hold in force", "", hold.public_id, "", said
    for lift in hold.lifts.select_related("by"):
        words = f"approved lifting ({lift.ordinal} of 2)"
        yield lift.at, words, lift.by.login, hold.public_id, "", lift.reason
    if hold.lifted_at is not None:
        yield hold.lifted_at, "hold lifted", "", hold.public_id, "", ""
    yield from _checks(hold, begins, ends)
    yield from _payments(_under_way(hold, begins), "payment under way when the hold came")
    during = _covered(hold).filter(created_at__gte=begins, created_at__lt=ends)
    yield from _payments(during, "payment made while the hold stood")


def _checks(hold: RegulatorHold, begins: datetime, ends: datetime) -> Iterator[Row]:
    checks = AvailabilityCheck.objects.filter(country=hold.country, at__gte=begins, at__lt=ends)
    if hold.capability:
        checks = checks.filter(capability=hold.capability)
    for check in checks.order_by("id").iterator():
        codes = ", ".join(str(reason["code"]) for reason in check.reasons)
        answer = "open" if check.is_open else "closed"
        yield check.at, f"check: {check.capability} {answer}", "", str(check.pk), "", codes


def _covered(hold: RegulatorHold) -> QuerySet[Payment]:
    """Return the payments that a hold covers."""
    rows = Payment.objects.filter(country=hold.country.iso2)
    if hold.capability in set(PaymentKind):
        rows = rows.filter(kind=hold.capability)
    if hold.party_id is not None:
        rows = rows.filter(Q(payer_id=hold.party_id) | Q(payee_id=hold.party_id))
    if hold.bank is not None:
        at_bank = Leg.objects.filter(bank=hold.bank.slug)
        rows = rows.filter(id__in=at_bank.values("payment_id"))
    return rows


def _under_way(hold: RegulatorHold, begins: datetime) -> QuerySet[Payment]:
    """Return the payments of the scope that were made before and had not ended.

    Those of the last days, and what is open still: nothing else stays under way for longer.
    """
    moves = PaymentMove.objects.filter(to_state__in=_ENDS, at__lt=begins)
    made = _covered(hold).filter(created_at__lt=begins)
    recent = Q(created_at__gte=begins - UNDER_WAY_FOR) | Q(state__in=BUSY)
    return made.filter(recent).exclude(id__in=moves.values("payment_id"))


def _payments(rows: QuerySet[Payment], what: str) -> Iterator[Row]:
    found = list(rows.order_by("id"))
    parties = parties_by_ids({each.payer_id for each in found})
    for each in found:
        payer = parties[each.payer_id].public_id
        amount = f"{_major(each.amount_minor, each.currency)} {each.currency}"
        yield each.created_at, what, payer, each.public_id, amount, f"now {each.state}"


def _major(minor: int, currency: str) -> str:
    places = exponent(currency)
    whole, rest = divmod(minor, 10**places)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)


def _safe(text: str) -> str:
    """Keep a spreadsheet from taking text for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
