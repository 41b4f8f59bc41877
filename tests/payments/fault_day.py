"""A day of payments and of settlement at banks that misbehave, and the days that follow it.

The product's own services do everything; time is what the test moves. Nobody here looks at what
the bank truly did: that is ``fault_verdict``'s part.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.test import override_settings

from core.clock import business_now, wall_now
from core.errors import BankUnavailable, TrocoError
from core.models import Duty
from payments.models import (
    Attempt,
    BatchMove,
    Breaker,
    Payment,
    PaymentMove,
    Payout,
    RefundMove,
    SettlementBatch,
    Statement,
    StatementLine,
)
from payments.queries.queues import REFUSED_BACK, TO_REISSUE
from payments.services import sandbox
from payments.services.availability import check_countries
from payments.services.batches import reissue_payout
from payments.services.charging import look_up_due
from payments.services.lines import resolve_line
from payments.services.reconciliation import import_due_statements, import_statement
from payments.services.redirecting import accounts_for_return, redirect_return
from payments.services.refunding import look_up_due_refunds
from payments.services.submission import advance_batches
from people.models import Party, Person
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    SAO_PAULO,
    Someone,
    new_business,
    new_payer,
    new_staff,
    raise_limits,
    work,
)
from tests.payments.fault_behaviours import BOTH, Behaviour, Switch
from tests.payments.fault_mailbox import Mailbox
from tests.payments.refund_cast import give_back
from tests.payments.settlement_cast import fault, heal, local_day, next_day, sell

SHOPS = ("Padaria do Zé", "Feira da Lu", "Farmácia Sol", "Banca do Nico", "Café da Vó")
EVENINGS = 5
LOOK_UPS = 3
CHECKED_EVERY = 20
CALLS_COME_WITHIN_SECONDS = 4.0
MOST_FAILURES = 20
"""So many in a row, and a breaker has to be open."""


@dataclass(frozen=True)
class Banks:
    """The simulator of a day, where it calls, and its port where no TLS handshake succeeds."""

    simulator: Simulator
    mailbox: Mailbox
    tls_port: int


@dataclass
class Day:
    """What was done, and how it went; the verdict reads the rest from both sides' books."""

    banks: Banks
    behaviour: Behaviour
    seed: int
    ana: Someone
    bruno: Someone
    shops: list[Party]
    staff: Person
    first_date: date = field(default_factory=local_day)
    fired: int = 0
    seconds: float = 0.0
    unbroken: set[str] = field(default_factory=set)

    @property
    def simulator(self) -> Simulator:
        """The banks themselves."""
        return self.banks.simulator

    @property
    def unknowns(self) -> int:
        """Return how often an outcome was unknown."""
        return (
            PaymentMove.objects.filter(to_state="unknown").count()
            + RefundMove.objects.filter(to_state="unknown").count()
            + BatchMove.objects.filter(to_state="unknown").count()
        )


def play(banks: Banks, behaviour: Behaviour, *, payments: int, seed: int) -> Day:
    """Play the day, the night, and the days until everything must be known."""
    began, simulator = time.monotonic(), banks.simulator
    raise_limits()
    day = Day(
        banks=banks,
        behaviour=behaviour,
        seed=seed,
        ana=new_payer(simulator, "Ana"),
        bruno=new_payer(simulator, "Bruno", balance_minor=0, bank=BOTH[1]),
        shops=[new_business(simulator, name) for name in SHOPS],
        staff=new_staff("carlos"),
    )
    _switch(day, behaviour.by_day + behaviour.on_paper)
    _pay(day, payments)
    _ask(day, LOOK_UPS)
    _evening(day)
    _count_fired(day)
    for bank in BOTH:
        heal(simulator, bank=bank)
    _switch(day, behaviour.on_paper)
    for _ in range(EVENINGS):
        _morning(day)
        _evening(day)
    _correct(day)
    day.seconds = time.monotonic() - began
    return day


def _pay(day: Day, payments: int) -> None:
    """Let people pay each other and shops, and shops give some of it back."""
    rng = random.Random(f"{day.behaviour.name}/{day.seed}")
    for turn in range(payments):
        if turn == payments // 2:
            _switch(day, day.behaviour.at_night)
        if turn % CHECKED_EVERY == 0:
            check_countries()  # On a busy machine a day takes longer than a check is good for.
        with _line(day, is_broken=rng.random() < day.behaviour.broken_tls):
            _pay_once(day, rng)
        _hear(day)
    if day.behaviour.calls:
        time.sleep(CALLS_COME_WITHIN_SECONDS)
        _hear(day)


