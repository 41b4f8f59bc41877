"""A shop's days drawn by chance: sales, refunds, disputes, payouts; then all is compared."""

import inspect
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from core.clock import business_now
from core.errors import TrocoError
from core.money import Money
from core.transactions import owns_block
from merchants.services.refunds import refund_sale
from payments.models import Chargeback, Dispute, Payment, Payout
from payments.services import sandbox
from payments.services.availability import check_country
from payments.services.batches import reissue_payout
from payments.services.chargebacks import hear_chargebacks
from payments.services.dispute_clock import advance_disputes
from payments.services.dispute_decisions import decide_dispute
from payments.services.disputes import Claim, answer_dispute, open_dispute, withdraw_dispute
from payments.services.payouts import lock_payouts, return_payouts
from payments.services.reconciliation import import_due_statements
from payments.services.refunds import RefundWish
from payments.services.submission import advance_batches
from people.models import Party, Person
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast as consumers
from tests.payments.cast import Someone, prove_the_books, work
from tests.payments.settlement_cast import PAYERS_BANK, SHOPS_BANK, cutoff, fault, heal, sell
from tests.payments.test_chargebacks import charge_back, debit_of, reverse
from tests.portal import cast
from tests.portal.drawn.sums import compare

ZONES = ("America/Sao_Paulo", "America/Rio_Branco", "Asia/Dhaka", "Pacific/Kiritimati")
CLAIMS = (("fraud", "not_me"), ("commercial", "not_received"))
HOURS = (1, 5, 11, 24)
STRIKES = ("", "", "", "batch_partial_reject", "batch_lost_answer")

ranks = st.integers(0, 4)
amounts = st.integers(1, 90_00)


