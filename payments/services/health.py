"""Whether banks' connectors answer, noted with hysteresis so that a hiccup closes no country."""

from datetime import datetime

import structlog

from core.clock import business_now
from core.errors import NotFound
from core.events import publish
from core.transactions import owns, refuse_owner
from payments.enums import AgreementState
from payments.models import Bank, BankAgreement, ConnectorHealth
from payments.rails import rail_named

logger = structlog.get_logger(__name__)


def probe_banks() -> int:
    """Ask every bank that has a connector whether it serves; return how many were asked.

    A connector that breaks is one that does not serve; it does not keep the others from being
    asked.

    Transaction: none (each note owns its own).
    """
    slugs = list(Bank.objects.exclude(rail="").order_by("slug").values_list("slug", flat=True))
    for slug in slugs:
        probe_bank(bank=slug)
    return len(slugs)


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
    try:
        is_good, error = rail_named(found.rail).is_healthy(bank)
    except Exception as broken:
        logger.exception("probe_broke", bank=bank)
        is_good, error = False, f"{type(broken).__name__}: {broken}"
    note_probe(bank=bank, is_good=is_good, error=error)
    return is_good


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
