"""What the clock asks payments to do; each is one service, and running one twice does no harm."""

from contextlib import suppress

from celery import shared_task
from django.conf import settings

from core.clock import business_now
from core.errors import BankUnavailable
from payments.services.agreements import expire_agreements
from payments.services.availability import check_countries as check_every_country
from payments.services.charging import look_up_due
from payments.services.claims import settle_claims as settle_every_claim
from payments.services.dispute_clock import advance_disputes as advance_due_disputes
from payments.services.evidence import import_due_notifications
from payments.services.folding import fold_inboxes
from payments.services.health import probe_banks
from payments.services.marking import mark_owed as mark_what_is_owed
from payments.services.reconciliation import import_due_statements as import_every_statement
from payments.services.refunding import look_up_due_refunds
from payments.services.request_expiry import expire_due_requests
from payments.services.sandbox import play_banks, sync_clock
from payments.services.settlement import claim_due_batches
from payments.services.submission import advance_batches
from payments.services.sweeping import carry_forgotten
from payments.services.ways_back import carry_due_ways_back


@shared_task(name="payments.check_countries", soft_time_limit=50, time_limit=60, ignore_result=True)
def check_countries() -> int:
    """Expire agreements, then look at the conditions of every country."""
    expire_agreements(moment=business_now())
    return check_every_country()


@shared_task(name="payments.probe_health", soft_time_limit=110, time_limit=120, ignore_result=True)
def probe_health() -> int:
    """Ask every bank whether it serves; in a sandbox also give the banks our time."""
    if settings.TROCO_MODE == "sandbox":
        with suppress(BankUnavailable):  # The probes below say so too, and are counted.
            sync_clock()
    return probe_banks()


@shared_task(
    name="payments.run_due_settlements", soft_time_limit=280, time_limit=300, ignore_result=True
)
def run_due_settlements() -> int:
    """Claim what is due, and take every unfinished batch a step further."""
    claimed = claim_due_batches(moment=business_now())
    touched = advance_batches()
    if settings.TROCO_MODE == "sandbox" and play_banks():
        touched += advance_batches()
    return len({*claimed, *touched})


@shared_task(
    name="payments.advance_disputes", soft_time_limit=50, time_limit=60, ignore_result=True
)
def advance_disputes() -> int:
    """Take disputes a step further whose time has come, or that are short of money."""
    return advance_due_disputes(moment=business_now())


@shared_task(
    name="payments.look_up_unknowns", soft_time_limit=110, time_limit=120, ignore_result=True
)
def look_up_unknowns() -> int:
    """Ask banks about what is unknown and due, and take the steps that nobody took."""
    return look_up_due() + look_up_due_refunds() + carry_due_ways_back() + carry_forgotten()


@shared_task(
    name="payments.import_due_statements", soft_time_limit=580, time_limit=600, ignore_result=True
)
def import_due_statements() -> int:
    """Import what banks told of the same day; then match and prove the statements there are."""
    import_due_notifications()
    return len(import_every_statement(moment=business_now()))


@shared_task(name="payments.fold_ledger", soft_time_limit=50, time_limit=60, ignore_result=True)
def fold_ledger() -> int:
    """Fold busy accounts' inboxes into their balances."""
    return fold_inboxes()


@shared_task(name="payments.mark_owed", soft_time_limit=290, time_limit=300, ignore_result=True)
def mark_owed() -> int:
    """Mark what busy shops had come to, for their statements."""
    return mark_what_is_owed(moment=business_now())


@shared_task(name="payments.expire_requests", soft_time_limit=50, time_limit=60, ignore_result=True)
def expire_requests() -> int:
    """Close the requests that nobody paid in time."""
    return expire_due_requests()


@shared_task(name="payments.settle_claims", soft_time_limit=110, time_limit=120, ignore_result=True)
def settle_claims() -> int:
    """Deliver what waited for its payee, and send back what waited too long."""
    return settle_every_claim()