class Trade(RuleBasedStateMachine):
    """Each rule does one thing, as people, banks and clocks do; a refusal is no news."""

    banks: ClassVar[Simulator]
    payers: ClassVar[dict[str, Someone]] = {}
    staff: ClassVar[Person]
    met: ClassVar[Counter[str]] = Counter()

    @initialize(zone=st.sampled_from(ZONES), first=st.lists(amounts, min_size=1, max_size=3))
    def open(self, zone: str, first: list[int]) -> None:
        """A bakery of its own for each course, with its first sales."""
        # As the clock process does: a country whose last check is old takes no payments.
        check_country(country="BR")
        owner = cast.hire("Zé")
        self.shop = consumers.new_paid_shop(self.banks, owner)
        self.shop = consumers.set_up(self.shop, timezone=zone)
        self.clerk = cast.signed_in(owner)
        self.party = Party.objects.get(pk=self.shop.party_id)
        self.first_day: date = business_now().date() - timedelta(days=2)
        self.sold: list[str] = []
        for amount in first:
            self.sell(amount, by="account")
        self.refund(rank=0, part=1 + first[-1] // 2, is_refused=False)

    def teardown(self) -> None:
        heal(self.banks, bank=PAYERS_BANK)
        heal(self.banks, bank=SHOPS_BANK)
        if hasattr(self, "shop"):
            prove_the_books()
            compare(self.clerk, self.shop, self.first_day)

    def _try(self, act: Callable[[], object]) -> bool:
        """Do something that may be refused; whether it was done."""
        try:
            act()
        except TrocoError:
            return False
        self.met[inspect.stack()[1].function] += 1
        return True

    def _sale(self, rank: int) -> str:
        return self.sold[-1 - rank % len(self.sold)]

    def _dispute(self, rank: int, *states: str) -> Dispute | None:
        rows = Dispute.objects.filter(payee_id=self.party.pk, state__in=states).order_by("id")
        found = list(rows)
        return found[rank % len(found)] if found else None

    def _payout(self, *states: str) -> Payout | None:
        return Payout.objects.filter(party_id=self.party.pk, state__in=states).first()

    def _chargeback(self) -> Chargeback | None:
        rows = Chargeback.objects.filter(payment__payee_id=self.party.pk).order_by("id")
        return rows.exclude(state="reversed").first()

    @rule(amount=amounts, by=st.sampled_from(["account", "card"]))
    def sell(self, amount: int, by: str) -> None:
        self.sold.append(sell(self.party, self.payers[by], amount))

    @rule(rank=ranks, part=st.integers(1, 90_00) | st.none(), is_refused=st.booleans())
    def refund(self, rank: int, part: int | None, is_refused: bool) -> None:  # noqa: FBT001 - drawn.
        """Give back a part or all; the payer's bank may refuse to take it."""
        amount = None if part is None else Money(part, "BRL")
        wish = RefundWish(self._sale(rank), amount, "other", "", f"key-{business_now()}-{rank}")
        if is_refused:
            fault(self.banks, "reject", bank=PAYERS_BANK, reason="AC04", count=1)
        owner, shop = self.clerk.person, self.shop.pk
        self._try(lambda: refund_sale(person=owner, shop_id=shop, wish=wish))
        work()
        heal(self.banks, bank=PAYERS_BANK)

    @rule(rank=ranks, claim=st.sampled_from(CLAIMS))
    def dispute(self, rank: int, claim: tuple[str, str]) -> None:
        name = self._sale(rank)
        payer = Payment.objects.get(public_id=name).payer_id
        person = next(each.person for each in self.payers.values() if each.party_id == payer)
        said = Claim(*claim, "No.")
        self._try(lambda: open_dispute(person=person, payment_id=name, claim=said))

    @precondition(lambda self: self._dispute(0, "evidence_due"))
    @rule(rank=ranks)
    def answer(self, rank: int) -> None:
        found = self._dispute(rank, "evidence_due")
        assert found is not None
        answer_dispute(
            person=self.clerk.person,
            party_id=self.party.pk,
            dispute_id=found.public_id,
            text="Sent.",
            evidence=[],
            submit=True,
        )

    @precondition(lambda self: self._dispute(0, "evidence_due", "under_review"))
    @rule(rank=ranks, outcome=st.sampled_from(["won", "lost", "lost", "withdrawn"]))
    def decide(self, rank: int, outcome: str) -> None:
        found = self._dispute(rank, "under_review", "evidence_due")
        assert found is not None
        name = found.public_id
        if outcome == "withdrawn":
            person = next(p.person for p in self.payers.values() if p.party_id == found.payer_id)
            self._try(lambda: withdraw_dispute(person=person, dispute_id=name))
        else:
            staff = self.staff
            self._try(
                lambda: decide_dispute(staff=staff, dispute_id=name, outcome=outcome, reason="x")
            )
        work()

    @rule(rank=ranks)
    def be_charged_back(self, rank: int) -> None:
        """The issuer of a card takes a sale's money back."""
        name = self._sale(rank)
        payment = Payment.objects.get(public_id=name)
        is_new = not Chargeback.objects.filter(payment=payment).exists()
        # What went back whole, or is on its way, has nothing left for its issuer to take.
        is_left = payment.amount_minor > payment.refunding_minor + payment.refunded_minor
        if is_new and is_left and payment.payer_id == self.payers["card"].party_id:
            charge_back(self.banks, name)
            hear_chargebacks(instruction_id=debit_of(name))
            work()
            self.met["be_charged_back"] += 1

    @precondition(lambda self: self._chargeback())
    @rule()
    def get_a_chargeback_back(self) -> None:
        """The issuer gives it back, before or after the shop bore it."""
        found = self._chargeback()
        assert found is not None
        reverse(self.banks, found.chargeback_id)
        name = debit_of(found.payment.public_id)
        self._try(lambda: hear_chargebacks(instruction_id=name))
        work()

    @rule(strike=st.sampled_from(STRIKES))
    def pay_out(self, strike: str) -> None:
        """The cutoff comes; the bank may refuse a payout, or its answer may be lost."""
        if strike:
            fault(self.banks, strike, count=1)
        for bank in (PAYERS_BANK, SHOPS_BANK):
            cutoff(bank)
        heal(self.banks)
        work()
        self.met[f"pay_out {strike}".strip()] += 1

    @precondition(lambda self: self._payout("settled"))
    @rule()
    def come_back(self) -> None:
        """The shop's bank sends a payout back, days later perhaps."""
        found = self._payout("settled")
        assert found is not None
        with owns_block():
            rows = lock_payouts(rows=Payout.objects.filter(pk=found.pk))
            return_payouts(payouts=rows, reasons={}, moment=business_now())
        self.met["come_back"] += 1

    @precondition(lambda self: self._payout("rejected", "returned", "not_executed"))
    @rule()
    def send_again(self) -> None:
        found = self._payout("rejected", "returned", "not_executed")
        assert found is not None
        staff, name = self.staff, found.public_id
        self._try(lambda: reissue_payout(staff=staff, payout_id=name, reason="x"))

    @rule(hours=st.sampled_from(HOURS))
    def wait(self, hours: int) -> None:
        """Time passes, and the clock process does what is due by then."""
        sandbox.advance_clock(seconds=hours * 3600)
        check_country(country="BR")
        import_due_statements(moment=business_now())
        advance_batches()
        advance_disputes(moment=business_now())
        work()
