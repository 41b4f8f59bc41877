"""The bearer's door: one query, and nothing for anybody else."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from core.clock import wall_now
from people.access import BEARER_SQL, bearer_identity
from people.models import Device, Person
from people.tokens import new_token, token_digest
from tests.people.cast import ANA, BRUNO, P256Key, sign_in

pytestmark = pytest.mark.django_db


def test_a_token_names_its_caller_by_one_query(django_assert_num_queries: Any) -> None:
    ana = sign_in(ANA)
    with django_assert_num_queries(1):
        caller = bearer_identity(ana.token)
    assert caller is not None
    assert caller.party_public_id == ana.party["id"]
    assert caller.device_public_id == ana.device["id"]
    person = Person.objects.get(id=caller.person_id)
    assert person.party_id == caller.party_id
    assert BEARER_SQL.count("%s") == 1


@pytest.mark.parametrize(
    "token", ["", "trc_", "trc_" + "A" * 43, "A" * 47, "trc_" + "é" * 43, "\x00"]
)
def test_what_is_no_token_names_nobody(token: str) -> None:
    sign_in(ANA)
    assert bearer_identity(token) is None


def test_a_removed_device_and_an_inactive_person_name_nobody() -> None:
    ana, bruno = sign_in(ANA), sign_in(BRUNO)
    ana.client.delete(f"/v1/me/devices/{ana.device['id']}")
    assert bearer_identity(ana.token) is None
    Person.objects.filter(phone=BRUNO).update(is_active=False)
    assert bearer_identity(bruno.token) is None


def test_only_a_hash_of_the_token_is_kept() -> None:
    ana = sign_in(ANA)
    device = Device.objects.get()
    assert bytes(device.token_hash or b"") == token_digest(ana.token)
    assert new_token() != new_token()
    assert len({new_token() for _ in range(1000)}) == 1000


def test_devices_list_costs_the_same_for_one_and_for_three(
    django_assert_num_queries: Any,
) -> None:
    ana = sign_in(ANA)
    with django_assert_num_queries(2):
        assert len(ana.client.get("/v1/me/devices").json()["data"]) == 1
    sign_in(ANA, key=P256Key())
    sign_in(ANA, key=P256Key())
    with django_assert_num_queries(2):
        listed = ana.client.get("/v1/me/devices").json()
    assert len(listed["data"]) == 3
    assert listed["next"] is None
    assert [row["is_current"] for row in listed["data"]] == [False, False, True]


def test_last_seen_is_written_once_in_five_minutes(django_assert_num_queries: Any) -> None:
    ana = sign_in(ANA)
    with time_machine.travel(wall_now() + timedelta(minutes=6)):
        with django_assert_num_queries(3):
            ana.client.get("/v1/me/devices")
        with django_assert_num_queries(2):
            ana.client.get("/v1/me/devices")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", "Bearer trc_x y", "Basic YTpi", "trc_x", "bearer \x00"]
)
def test_a_strange_header_is_401(header: str) -> None:
    client = sign_in(ANA).client
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get("/v1/me").status_code == 401
