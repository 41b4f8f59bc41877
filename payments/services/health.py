"""Whether banks' connectors answer, noted with hysteresis so that a hiccup closes no country."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog
from django.db import connections

from core.clock import business_now
from core.errors import NotFound
from core.events import publish
from core.transactions import owns, refuse_owner
from payments.enums import AgreementState
from payments.models import Bank, BankAgreement, ConnectorHealth
from payments.rails import rail_named

ASKED_AT_ONCE = 16

logger = structlog.get_logger(__name__)


def probe_banks() -> int:
    """Ask every bank that has a connector whether it serves; return how many were asked.

    They are asked at the same time, so that one which answers late does not make the others' news
    old. A connector that breaks is one that does not serve.

    Transaction: none (each note owns its own).
    """
    refuse_owner("payments.services.health.probe_banks")
    banks = list(Bank.objects.exclude(rail="").order_by("slug").values_list("slug", "rail"))
    with ThreadPoolExecutor(max_workers=ASKED_AT_ONCE) as pool:
        for (slug, _rail), (is_good, error) in zip(banks, pool.map(_ask_apart, banks), strict=True):
            note_probe(bank=slug, is_good=is_good, error=error)
    return len(banks)


def probe_bank(*, bank: str) -> bool:
    """Ask one bank whether it serves, and note the answer.

    Args:
        bank: The bank's slug.

    Raises:
        NotFound: The bank is not known, or has no connector yet.

    Transaction: none (the note owns its own).
    """
    refuse_owner("payments.services.health.probe_bank")
    found = Bank.objects.exclude(rail="").filter(slug=bank).first()
    if found is None:
        raise NotFound
    is_good, error = _ask((found.slug, found.rail))
    note_probe(bank=bank, is_good=is_good, error=error)
    return is_good


def _ask(bank: tuple[str, str]) -> tuple[bool, str]:
    """Ask a bank, by its slug and rail, whether it serves; what it says, or how it failed."""
    slug, rail = bank
    try:
        return rail_named(rail).is_healthy(slug)
    except Exception as broken:
        logger.exception("probe_broke", bank=slug)
        return False, f"{type(broken).__name__}: {broken}"


def _ask_apart(bank: tuple[str, str]) -> tuple[bool, str]:
    """Ask a bank in a thread of its own, and leave no connection to the database behind."""
    try:
        return _ask(bank)
    finally:
        connections.close_all()


@owns
def note_probe(*, bank: str, is_good: bool, error: str = "") -> ConnectorHealth:
    """Count a probe, and turn the connector's health over when the streak is long enough.

    Changes: the health's streaks; its state after enough in a row. Publishes
    ``capability.changed`` for what the bank's live agreement covers when the state changed.

    Args:
        bank: The bank's slug.
        is_good: Whether the bank served.
        error: What was seen instead.

    Raises:
        NotFound: The bank is not known.

    Transaction: owns.
    """
    rows = ConnectorHealth.objects.select_for_update(of=("self",))
    health = rows.filter(bank__slug=bank).first()
    if health is None:
        raise NotFound
    moment = business_now()
    health.probed_at = moment
    health.good_streak = health.good_streak + 1 if is_good else 0
    health.bad_streak = 0 if is_good else health.bad_streak + 1
    health.last_error = "" if is_good else error[:200]
    turns = (
        health.bad_streak >= health.bad_to_down
        if health.is_healthy
        else health.good_streak >= health.good_to_up
    )
    if turns:
        _turn(health, bank, moment)
    health.save()
    return health


def _turn(health: ConnectorHealth, bank: str, moment: datetime) -> None:
    """Turn a connector's health over and tell it."""
    health.is_healthy = not health.is_healthy
    health.changed_at = moment
    logger.warning("connector_turned", bank=bank, is_healthy=health.is_healthy)
    live = BankAgreement.objects.filter(bank__slug=bank, state=AgreementState.LIVE)
    for agreement in live.select_related("bank__country"):
        for capability in agreement.capabilities:
            publish(
                "capability.changed", country=agreement.bank.country.iso2, capability=capability
            )
