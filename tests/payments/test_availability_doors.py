"""Opening, closing and reading availability, at a real database."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from core.clock import business_now, wall_now
from core.errors import StateConflict
from core.transactions import OwnershipError, owns_block
from payments.models import (
    AvailabilityCheck,
    BankAgreement,
    CapabilityMove,
    Country,
    CountryCapability,
    RegulatorClearance,
)
from payments.services.agreements import expire_agreements, move_agreement
from payments.services.availability import (
    CapabilityClosed,
    CountryClosed,
    add_country,
    check_country,
    close_capability,
    open_capability,
    require_open,
)
from payments.services.health import note_probe
from payments.services.waitlist import join_waitlist
from people.models import AuditEntry
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import BANKS, new_staff

pytestmark = pytest.mark.django_db

INDIA = {
    "iso2": "IN",
    "name": "India",
    "currency": "INR",
    "timezone": "Asia/Kolkata",
    "min_live_banks": 2,
    "holds_funds": False,
}


def require(country: str = "BR", capability: str = "purchase") -> None:
    with owns_block():
        require_open(country=country, capability=capability, moment=business_now())


def state(capability: str = "purchase", country: str = "BR") -> str:
    return CountryCapability.objects.get(country__iso2=country, capability=capability).state


def test_an_open_country_lets_business_begin_with_two_queries(
    brazil: Simulator, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    moment = business_now()
    with owns_block(), django_assert_num_queries(2):
        require_open(country="BR", capability="purchase", moment=moment)


def test_require_open_never_stands_alone(brazil: Simulator) -> None:
    with pytest.raises(OwnershipError):
        require_open(country="BR", capability="purchase", moment=business_now())


def test_an_unknown_and_a_planned_country_are_closed(brazil: Simulator) -> None:
    add_country(facts=dict(INDIA), staff=None)
    with pytest.raises(CountryClosed) as unknown:
        require("FR")
    assert unknown.value.extra == {"reasons": [], "missing": []}
    with pytest.raises(CountryClosed) as planned:
        require("IN")
    told = [reason["code"] for reason in planned.value.extra["reasons"]]  # type: ignore[attr-defined]
    assert told == [
        "banks_missing",
        "limits_missing",
        "clearance_missing",
        "check_stale",
        "state_planned",
    ]


def test_a_stale_check_closes_new_business_and_the_next_check_ends_it(
    brazil: Simulator, settings: Settings
) -> None:
    old = wall_now() - timedelta(seconds=settings.TROCO_CHECK_MAX_AGE_SECONDS + 1)
    Country.objects.filter(iso2="BR").update(checked_at=old)
    with pytest.raises(CapabilityClosed) as refused:
        require()
    assert refused.value.extra["reasons"][0]["code"] == "check_stale"  # type: ignore[index]
    check_country(country="BR")
    require()


def test_losing_a_bank_suspends_and_only_a_person_opens_again(brazil: Simulator) -> None:
    staff = new_staff("carlos")
    agreement = BankAgreement.objects.get(bank__slug=BANKS[0])
    move_agreement(staff=staff, agreement_id=agreement.public_id, state="suspended", reason="t")
    with pytest.raises(CapabilityClosed):
        require()
    check_country(country="BR")
    assert state() == "suspended"
    move_agreement(staff=staff, agreement_id=agreement.public_id, state="live", reason="t")
    check_country(country="BR")
    assert state() == "ready"
    with pytest.raises(CountryClosed):
        require()
    open_capability(staff=staff, country="BR", capability="purchase", reason="bank is back")
    assert state() == "open"
    require()
    moves = CapabilityMove.objects.filter(capability__capability="purchase").order_by("id")
    assert [(move.from_state, move.to_state) for move in moves] == [
        ("planned", "ready"),
        ("ready", "open"),
        ("open", "suspended"),
        ("suspended", "ready"),
        ("ready", "open"),
    ]
    assert AuditEntry.objects.filter(action="capability.opened", actor_id=staff.pk).count() == 1


def test_connectors_down_degrade_with_hysteresis_and_come_back_alone(brazil: Simulator) -> None:
    note_probe(bank=BANKS[0], is_good=False, error="timeout")
    note_probe(bank=BANKS[0], is_good=False, error="timeout")
    require()
    note_probe(bank=BANKS[0], is_good=False, error="timeout")
    with pytest.raises(CapabilityClosed) as refused:
        require()
    assert refused.value.extra["reasons"][0]["code"] == "connectors_down"  # type: ignore[index]
    check_country(country="BR")
    assert state() == "degraded"
    note_probe(bank=BANKS[0], is_good=True)
    with pytest.raises(CapabilityClosed):
        require()
    note_probe(bank=BANKS[0], is_good=True)
    require()
    check_country(country="BR")
    assert state() == "open"


def test_opening_without_evidence_is_refused_by_service_and_database(brazil: Simulator) -> None:
    add_country(facts=dict(INDIA), staff=None)
    staff = new_staff("carlos")
    with pytest.raises(CapabilityClosed) as refused:
        open_capability(staff=staff, country="IN", capability="purchase", reason="hurry")
    assert len(refused.value.extra["missing"]) == 3  # type: ignore[arg-type]
    row = CountryCapability.objects.filter(country__iso2="IN", capability="purchase")
    with pytest.raises(IntegrityError, match="has no fresh evidence"), transaction.atomic():
        row.update(state="open", opened_by=staff)
    foreign = AvailabilityCheck.objects.filter(country__iso2="BR", has_evidence=True).last()
    with pytest.raises(IntegrityError, match="has no fresh evidence"), transaction.atomic():
        row.update(state="open", opened_by=staff, evidence=foreign, since_at=business_now())
    assert state(country="IN") == "planned"


def test_closing_is_for_good_until_a_person_plans_again(brazil: Simulator) -> None:
    staff = new_staff("carlos")
    close_capability(staff=staff, country="BR", capability="purchase", reason="we leave")
    with pytest.raises(CountryClosed):
        require()
    check_country(country="BR")
    assert state() == "closed"
    with pytest.raises(StateConflict):
        open_capability(staff=staff, country="BR", capability="purchase", reason="oops")


def test_checks_are_written_when_the_answer_changes_and_never_changed(brazil: Simulator) -> None:
    check_country(country="BR")
    count = AvailabilityCheck.objects.count()
    check_country(country="BR")
    assert AvailabilityCheck.objects.count() == count
    RegulatorClearance.objects.update(valid_to_date="2021-01-01")
    check_country(country="BR")
    assert AvailabilityCheck.objects.count() == count + 4
    newest = AvailabilityCheck.objects.order_by("-id")[0]
    assert newest.reasons[0]["code"] == "clearance_expired"
    assert newest.inputs["signed_banks"] == 2
    assert [(each["bank"], each["is_healthy"]) for each in newest.inputs["banks"]] == [
        (slug, True) for slug in BANKS
    ]
    assert newest.inputs["clearances"][0]["valid_to_date"] == "2021-01-01"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AvailabilityCheck.objects.update(is_open=True)


def test_agreements_expire_where_their_bank_is(brazil: Simulator) -> None:
    BankAgreement.objects.filter(bank__slug=BANKS[0]).update(valid_to_date="2026-11-22")
    before = business_now().replace(year=2026, month=11, day=23, hour=2, minute=59)
    assert expire_agreements(moment=before) == 0
    assert expire_agreements(moment=before + timedelta(minutes=2)) == 1
    assert BankAgreement.objects.get(bank__slug=BANKS[0]).state == "expired"


def test_the_page_says_why_and_what_is_missing(
    brazil: Simulator, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    add_country(facts=dict(INDIA), staff=None)
    check_country(country="IN")
    answer = APIClient().get("/v1/availability/in")
    assert answer.status_code == 200
    body = answer.json()
    assert body["country"] == "IN"
    purchase = next(c for c in body["capabilities"] if c["capability"] == "purchase")
    assert purchase["state"] == "closed"
    assert purchase["stage"] == "planned"
    assert purchase["since"] is not None
    assert purchase["missing"] == [
        "2 more banks with a live signed agreement",
        "Limits for each payment, day and month",
        "A clearance by the regulator",
        "A person opening it",
    ]
    opened = APIClient().get("/v1/availability/BR").json()["capabilities"]
    assert {c["capability"]: c["state"] for c in opened}["purchase"] == "open"
    with CaptureQueriesContext(connection) as asked:
        APIClient().get("/v1/availability/BR")
    assert len(asked) == 3


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_answers_for_every_country_in_three_questions(
    db: None, number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for iso2 in ("MX", "BD", "IN")[:number]:
        add_country(facts=INDIA | {"iso2": iso2, "name": iso2}, staff=None)
    for last in range(10):
        join_waitlist(country="MX", phone=f"+52551234567{last}")
    with django_assert_num_queries(3):  # The clock's offset, the facts, who waits.
        answer = APIClient().get("/v1/availability")
    assert answer.status_code == 200
    found = answer.json()["data"]
    assert [each["country"] for each in found] == ["BD", "IN", "MX"][-number:]
    assert [each["waiting"] for each in found] == [0, 0, 10][-number:]
    assert {c["state"] for each in found for c in each["capabilities"]} == {"closed"}
    alone = APIClient().get("/v1/availability/MX").json()
    assert found[-1] == alone


@pytest.mark.parametrize("country", ["FR", "XYZ", "1", "b%20"])
def test_an_unknown_country_is_not_found(db: None, country: str) -> None:
    answer = APIClient().get(f"/v1/availability/{country}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
