"""A new device's ceiling, and going-out mode: what they refuse, and how they end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from core.clock import advance, business_now
from payments.models import LimitUsage
from payments.queries.limit_words import why
from payments.queries.limits import Decided, Limit
from people.models import Device, PinDevice
from people.queries import sandbox_code
from people.services.signing import NewDevice, request_code, sign_in
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    PIN,
    Someone,
    new_business,
    new_payer,
    prove_the_books,
    work,
)
from tests.people.cast import Ed25519Key

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def problem(answer: Any) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body.get("limit", "")


def limits(someone: Someone) -> dict[str, Any]:
    return {each["name"]: each for each in someone.get("/v1/limits").json()["data"]}


def at_noon() -> None:
    """Move to noon in São Paulo, so that a day has room on both sides."""
    now = business_now()
    ahead = (15 - now.hour) % 24 * HOUR - now.minute * 60 - now.second
    advance(ahead if ahead > 0 else ahead + 24 * HOUR)


def test_a_new_device_sends_little_until_it_is_a_day_old(ana: Someone, bruno: Someone) -> None:
    quote = ana.quote({"party": bruno.party}, 200_01).json()
    assert quote["refusal"]["code"] == "limit_reached"
    assert "This device is new" in quote["refusal"]["detail"]
    assert problem(ana.approve(quote)) == (422, "limit_reached", "new_device_per_payment")
    assert LimitUsage.objects.count() == 0
    assert ana.pay({"party": bruno.party}, 200_00).status_code == 201
    ends = limits(ana)["new_device_per_day"]["ends_at"]
    left = datetime.fromisoformat(ends) - business_now()
    advance(int(left.total_seconds()) + 1)
    assert "new_device_per_day" not in limits(ana)
    assert ana.pay({"party": bruno.party}, 200_01).status_code == 201
    work()
    prove_the_books()


def test_a_new_device_sends_a_thousand_a_day_of_every_kind(
    ana: Someone, bruno: Someone, brazil: Simulator
) -> None:
    at_noon()
    Device.objects.update(created_at=business_now())
    padaria = new_business(brazil)
    for _ in range(3):
        assert ana.pay({"party": bruno.party}, 200_00).status_code == 201
    for _ in range(2):
        assert ana.pay({"party": padaria.public_id}, 200_00).status_code == 201
    refused = ana.pay({"party": padaria.public_id}, 1)
    assert problem(refused) == (422, "limit_reached", "new_device_per_day")
    advance(13 * HOUR)
    assert ana.pay({"party": bruno.party}, 1).status_code == 201
    work()
    prove_the_books()


def test_a_second_new_device_brings_no_second_ceiling(ana: Someone, bruno: Someone) -> None:
    at_noon()
    Device.objects.update(created_at=business_now())
    for _ in range(5):
        assert ana.pay({"party": bruno.party}, 200_00).status_code == 201
    second = another_phone(ana)
    assert problem(second.pay({"party": bruno.party}, 1))[2] == "new_device_per_day"


def test_a_reset_pin_makes_every_device_new_again(ana: Someone, bruno: Someone) -> None:
    advance(48 * HOUR)
    assert ana.pay({"party": bruno.party}, 300_00).status_code == 201
    PinDevice.objects.update(reset_at=business_now())
    assert problem(ana.pay({"party": bruno.party}, 200_01))[2] == "new_device_per_payment"
    advance(24 * HOUR + 1)
    assert ana.pay({"party": bruno.party}, 200_01).status_code == 201


def another_phone(someone: Someone) -> Someone:
    """Sign the same person in on a second device, with a key of its own."""
    phone = str(someone.person.phone)
    request_code(phone=phone)
    found = sandbox_code(phone)
    assert found is not None
    key = Ed25519Key()
    signed = sign_in(phone=phone, code=found[0], device=NewDevice("second", key.jwk))
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed.token}")
    return Someone(signed.person, signed.device, key, client, someone.tax_id)


def test_an_old_device_pays_on_while_a_new_one_is_held(ana: Someone, bruno: Someone) -> None:
    advance(24 * HOUR)
    second = another_phone(ana)
    assert ana.pay({"party": bruno.party}, 300_00).status_code == 201
    assert problem(second.pay({"party": bruno.party}, 300_00))[2] == "new_device_per_payment"
    assert limits(second)["new_device_per_day"]["used"]["amount_minor"] == 0


def test_a_failed_payment_gives_the_ceiling_back(bruno: Someone, brazil: Simulator) -> None:
    poor = new_payer(brazil, "Ana", balance_minor=1)
    assert poor.pay({"party": bruno.party}, 200_00).status_code == 201
    assert limits(poor)["new_device_per_day"]["used"]["amount_minor"] == 200_00
    work()
    assert limits(poor)["new_device_per_day"]["used"]["amount_minor"] == 0
    prove_the_books()


def go_out(someone: Someone, **body: Any) -> Any:
    amounts = {
        name: {"amount_minor": value, "currency": "BRL"} if isinstance(value, int) else value
        for name, value in body.items()
    }
    return someone.client.put("/v1/me/going-out", amounts, format="json")


def hours(count: float) -> str:
    return (business_now() + timedelta(hours=count)).isoformat()


def come_home(someone: Someone, pin: str = PIN) -> Any:
    challenge = someone.post("/v1/me/challenges", {"purpose": "going_out"}).json()
    proof = someone.proof(challenge["digest"], pin)
    body = {"until": None, "challenge": challenge["id"], "proof": proof}
    return someone.client.put("/v1/me/going-out", body, format="json")


def test_going_out_refuses_at_once_and_ends_by_itself(ana: Someone, bruno: Someone) -> None:
    at_noon()
    on = go_out(ana, per_payment=30_00, per_day=50_00, until=hours(6))
    assert (on.status_code, on.json()["is_on"]) == (200, True)
    quote = ana.quote({"party": bruno.party}, 30_01).json()
    assert "going-out mode" in quote["refusal"]["detail"]
    assert problem(ana.approve(quote)) == (422, "limit_reached", "going_out_per_payment")
    assert ana.pay({"party": bruno.party}, 30_00).status_code == 201
    shown = limits(ana)["going_out_per_day"]
    assert (shown["left"]["amount_minor"], shown["set_by"]) == (20_00, "going_out")
    assert problem(ana.pay({"party": bruno.party}, 20_01))[2] == "going_out_per_day"
    advance(6 * HOUR)
    assert ana.get("/v1/me/going-out").json() == {
        "is_on": False,
        "per_payment": None,
        "per_day": None,
        "until": None,
    }
    assert ana.pay({"party": bruno.party}, 100_00).status_code == 201
    work()
    prove_the_books()


def test_going_out_counts_every_kind_and_only_one_amount_is_needed(
    ana: Someone, bruno: Someone, brazil: Simulator
) -> None:
    at_noon()
    padaria = new_business(brazil)
    assert go_out(ana, per_day=50_00, until=hours(3)).status_code == 200
    assert ana.pay({"party": padaria.public_id}, 40_00).status_code == 201
    assert problem(ana.pay({"party": bruno.party}, 10_01))[2] == "going_out_per_day"


def test_going_out_may_become_tighter_and_not_looser(ana: Someone) -> None:
    assert go_out(ana, per_payment=30_00, until=hours(3)).status_code == 200
    looser = [
        go_out(ana, per_payment=30_01, until=hours(4)),
        go_out(ana, per_day=30_00, until=hours(4)),
        go_out(ana, per_payment=30_00, until=hours(1)),
    ]
    assert [problem(each)[:2] for each in looser] == [(409, "state_conflict")] * 3
    assert go_out(ana, per_payment=20_00, per_day=10_00, until=hours(4)).status_code == 200
    assert ana.get("/v1/me/going-out").json()["per_payment"]["amount_minor"] == 20_00


def test_ending_it_early_takes_a_proof(ana: Someone, bruno: Someone) -> None:
    go_out(ana, per_payment=30_00, until=hours(3))
    assert problem(come_home(ana, pin="000001"))[:2] == (403, "proof_rejected")
    nothing = {"until": None, "challenge": "chl_nothing", "proof": ana.proof("A" * 43)}
    answer = ana.client.put("/v1/me/going-out", nothing, format="json")
    assert problem(answer)[:2] == (403, "proof_rejected")
    assert problem(ana.pay({"party": bruno.party}, 40_00))[2] == "going_out_per_payment"
    home = come_home(ana)
    assert (home.status_code, home.json()["is_on"]) == (200, False)
    assert ana.pay({"party": bruno.party}, 40_00).status_code == 201
    assert problem(come_home(ana))[:2] == (409, "state_conflict")


def test_a_challenge_for_a_pin_does_not_end_it(ana: Someone) -> None:
    go_out(ana, per_payment=30_00, until=hours(3))
    challenge = ana.post("/v1/me/challenges", {"purpose": "pin"}).json()
    body = {"until": None, "challenge": challenge["id"], "proof": ana.proof(challenge["digest"])}
    answer = ana.client.put("/v1/me/going-out", body, format="json")
    assert problem(answer)[:2] == (403, "proof_rejected")
    assert ana.get("/v1/me/going-out").json()["is_on"] is True


def test_wrong_outings_are_refused_and_change_nothing(ana: Someone) -> None:
    wrong = [
        go_out(ana, until=hours(3)),
        go_out(ana, per_day=1, until=hours(-1)),
        go_out(ana, per_day=1, until=hours(31 * 24)),
        go_out(ana, per_day=1, until=None),
        go_out(ana, per_day={"amount_minor": 1, "currency": "USD"}, until=hours(1)),
        go_out(ana, per_day=1, until=hours(1), colour=1),
        go_out(ana, per_day=0, until=hours(1)),
    ]
    assert [problem(each)[:2] for each in wrong] == [
        (400, "input_invalid"),
        (400, "input_invalid"),
        (400, "input_invalid"),
        (400, "input_invalid"),
        (422, "currency_mismatch"),
        (400, "unknown_field"),
        (400, "amount_invalid"),
    ]
    assert ana.get("/v1/me/going-out").json()["is_on"] is False


def test_every_limit_that_there_can_be_has_words() -> None:
    said = set()
    for condition, set_by in (
        ("always", "country"),
        ("always", "personal"),
        ("new_device", "country"),
        ("going_out", "going_out"),
        ("always", "staff"),
        ("decided", "staff"),
    ):
        for side in ("sent", "received"):
            for window in ("payment", "day", "month", "night"):
                for measure in ("amount", "count"):
                    limit = Limit(
                        rule_id=1,
                        kind="any",
                        name="x",
                        side=side,
                        window=window,
                        measure=measure,
                        condition=condition,
                        cap=1,
                        most=1,
                        own_cap=1,
                        currency="BRL",
                        source="",
                        set_by=set_by,
                        window_key="",
                        night_begins=20,
                        waiting=None,
                        ends_at=None,
                        decided=Decided(1, business_now(), "safety"),
                    )
                    said.add((why(limit).code, why(limit).detail))
    assert len({code for code, _ in said}) == len(said) == 19
    assert all("%" not in detail for _, detail in said)
