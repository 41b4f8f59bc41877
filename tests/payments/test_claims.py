"""Money for a number that has not enrolled: it waits, is claimed, taken back, or goes back."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.clock import advance, business_now, wall_now
from payments.models import ClaimTry, Country, LedgerTransfer, LimitRule, LimitUsage, Payment
from payments.queries.funding import default_source
from payments.services.claims import (
    LONGEST_PAUSE,
    claim_payment,
    return_unclaimed,
    settle_claims,
)
from payments.services.holds import approve_lift, impose_hold
from payments.services.payments import cancel_payment
from people.models import Invitation, Party, Person, UnclaimedNumber
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    XX_BANKS,
    Someone,
    balance_at,
    enrol,
    join,
    link,
    new_key,
    new_payer,
    new_staff,
    prove_the_books,
    raise_limits,
    state_of,
    work,
)

InThreads = Callable[..., list[Any]]
NUMBER = "+5511912345678"
TWO_DAYS = 48 * 60 * 60


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana", balance_minor=100_00)


def send(payer: Someone, to: Any, amount_minor: int = 25_00, **more: Any) -> str:
    answer = payer.pay(to, amount_minor, **more)
    assert answer.status_code == 201, answer.json()
    work()
    return str(answer.json()["id"])


def kinds_posted(payment: str) -> list[str]:
    rows = LedgerTransfer.objects.filter(payment_ref=payment).order_by("seq")
    return list(rows.values_list("kind", flat=True))


def left_at_bank(simulator: Simulator, someone: Someone) -> int:
    source = default_source(someone.party_id)
    assert source is not None
    return balance_at(simulator, source)


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.django_db
def test_the_quote_says_that_a_new_number_has_to_enrol(ana: Someone) -> None:
    quote = ana.quote({"phone": NUMBER}, 25_00, note="Bem-vindo").json()
    assert quote["refusal"] is None
    payee = quote["payee"]
    assert (payee["enrolled"], payee["verified"], payee["legal_name"]) == (False, False, None)
    assert payee["display_name"] == "+•••• 5678"
    signed = json.loads(quote["signed_text"])["payee"]
    assert signed == {"enrolled": False, "name": "+•••• 5678", "party": payee["party"]}
    again = ana.quote({"phone": NUMBER}, 1).json()
    assert again["payee"]["party"] == payee["party"]
    assert UnclaimedNumber.objects.count() == 1


@pytest.mark.django_db
def test_a_new_number_is_paid_and_invited(ana: Someone, brazil: Simulator) -> None:
    payment = send(ana, {"phone": NUMBER})
    assert state_of(payment) == "pending_claim"
    assert kinds_posted(payment) == ["collect"]
    waiting = Payment.objects.get(public_id=payment)
    assert waiting.claim_until is not None
    assert timedelta(hours=47) < waiting.claim_until - business_now() <= timedelta(hours=48)
    told = ana.client.get("/v1/sandbox/invitations", {"phone": NUMBER}).json()["data"]
    assert len(told) == 1
    assert told[0]["text"].startswith("Ana sent you R$25.00 with Troco. Sign in with this number")
    assert left_at_bank(brazil, ana) == 75_00
    prove_the_books()


@pytest.mark.django_db
def test_its_owner_takes_the_number_over_and_is_paid(ana: Someone, brazil: Simulator) -> None:
    payment = send(ana, {"phone": NUMBER})
    bruno = join("Bruno", phone=NUMBER)
    assert bruno.party_id == Payment.objects.get(public_id=payment).payee_id
    talk = bruno.get("/v1/conversations").json()["data"][0]
    assert talk["last_message"]["content"]["state"] == "pending_claim"
    assert {member["name"] for member in talk["members"]} == {"Ana", "Bruno"}
    link(brazil, enrol(bruno, "Bruno Lima"), bank="banco-mar", balance_minor=0)
    work()
    assert state_of(payment) == "completed"
    assert left_at_bank(brazil, bruno) == 25_00
    assert kinds_posted(payment) == ["collect", "deliver"]
    assert Invitation.objects.count() == 1
    prove_the_books()


@pytest.mark.django_db
def test_what_is_not_claimed_in_time_goes_back(ana: Someone, brazil: Simulator) -> None:
    carla = join("Carla")
    payment = send(ana, {"party": carla.party})
    assert state_of(payment) == "pending_claim"
    advance(TWO_DAYS - 60)
    assert settle_claims() == 0
    advance(61)
    link(brazil, enrol(carla, "Carla Dias"))
    work()
    assert state_of(payment) == "pending_claim"
    assert settle_claims() == 1
    work()
    back = ana.get(f"/v1/payments/{payment}").json()
    assert (back["state"], back["failure_code"]) == ("returned", "not_claimed")
    assert [step["state"] for step in back["timeline"]][2:] == ["pending_claim", "returned"]
    assert kinds_posted(payment) == ["collect", "return"]
    assert left_at_bank(brazil, ana) == 100_00
    assert set(LimitUsage.objects.values_list("used", flat=True)) == {0}
    assert settle_claims() == 0
    prove_the_books()


@pytest.mark.django_db
def test_a_country_says_how_long_it_waits(ana: Someone) -> None:
    Country.objects.filter(iso2="BR").update(claim_hours=1)
    payment = send(ana, {"phone": NUMBER})
    advance(60 * 60 + 1)
    assert settle_claims() == 1
    work()
    assert state_of(payment) == "returned"


@pytest.mark.django_db
def test_the_payer_takes_it_back(ana: Someone, brazil: Simulator) -> None:
    carla = join("Carla")
    payment = send(ana, {"phone": carla.person.phone})
    path = f"/v1/payments/{payment}/cancel"
    assert problem(carla.post(path, key=new_key())) == (404, "not_found")
    answer = ana.post(path, key=new_key())
    assert (answer.status_code, answer.json()["state"]) == (200, "pending_claim")
    assert problem(ana.post(path, key=new_key())) == (409, "state_conflict")
    link(brazil, enrol(carla, "Carla Dias"))
    work()
    back = ana.get(f"/v1/payments/{payment}").json()
    assert (back["state"], back["failure_code"]) == ("returned", "taken_back")
    assert left_at_bank(brazil, ana) == 100_00
    assert problem(ana.post(path, key=new_key())) == (409, "state_conflict")
    prove_the_books()


@pytest.mark.django_db
def test_the_payees_limits_count_when_it_is_claimed(ana: Someone, brazil: Simulator) -> None:
    LimitRule.objects.filter(name="received_per_month").update(value=24_99)
    carla = join("Carla")
    payment = send(ana, {"party": carla.party})
    link(brazil, enrol(carla, "Carla Dias"), balance_minor=0)
    work()
    assert (state_of(payment), settle_claims()) == ("pending_claim", 0)
    raise_limits()
    assert settle_claims() == 0  # It was tried a moment ago, and is tried ever more seldom.
    ClaimTry.objects.update(try_at=wall_now())
    assert settle_claims() == 1
    work()
    assert state_of(payment) == "completed"
    received = LimitUsage.objects.filter(party_id=carla.party_id)
    assert set(received.values_list("used", flat=True)) == {1, 25_00}
    prove_the_books()


@pytest.mark.django_db
def test_the_clock_tries_ever_more_seldom(ana: Someone) -> None:
    send(ana, {"phone": NUMBER})
    pauses = []
    for _ in range(14):
        ClaimTry.objects.update(try_at=wall_now())
        before = wall_now()
        assert settle_claims() == 0
        row = ClaimTry.objects.get()
        pauses.append(round((row.try_at - before).total_seconds() / 60))
        assert settle_claims() == 0
        assert ClaimTry.objects.get().tries == row.tries
    # The first try was made when the payment began to wait.
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720, 720, 720, 720]


@pytest.mark.django_db
def test_what_waits_stays_where_it_is_while_everything_is_stopped(
    ana: Someone, brazil: Simulator
) -> None:
    claimed, taken = send(ana, {"phone": NUMBER}), send(ana, {"phone": NUMBER}, 5_00)
    order: dict[str, Any] = {
        "staff": new_staff("marta"),
        "country": "BR",
        "capability": "person_to_person",
        "reason": "test",
    }
    hold = impose_hold(level="stop_all", legal_reference="1", **order).public_id
    bruno = enrol(join("Bruno", phone=NUMBER), "Bruno Souza")
    link(brazil, bruno, balance_minor=0, bank="banco-mar")
    work()
    assert problem(ana.post(f"/v1/payments/{taken}/cancel", key=new_key())) == (
        409,
        "capability_closed",
    )
    waiting = ana.get(f"/v1/payments/{taken}").json()["waiting"]
    assert waiting["code"] == "regulator_hold"
    assert "It is not lost" in waiting["detail"]
    advance(TWO_DAYS + 1)
    assert settle_claims() == 0
    assert (state_of(claimed), state_of(taken)) == ("pending_claim", "pending_claim")
    assert left_at_bank(brazil, ana) == 70_00
    for login in ("carlos", "dora"):
        approve_lift(staff=new_staff(login), hold_id=hold, reason="lifted")
    assert settle_claims() == 2
    work()
    assert (state_of(claimed), state_of(taken)) == ("returned", "returned")
    prove_the_books()


@pytest.mark.django_db
def test_what_a_hold_kept_from_being_claimed_is_due_when_it_is_lifted(
    ana: Someone, brazil: Simulator
) -> None:
    payment = send(ana, {"phone": NUMBER})
    order: dict[str, Any] = {
        "staff": new_staff("marta"),
        "country": "BR",
        "capability": "person_to_person",
        "reason": "test",
    }
    hold = impose_hold(level="stop_all", legal_reference="1", **order).public_id
    bruno = enrol(join("Bruno", phone=NUMBER), "Bruno Souza")
    link(brazil, bruno, balance_minor=0, bank="banco-mar")
    work()
    assert ClaimTry.objects.get().refused_with == "capability_closed"
    ClaimTry.objects.update(try_at=wall_now() + LONGEST_PAUSE)
    for login in ("carlos", "dora"):
        assert settle_claims() == 0
        approve_lift(staff=new_staff(login), hold_id=hold, reason="lifted")
    work()
    assert settle_claims() == 1
    work()
    assert state_of(payment) == "completed"
    prove_the_books()


@pytest.mark.django_db
def test_whoever_enrols_before_the_approval_is_paid_at_once(
    ana: Someone, brazil: Simulator
) -> None:
    carla = join("Carla")
    quote = ana.quote({"party": carla.party}, 25_00).json()
    link(brazil, enrol(carla, "Carla Dias"), balance_minor=0)
    payment = ana.approve(quote).json()["id"]
    work()
    assert (state_of(payment), Invitation.objects.count()) == ("completed", 0)
    prove_the_books()


@pytest.mark.django_db
def test_a_number_whose_owner_may_not_sign_in_is_unknown(ana: Someone) -> None:
    carla = join("Carla")
    Person.objects.filter(id=carla.person.id).update(is_active=False)
    before = Party.objects.count()
    assert problem(ana.quote({"phone": carla.person.phone}, 1)) == (404, "not_found")
    assert problem(ana.quote({"phone": "11 91234"}, 1)) == (400, "phone_invalid")
    assert Party.objects.count() == before


@pytest.mark.django_db
def test_balances_wait_in_flight(sandboxland: Simulator) -> None:
    ana = new_payer(sandboxland, "Ana", bank=XX_BANKS[0], country="XX")
    bruno = new_payer(sandboxland, "Bruno", bank=XX_BANKS[0], country="XX")
    send(bruno, {"party": ana.party}, 50_00)
    source = ana.post("/v1/funding-sources", {"kind": "balance"}).json()["id"]
    carla = join("Carla", country="XX")
    kept, back = (send(ana, {"party": carla.party}, 20_00, funding_source=source) for _ in range(2))
    assert (kinds_posted(back), state_of(back)) == (["reserve"], "pending_claim")
    prove_the_books()
    assert ana.post(f"/v1/payments/{back}/cancel", key=new_key()).status_code == 200
    work()
    assert (kinds_posted(back), state_of(back)) == (["reserve", "release"], "returned")
    enrol(carla, "Carla Dias")
    work()
    assert (kinds_posted(kept), state_of(kept)) == (["reserve", "deliver"], "completed")
    prove_the_books()


@pytest.mark.django_db(transaction=True)
def test_one_of_claiming_taking_back_and_the_clock_comes_first(
    brazil: Simulator, in_threads: InThreads
) -> None:
    raise_limits()
    ana = new_payer(brazil, "Ana")
    carla = join("Carla")
    payments = [ana.pay({"party": carla.party}, 1_00).json()["id"] for _ in range(20)]
    work()
    link(brazil, enrol(carla, "Carla Dias"), balance_minor=0)
    for payment in payments:
        outcomes = in_threads(
            lambda: claim_payment(payment_id=payment),  # noqa: B023
            lambda: cancel_payment(person=ana.person, payment_id=payment),  # noqa: B023
        )
        lost = [each for each in outcomes if isinstance(each, Exception)]
        assert [getattr(each, "http_status", each) for each in lost] == [409]
    work()
    assert set(Payment.objects.values_list("state", flat=True)) <= {"completed", "returned"}
    prove_the_books()


@pytest.mark.django_db(transaction=True)
def test_the_clock_and_the_payer_turn_it_round_once(
    brazil: Simulator, in_threads: InThreads
) -> None:
    raise_limits()
    ana = new_payer(brazil, "Ana")
    carla = join("Carla")
    payments = [ana.pay({"party": carla.party}, 1_00).json()["id"] for _ in range(20)]
    work()
    Payment.objects.update(claim_until=business_now())
    for payment in payments:
        outcomes = in_threads(
            lambda: return_unclaimed(payment_id=payment),  # noqa: B023
            lambda: cancel_payment(person=ana.person, payment_id=payment),  # noqa: B023
        )
        lost = [each for each in outcomes if isinstance(each, Exception)]
        assert [getattr(each, "http_status", each) for each in lost] == [409]
    work()
    assert set(Payment.objects.values_list("state", flat=True)) == {"returned"}
    prove_the_books()


@pytest.mark.django_db(transaction=True)
def test_a_number_has_one_party_however_it_begins(brazil: Simulator, in_threads: InThreads) -> None:
    ana = new_payer(brazil, "Ana")
    for end in range(10):
        number = f"+551191234{1000 + end}"
        quoted, joined = in_threads(
            lambda: ana.quote({"phone": number}, 1).json(),  # noqa: B023
            lambda: join("Bruno", phone=number),  # noqa: B023
        )
        assert quoted["payee"]["party"] == joined.party
