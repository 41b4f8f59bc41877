"""What keeps a shop's money from its bank account: known to the services, told to the shop."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Min, Q

from payments.enums import BankWork, Capability, HoldLevel
from payments.models import Bank, RegulatorHold
from payments.queries.countries import started
from payments.queries.funding import payout_account_of

Kind = Literal["stopped", "down", "failing"]


@dataclass(frozen=True, slots=True)
class PayoutTrouble:
    """Why payouts wait.

    Attributes:
        kind: ``stopped`` by an order of an authority, ``down`` while the bank does not answer,
            ``failing`` while putting payouts together for it does not succeed.
        bank: Where the shop is paid out, as people call it.
        since_at: Since when.
    """

    kind: Kind
    bank: str
    since_at: datetime


def payout_trouble(party_id: int, moment: datetime) -> PayoutTrouble | None:
    """Return what keeps a shop's payouts waiting, the gravest first, or None; three queries.

    Args:
        party_id: The shop's party.
        moment: Business time.
    """
    account = payout_account_of(party_id)
    if account is None:
        return None
    claims = Q(troubles__work=BankWork.CLAIM)
    rows = Bank.objects.filter(slug=account.bank).select_related("health")
    bank = rows.annotate(failing_since=Min("troubles__since_at", filter=claims)).first()
    if bank is None:
        return None
    health = getattr(bank, "health", None)
    is_down = health is not None and not health.is_healthy and health.probed_at is not None
    known: tuple[tuple[Kind, datetime | None], ...] = (
        ("stopped", _stopped_since(bank, party_id, moment)),
        ("down", health.changed_at if health is not None and is_down else None),
        ("failing", bank.failing_since),
    )
    told = (PayoutTrouble(kind, bank.name, since) for kind, since in known if since is not None)
    return next(told, None)


def _stopped_since(bank: Bank, party_id: int, moment: datetime) -> datetime | None:
    """Return since when an order stops payouts: of the country, the bank or the shop."""
    over = Q(bank__isnull=True, party_id__isnull=True) | Q(bank=bank) | Q(party_id=party_id)
    stops = RegulatorHold.objects.filter(
        over,
        started(moment),
        country_id=bank.country_id,
        capability__in=["", Capability.PURCHASE],
        level=HoldLevel.STOP_ALL,
        lifted_at__isnull=True,
    )
    first = stops.order_by("imposed_at").first()
    return None if first is None else first.starts_at or first.imposed_at