def _pay_once(day: Day, rng: random.Random) -> None:
    """Let Ana pay Bruno or buy something, and perhaps get some of it back."""
    amount = rng.randint(100, 50_00)
    if rng.random() < 0.4:
        answer = day.ana.pay({"party": day.bruno.party}, amount)
        assert answer.status_code == 201, answer.json()
        work()
        return
    shop = rng.choice(day.shops)
    payment = sell(shop, day.ana, amount)
    if rng.random() < 0.25:
        with suppress(TrocoError):  # It did not go through, or the shop is owed too little.
            give_back(shop, payment, rng.choice([None, amount // 3]))
        work()


@contextmanager
def _line(day: Day, *, is_broken: bool) -> Iterator[None]:
    """Let the banks be reached, or only by a line on which no TLS handshake succeeds."""
    if not is_broken:
        yield
        return
    day.fired += 1
    with override_settings(TROCO_SIMULATOR_URL=f"https://127.0.0.1:{day.banks.tls_port}"):
        yield


def _hear(day: Day) -> None:
    """Take in what the banks called about, do what follows, and look at the breakers."""
    day.banks.mailbox.hand_in()
    work()
    late = Breaker.objects.filter(state="closed", failures__gte=MOST_FAILURES)
    day.unbroken |= {str(each) for each in late}


def _ask(day: Day, times: int) -> None:
    """Let the time of the look-ups come, as often as the policy has them."""
    for _ in range(times):
        now = wall_now()
        Attempt.objects.filter(look_up_at__isnull=False).update(look_up_at=now)
        Duty.objects.filter(done_at__isnull=True).update(due_at=now)
        Breaker.objects.filter(try_at__isnull=False).update(try_at=now)
        look_up_due(limit=1000)
        look_up_due_refunds(limit=1000)
        work()
        SettlementBatch.objects.filter(next_look_up_at__isnull=False).update(next_look_up_at=now)
        advance_batches()
        _hear(day)


def _evening(day: Day) -> None:
    """Run the cutoff of each bank: claim, send, let the bank execute, hear of it."""
    for bank in BOTH:
        with suppress(BankUnavailable, TrocoError):
            sandbox.run_cutoff(bank=bank)
    _ask(day, LOOK_UPS)


def _morning(day: Day) -> None:
    """Let a day pass: read the statements, go on with what waited, do what staff must."""
    next_day()
    check_countries()
    import_due_statements(moment=business_now())
    _ask(day, 1)
    for payout in Payout.objects.filter(state__in=TO_REISSUE):
        reissue_payout(staff=day.staff, payout_id=payout.public_id, reason="in the morning")
    for payment in Payment.objects.filter(failure_code=REFUSED_BACK):
        source = accounts_for_return(payment)[0].public_id
        redirect_return(
            staff=day.staff, payment_id=payment.public_id, source_id=source, reason="try again"
        )
    work()


def _correct(day: Day) -> None:
    """Let the bank issue its spoiled statements again, and staff explain what is left open."""
    _count_fired(day)
    for bank in BOTH:
        heal(day.simulator, bank=bank)
        spoiled = Statement.objects.filter(bank__slug=bank, proof__is_proven=False)
        for found in list(spoiled.order_by("date").values_list("date", flat=True).distinct()):
            import_statement(bank=bank, day=found)
    waiting = StatementLine.objects.filter(
        state__in=["exception", "suspense"], suspended_at__isnull=True
    )
    for line in waiting.order_by("id"):
        resolve_line(staff=day.staff, line_id=line.pk, note=f"explained: {line.note}"[:200])
    _morning(day)
    _evening(day)
    _morning(day)


def _switch(day: Day, switches: tuple[Switch, ...]) -> None:
    for place, switch in enumerate(switches):
        for bank in switch.banks:
            more = {"seed": day.seed * 100 + place * 10 + BOTH.index(bank), **switch.more}
            if switch.fault == "closed_at_night":
                more |= _night()
            elif switch.fault != "down":
                more["probability"] = switch.probability
            fault(day.simulator, switch.fault, bank=bank, **more)


def _night() -> dict[str, int]:
    """Return hours between which it is now, and for most of a day."""
    hour = business_now().astimezone(ZoneInfo(SAO_PAULO)).hour
    return {"closes_hour": hour, "opens_hour": (hour - 1) % 24}


def _count_fired(day: Day) -> None:
    """Remember how often the faults struck, before they are taken away.

    A bank that is closed does not count; what it turned away, the breakers saw.
    """
    day.fired += sum(Breaker.objects.values_list("failures", flat=True))
    for bank in BOTH:
        answer = day.simulator.client.get(f"/banks/{bank}/faults").json()
        found = answer["faults"] if isinstance(answer, dict) else answer
        day.fired += sum(each["fired"] for each in found)
