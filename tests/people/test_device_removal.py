"""Removing a device: the younger goes freely, the older only with a proof."""

from typing import Any

import pytest

from people.models import Challenge, Device, Proof
from tests.people.cast import ANA, ANA_PIN, BRUNO, Phone, enrolled_ana, sign_in

pytestmark = pytest.mark.django_db


def removal(phone: Phone, target: str, *, pin: str = ANA_PIN, purpose: str = "") -> Any:
    asked = {"purpose": purpose or "device_removal"}
    challenge = phone.client.post("/v1/me/challenges", asked, format="json").json()
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


def test_the_proof_for_a_strangers_device_is_not_used_up() -> None:
    bruno = sign_in(BRUNO)
    ana = enrolled_ana()
    refused = removal(ana, bruno.device["id"])
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    challenge = Challenge.objects.get(purpose="device_removal")
    assert challenge.used_at is None
    assert not Proof.objects.filter(used_by=challenge.public_id).exists()
    assert bruno.client.get("/v1/me").status_code == 200


def test_who_has_no_pin_yet_removes_any() -> None:
    first, second = sign_in(ANA), sign_in(ANA)
    assert second.client.delete(f"/v1/me/devices/{first.device['id']}").status_code == 204
    assert standing() == [second.device["id"]]
