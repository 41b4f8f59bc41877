"""A pilot for so many people: the count is exact, whoever comes at once."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from payments.models import Country, RegulatorClearance
from payments.services.availability import check_country
from people.models import Identity, PinDevice
from people.queries import count_enrolled
from people.services.identity import put_identity
from people.services.pins import set_pin
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import PIN, Someone, enrol, join, link, new_payer, work
from tests.payments.test_holds_in_flight import lift, stop


def cap(most: int | None) -> None:
    RegulatorClearance.objects.update(max_users=most)


def counted() -> int:
    return Country.objects.values_list("enrolled_count", flat=True).get(iso2="BR")


def identify(someone: Someone, name: str = "Ana Souza") -> Any:
    return put_identity(
        person=someone.person,
        legal_name=name,
        tax_id=someone.tax_id,
        birth_date=date(1990, 5, 17),
        terms=["payments", "privacy"],
    )


def choose_pin(someone: Someone) -> None:
    set_pin(person=someone.person, device=someone.device, pin=PIN, pin_again=PIN)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_enrol_at_once_exactly_as_many_as_allowed_do(
    brazil: Simulator, in_threads: Callable[..., list[Any]], names_of: Callable[[Any], list[str]]
) -> None:
    cap(3)
    people = [join(f"Ana {number}") for number in range(8)]
    for someone in people:
        identify(someone)

    def check() -> None:
        for _ in range(5):
            check_country(country="BR")

    works = [lambda someone=someone: choose_pin(someone) for someone in people]
    outcomes = in_threads(*works, check)
    assert names_of(outcomes[:-1]) == ["PilotFull"] * 5 + ["ok"] * 3
    assert outcomes[-1] is None
    assert (counted(), count_enrolled("BR"), PinDevice.objects.count()) == (3, 3, 3)


@pytest.mark.django_db(transaction=True)
def test_identity_and_pin_at_once_take_one_place(
    brazil: Simulator, in_threads: Callable[..., list[Any]]
) -> None:
    for number in range(4):
        someone = join(f"Ana {number}")
        outcomes = in_threads(
            lambda someone=someone: identify(someone), lambda someone=someone: choose_pin(someone)
        )
        assert not any(isinstance(each, Exception) for each in outcomes)
        assert counted() == number + 1
    check_country(country="BR")
    assert counted() == 4


@pytest.mark.django_db
def test_a_full_pilot_says_so_and_leaves_nothing_behind(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    cap(2)
    late = join("Carla")
    choose_pin(late)
    body = {
        "legal_name": "Carla Souza",
        "tax_id": late.tax_id,
        "birth_date": "1990-05-17",
        "terms": ["payments", "privacy"],
    }
    answer = late.client.put("/v1/me/identity", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "pilot_full")
    assert answer.json()["places"] == 2
    assert answer.json()["waitlist"] == "/v1/availability/BR/waitlist"
    assert not Identity.objects.filter(party_id=late.party_id).exists()
    found = {c["capability"]: c for c in late.get("/v1/availability/BR").json()["capabilities"]}
    assert [reason["code"] for reason in found["enrolment"]["reasons"]] == ["pilot_full"]
    assert found["person_to_person"]["state"] == "open"
    assert ana.pay({"party": bruno.party}, 1_00).status_code == 201
    work()
    cap(3)
    assert late.client.put("/v1/me/identity", body, format="json").status_code == 200
    assert counted() == 3


@pytest.mark.django_db
def test_a_hold_stops_enrolling_and_lifting_it_lets_people_in(brazil: Simulator) -> None:
    hold = stop("stop_new", "enrolment")
    ana = join("Ana")
    choose_pin(ana)
    with pytest.raises(Exception, match="enrolment_stopped"):
        identify(ana)
    lift(hold)
    identify(ana)
    link(brazil, ana)
    assert counted() == 1


@pytest.mark.django_db
def test_who_is_in_no_known_country_is_counted_nowhere(db: None) -> None:
    enrol(join("Ana"), "Ana Souza")
    assert Country.objects.count() == 0
