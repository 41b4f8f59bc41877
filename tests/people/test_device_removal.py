"""Removing a device: the younger goes freely, the older only with a proof."""

import json
from typing import Any

import pytest

from people.models import Challenge, Device, Proof
from tests.people.cast import ANA, ANA_PIN, BRUNO, Phone, enrolled_ana, sign_in

pytestmark = pytest.mark.django_db


def removal(
    phone: Phone, target: str, *, pin: str = ANA_PIN, purpose: str = "", named: str = ""
) -> Any:
    asked = {"purpose": purpose} if purpose else {"purpose": "device_removal"}
    if not purpose:
        asked["device"] = named or target
    answer = phone.client.post("/v1/me/challenges", asked, format="json")
    challenge = answer.json()
    if answer.status_code != 201:
        return answer
    body = {"challenge": challenge["id"], "proof": phone.proof(challenge["digest"], pin)}
    return phone.client.post(f"/v1/me/devices/{target}/removal", body, format="json")


def standing() -> list[str]:
    rows = Device.objects.filter(removed_at__isnull=True).order_by("id")
    return list(rows.values_list("public_id", flat=True))


def test_whoever_took_over_the_number_cannot_remove_the_owners_devices() -> None:
    ana = enrolled_ana()
    thief = sign_in(ANA)
    refused = thief.client.delete(f"/v1/me/devices/{ana.device['id']}")
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_needed")
    assert ana.client.get("/v1/me").status_code == 200
    wrong = removal(thief, ana.device["id"], pin="407283")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "proof_rejected")
    assert standing() == [ana.device["id"], thief.device["id"]]
    # The owner, who was there before, needs no more than a tap.
    assert ana.client.delete(f"/v1/me/devices/{thief.device['id']}").status_code == 204
    assert thief.client.get("/v1/me").status_code == 401


def test_a_new_phone_removes_the_lost_one_with_the_pin() -> None:
    lost = enrolled_ana()
    ana = sign_in(ANA)
    assert removal(ana, lost.device["id"]).status_code == 204
    assert lost.client.get("/v1/me").status_code == 401
    assert standing() == [ana.device["id"]]
    assert removal(ana, lost.device["id"]).json()["code"] == "not_found"


def test_any_device_may_leave() -> None:
    ana = enrolled_ana()
    assert ana.client.delete(f"/v1/me/devices/{ana.device['id']}").status_code == 204
    assert standing() == []


def test_a_challenge_for_something_else_removes_nothing() -> None:
    lost = enrolled_ana()
    ana = sign_in(ANA)
    refused = removal(ana, lost.device["id"], purpose="unfreeze")
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_rejected")
    assert standing() == [lost.device["id"], ana.device["id"]]


def test_a_strangers_device_is_not_there_to_be_named() -> None:
    bruno = sign_in(BRUNO)
    ana = enrolled_ana()
    refused = removal(ana, bruno.device["id"])
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert not Challenge.objects.filter(purpose="device_removal").exists()
    assert bruno.client.get("/v1/me").status_code == 200


def test_what_is_approved_for_one_device_removes_no_other() -> None:
    """The signed text names the device: whoever swaps it behind the owner's back gets nothing."""
    thief = enrolled_ana()  # Signed in before the owner came back, so it holds the older device.
    ana, tablet = sign_in(ANA), sign_in(ANA)
    swapped = removal(ana, thief.device["id"], named=tablet.device["id"])
    assert (swapped.status_code, swapped.json()["code"]) == (403, "proof_rejected")
    challenge = Challenge.objects.get(purpose="device_removal")
    assert (challenge.used_at, Proof.objects.filter(used_by=challenge.public_id).exists()) == (
        None,
        False,
    )
    said = json.loads(challenge.signed_text)
    assert (said["device"], said["device_name"]) == (tablet.device["id"], "Phone")
    assert len(standing()) == 3
    # Whoever knows the PIN removes the older device all the same.
    assert removal(ana, thief.device["id"]).status_code == 204
    assert thief.client.get("/v1/me").status_code == 401


@pytest.mark.parametrize(
    "asked", [{"purpose": "device_removal"}, {"purpose": "pin", "device": "dev_1"}]
)
def test_a_device_is_named_where_one_is_to_go_and_nowhere_else(asked: dict[str, str]) -> None:
    refused = enrolled_ana().client.post("/v1/me/challenges", asked, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "input_invalid")
    assert Challenge.objects.count() == 0


def test_who_has_no_pin_yet_removes_any() -> None:
    first, second = sign_in(ANA), sign_in(ANA)
    assert second.client.delete(f"/v1/me/devices/{first.device['id']}").status_code == 204
    assert standing() == [second.device["id"]]
