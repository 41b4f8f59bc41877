"""What people choose for themselves: lower at once, higher after a day, never above the country."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import advance, business_now
from messaging.models import FeedRow
from payments.models import LimitRule, LimitSettings, PersonalLimit
from people.models import AuditEntry
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, join, new_payer, prove_the_books, raise_limits, work

pytestmark = pytest.mark.django_db
DAY = 24 * 3600
MONTH = ("person_to_person", "sent_per_month")
PER_PAYMENT = ("person_to_person", "per_payment")


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    """Somebody whose device is old enough to have no ceiling."""
    ana = new_payer(brazil, "Ana")
    advance(DAY)
    return ana


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def brl(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "BRL"}


def put(someone: Someone, body: dict[str, Any]) -> Any:
    return someone.client.put("/v1/limits", body, format="json")


def choose(someone: Someone, which: tuple[str, str], limit: Any) -> Any:
    kind, name = which
    return put(someone, {"kind": kind, "name": name, "limit": limit})


def shown(answer: Any, which: tuple[str, str]) -> dict[str, Any]:
    assert answer.status_code == 200, answer.json()
    kind, name = which
    found: dict[str, Any] = next(
        each for each in answer.json()["data"] if (each["kind"], each["name"]) == (kind, name)
    )
    return found


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_every_limit_says_whose_it_is_and_why(ana: Someone, bruno: Someone) -> None:
    assert ana.pay({"party": bruno.party}, 30_00).status_code == 201
    limit = shown(ana.get("/v1/limits"), MONTH)
    assert limit == {
        "name": "sent_per_month",
        "kind": "person_to_person",
        "side": "sent",
        "window": "month",
        "limit": brl(5000_00),
        "used": brl(30_00),
        "left": brl(4970_00),
        "most": brl(5000_00),
        "in_force": True,
        "set_by": "country",
        "why": {
            "code": "sent_month",
            "detail": "You may send this much in one calendar month.",
        },
        "source": "The operator's own rule.",
        "ends_at": None,
        "waiting": None,
    }
    names = {each["name"] for each in ana.get("/v1/limits").json()["data"]}
    assert "sent_per_night" in names
    assert names.isdisjoint({"new_device_per_payment", "going_out_per_day"})


def test_lower_holds_at_once(ana: Someone, bruno: Someone) -> None:
    lowered = shown(choose(ana, PER_PAYMENT, brl(50_00)), PER_PAYMENT)
    assert (lowered["limit"], lowered["most"], lowered["set_by"]) == (
        brl(50_00),
        brl(1000_00),
        "personal",
    )
    assert lowered["why"]["code"] == "personal_payment"
    quote = ana.quote({"party": bruno.party}, 50_01).json()
    assert quote["refusal"]["code"] == "limit_reached"
    assert "You chose this limit for one payment." in quote["refusal"]["detail"]
    refused = ana.approve(quote)
    assert problem(refused) == (422, "limit_reached")
    assert (refused.json()["limit"], refused.json()["why"]) == ("per_payment", "personal_payment")
    assert ana.pay({"party": bruno.party}, 50_00).status_code == 201
    work()
    prove_the_books()


def test_higher_waits_a_day(ana: Someone, bruno: Someone) -> None:
    choose(ana, MONTH, brl(100_00))
    raised = shown(choose(ana, MONTH, brl(300_00)), MONTH)
    assert (raised["limit"], raised["waiting"]["limit"]) == (brl(100_00), brl(300_00))
    advance(DAY - 60)
    assert shown(ana.get("/v1/limits"), MONTH)["limit"] == brl(100_00)
    advance(60)
    now = shown(ana.get("/v1/limits"), MONTH)
    assert (now["limit"], now["waiting"], now["set_by"]) == (brl(300_00), None, "personal")
    assert ana.pay({"party": bruno.party}, 200_00).status_code == 201


def test_a_waiting_raise_is_taken_back(ana: Someone) -> None:
    choose(ana, MONTH, brl(100_00))
    choose(ana, MONTH, brl(300_00))
    kept = shown(choose(ana, MONTH, brl(100_00)), MONTH)
    assert (kept["limit"], kept["waiting"]) == (brl(100_00), None)
    advance(DAY)
    assert shown(ana.get("/v1/limits"), MONTH)["limit"] == brl(100_00)


def test_back_to_the_countrys_rule(ana: Someone) -> None:
    choose(ana, MONTH, brl(100_00))
    waiting = shown(choose(ana, MONTH, None), MONTH)
    assert (waiting["limit"], waiting["waiting"]["limit"]) == (brl(100_00), None)
    advance(DAY)
    free = shown(ana.get("/v1/limits"), MONTH)
    assert (free["limit"], free["set_by"], free["waiting"]) == (brl(5000_00), "country", None)
    LimitRule.objects.filter(name="sent_per_month").update(value=6000_00)
    assert shown(ana.get("/v1/limits"), MONTH)["limit"] == brl(6000_00)


def test_nobody_chooses_more_than_the_country_allows(ana: Someone) -> None:
    assert problem(choose(ana, PER_PAYMENT, brl(1000_01))) == (422, "limit_too_high")
    choose(ana, PER_PAYMENT, brl(500_00))
    LimitRule.objects.filter(name="per_payment").update(value=200_00)
    assert shown(ana.get("/v1/limits"), PER_PAYMENT)["limit"] == brl(200_00)


def test_what_cannot_be_chosen_is_refused_and_changes_nothing(ana: Someone) -> None:
    wrong = [
        (("person_to_person", "nothing"), brl(1), (404, "not_found")),
        (("person_to_person", "received_per_month"), brl(1), (404, "not_found")),
        (("any", "new_device_per_payment"), brl(1), (404, "not_found")),
        (MONTH, 5, (400, "input_invalid")),
        (MONTH, {"amount_minor": 100, "currency": "USD"}, (422, "currency_mismatch")),
        (MONTH, brl(0), (400, "amount_invalid")),
        (MONTH, True, (400, "amount_invalid")),
        (MONTH, "100", (400, "amount_invalid")),
    ]
    assert [problem(choose(ana, which, limit)) for which, limit, _ in wrong] == [
        expected for *_, expected in wrong
    ]
    assert problem(put(ana, {"kind": "any"})) == (400, "input_invalid")
    assert problem(put(ana, {"night_begins": 21})) == (400, "input_invalid")
    assert problem(put(ana, {"night_begins": 22, "x": 1})) == (400, "unknown_field")
    assert PersonalLimit.objects.count() == 0
    assert LimitSettings.objects.count() == 0


def test_the_night_may_begin_later_after_a_day_and_earlier_at_once(
    ana: Someone, bruno: Someone
) -> None:
    raise_limits()
    LimitRule.objects.filter(name="sent_per_night").update(value=10_00)
    waiting = put(ana, {"night_begins": 22}).json()["night"]
    assert (waiting["begins"], waiting["ends"]) == (20, 6)
    assert waiting["waiting_until"] is not None
    _go_to_hour(21, after=DAY)
    assert ana.get("/v1/limits").json()["night"]["begins"] == 22
    assert ana.pay({"party": bruno.party}, 11_00).status_code == 201
    _go_to_hour(22)
    refused = ana.pay({"party": bruno.party}, 11_00)
    assert refused.json()["limit"] == "sent_per_night"
    assert "22:00 to 06:00" in refused.json()["detail"]
    assert put(ana, {"night_begins": 20}).json()["night"]["begins"] == 20


def _go_to_hour(hour: int, *, after: int = 0) -> None:
    """Move to an hour in São Paulo, which is three hours behind UTC, beyond some seconds."""
    advance(after)
    now = business_now().astimezone(UTC)
    wanted = (hour + 3) % 24
    ahead = (wanted - now.hour) % 24 * 3600 - now.minute * 60 - now.second
    advance(ahead if ahead > 0 else ahead + DAY)


def test_a_rule_of_the_tier_stands_in_place_of_the_general_one(
    ana: Someone, bruno: Someone
) -> None:
    general = LimitRule.objects.get(name="per_payment")
    general.pk, general.tier, general.value = None, "basic", 60_00
    general.save()
    quote = ana.quote({"party": bruno.party}, 60_01).json()
    assert [each["limit"] for each in quote["limits"] if each["name"] == "per_payment"] == [
        brl(60_00)
    ]
    assert problem(ana.approve(quote)) == (422, "limit_reached")
    assert ana.pay({"party": bruno.party}, 60_00).status_code == 201


def test_what_is_chosen_is_in_the_audit_trail(ana: Someone) -> None:
    choose(ana, MONTH, brl(100_00))
    entry = AuditEntry.objects.get(action="limit.chosen")
    assert (entry.object_ref, entry.before) == (
        "person_to_person sent_per_month",
        {"limit": 5000_00},
    )
    assert entry.after == {"value": "10000"}


def test_all_devices_hear_what_was_chosen(ana: Someone) -> None:
    choose(ana, MONTH, brl(100_00))
    put(ana, {"night_begins": 22})
    until = (business_now() + timedelta(hours=1)).isoformat()
    ana.client.put("/v1/me/going-out", {"per_day": brl(1), "until": until}, format="json")
    said = dict(
        FeedRow.objects.filter(party_id=ana.party_id, kind="security").values_list("id", "payload")
    )
    told = [payload for _, payload in sorted(said.items())]
    chosen = [each["what"] for each in told if each["what"] != "pin_changed"]
    assert chosen == ["limit_chosen", "night_chosen", "going_out_begun"]
    assert told[-3]["limit"] == {"kind": MONTH[0], "name": MONTH[1]}


def test_reading_limits_costs_so_many_questions(ana: Someone) -> None:
    with CaptureQueriesContext(connection) as bare:
        ana.get("/v1/limits")
    for which in (MONTH, PER_PAYMENT, ("person_to_person", "sent_per_night")):
        choose(ana, which, brl(100_00))
    with CaptureQueriesContext(connection) as chosen:
        ana.get("/v1/limits")
    assert (len(bare), len(chosen)) == (8, 8)


def test_where_no_country_is_set_up_there_are_no_limits(db: None) -> None:
    carla = join("Carla")
    answer = carla.get("/v1/limits")
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert carla.get("/v1/me/going-out").json()["is_on"] is False
    assert problem(choose(carla, MONTH, brl(1))) == (404, "not_found")
    carla.client.credentials()
    paths = ("/v1/limits", "/v1/me/going-out")
    assert [problem(carla.get(path)) for path in paths] == [(401, "unauthenticated")] * 2


def test_limits_of_others_stay_theirs(ana: Someone, bruno: Someone) -> None:
    choose(ana, PER_PAYMENT, brl(10_00))
    assert shown(bruno.get("/v1/limits"), PER_PAYMENT)["limit"] == brl(1000_00)
    assert bruno.pay({"party": ana.party}, 20_00).status_code == 201
