"""Codes and devices: what is refused, what is the same, what stops."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import override_settings
from rest_framework.test import APIClient

from core.clock import wall_now
from people.models import Device, Party, Person, SignInCode
from people.services import signing
from tests.people.cast import ANA, BRUNO, P256Key, read_code, sign_in

pytestmark = pytest.mark.django_db


def try_code(number: str, code: str) -> Any:
    body = {
        "phone": number,
        "code": code,
        "device": {"name": "Phone", "public_key": P256Key().jwk},
    }
    return APIClient().post("/v1/sign-in", body, format="json")


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_known_and_unknown_numbers_hear_the_same() -> None:
    sign_in(ANA)
    answers = [
        APIClient().post("/v1/sign-in/codes", {"phone": number}, format="json")
        for number in (ANA, BRUNO)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [sorted(answer.json()) for answer in answers] == [["expires_at"], ["expires_at"]]


def test_a_code_is_never_stored_outside_the_sandbox_and_only_hashed_inside() -> None:
    code = read_code(ANA)
    row = SignInCode.objects.get(phone=ANA)
    assert code not in bytes(row.code_hash).decode("latin-1")
    assert len(bytes(row.code_hash)) == 32
    with override_settings(SANDBOX=False, TROCO_CODE_SENDER="console"):
        signing.request_code(phone=ANA)
        answer = APIClient().get("/v1/sandbox/codes", {"phone": ANA})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert SignInCode.objects.get(phone=ANA).sandbox_code == ""


def test_a_new_code_replaces_the_older() -> None:
    first = read_code(ANA)
    second = read_code(ANA)
    if first != second:
        assert try_code(ANA, first).status_code == 403
    assert try_code(ANA, second).status_code == 200


def test_a_code_works_once() -> None:
    code = read_code(ANA)
    assert try_code(ANA, code).status_code == 200
    refused = try_code(ANA, code)
    assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_rejected")
    assert Person.objects.count() == 1
    assert APIClient().get("/v1/sandbox/codes", {"phone": ANA}).status_code == 404


def test_after_five_wrong_tries_the_right_code_is_refused_too() -> None:
    code = read_code(ANA)
    for _ in range(5):
        assert try_code(ANA, other_than(code)).json()["code"] == "sign_in_rejected"
    assert try_code(ANA, code).json()["code"] == "sign_in_rejected"
    assert Party.objects.count() == 0


def test_the_fifth_try_may_be_right() -> None:
    code = read_code(ANA)
    for _ in range(4):
        try_code(ANA, other_than(code))
    assert try_code(ANA, code).status_code == 200


def test_a_code_is_too_old_after_ten_minutes() -> None:
    code = read_code(ANA)
    with time_machine.travel(wall_now() + timedelta(minutes=10, seconds=1)):
        assert try_code(ANA, code).status_code == 403


@pytest.mark.parametrize(
    "phone",
    ["", "11987654321", "+5511", "+5511987654321 ext 3", "+55119876543210000", "+800123", "+๕๕๑๑"],
)
def test_what_is_no_number_is_refused(phone: str) -> None:
    answer = APIClient().post("/v1/sign-in/codes", {"phone": phone}, format="json")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"phone_invalid", "input_invalid"}
    assert SignInCode.objects.count() == 0


def test_a_number_has_one_form_however_it_is_written() -> None:
    ana = sign_in(ANA)
    again = sign_in("+55 (11) 98765-4321")
    assert again.party == ana.party


def test_a_number_of_the_sandbox_belongs_to_its_country() -> None:
    assert sign_in("+99912345678").party["country"] == "XX"
    with override_settings(SANDBOX=False):
        answer = APIClient().post("/v1/sign-in/codes", {"phone": "+99912345678"}, format="json")
    assert answer.json()["code"] == "phone_invalid"


def test_a_known_key_is_the_same_device_with_a_new_token() -> None:
    key = P256Key()
    first = sign_in(ANA, key=key)
    second = sign_in(ANA, key=key)
    assert second.device["id"] == first.device["id"]
    assert second.token != first.token
    assert first.client.get("/v1/me").status_code == 401
    assert second.client.get("/v1/me").status_code == 200
    assert Device.objects.count() == 1


def test_the_same_key_of_another_person_is_another_device() -> None:
    key = P256Key()
    assert sign_in(ANA, key=key).device["id"] != sign_in(BRUNO, key=key).device["id"]


def test_a_removed_device_stops_at_the_next_request() -> None:
    lost = sign_in(ANA)
    ana = sign_in(ANA)
    assert ana.client.delete(f"/v1/me/devices/{lost.device['id']}").status_code == 204
    assert lost.client.get("/v1/me").json()["code"] == "unauthenticated"
    assert [row["id"] for row in ana.client.get("/v1/me/devices").json()["data"]] == [
        ana.device["id"]
    ]
    assert ana.client.delete(f"/v1/me/devices/{lost.device['id']}").status_code == 404
    assert sign_in(ANA, key=lost.key).device["id"] != lost.device["id"]


def test_another_persons_device_and_no_device_are_the_same_nothing() -> None:
    ana, bruno = sign_in(ANA), sign_in(BRUNO)
    answers = [
        ana.client.delete(f"/v1/me/devices/{device}").json()
        for device in (bruno.device["id"], "dev_00000000000000000000000000")
    ]
    for answer in answers:
        answer.pop("request_id")
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "not_found"
    assert bruno.client.get("/v1/me").status_code == 200


def test_an_inactive_person_is_out_at_once_and_stays_out() -> None:
    ana = sign_in(ANA)
    Person.objects.update(is_active=False)
    assert ana.client.get("/v1/me").status_code == 401
    assert try_code(ANA, read_code(ANA)).json()["code"] == "sign_in_rejected"


def test_codes_are_rationed_where_politeness_is_on() -> None:
    with override_settings(TROCO_POLITENESS=True):
        signing.request_code(phone=ANA)
        hurried = APIClient().post("/v1/sign-in/codes", {"phone": ANA}, format="json")
        assert (hurried.status_code, hurried.json()["code"]) == (429, "too_many_requests")
        assert 1 <= hurried.json()["retry_after_seconds"] <= 31
        start = wall_now()
        for minutes in (1, 2, 3, 4):
            with time_machine.travel(start + timedelta(minutes=minutes)):
                signing.request_code(phone=ANA)
        with time_machine.travel(start + timedelta(minutes=5)):
            sixth = APIClient().post("/v1/sign-in/codes", {"phone": ANA}, format="json")
            assert sixth.status_code == 429
        with time_machine.travel(start + timedelta(minutes=61)):
            signing.request_code(phone=ANA)


def test_the_sandbox_door_is_shut_to_other_machines() -> None:
    read_code(ANA)
    client = APIClient()
    far = client.get("/v1/sandbox/codes", {"phone": ANA}, REMOTE_ADDR="203.0.113.9")
    assert (far.status_code, far.json()["code"]) == (404, "not_found")
    proxied = client.get("/v1/sandbox/codes", {"phone": ANA}, HTTP_X_FORWARDED_FOR="203.0.113.9")
    assert proxied.status_code == 404
    unnamed = client.get("/v1/sandbox/codes", {"phone": ANA}, REMOTE_ADDR="")
    assert unnamed.status_code == 404
    socket = client.get(
        "/v1/sandbox/codes", {"phone": ANA}, REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="127.0.0.1"
    )
    assert socket.status_code == 200
    with override_settings(TROCO_SANDBOX_OPEN=True):
        opened = client.get("/v1/sandbox/codes", {"phone": ANA}, REMOTE_ADDR="203.0.113.9")
    assert opened.status_code == 200
