"""Enrolment over HTTP, from a number to a person who can approve payments."""

import pytest
from rest_framework.test import APIClient

from people.queries import is_enrolled, party_by_phone, party_by_public_id
from tests.people.cast import ANA, ANA_CPF, ANA_PIN, BRUNO, TERMS, Ed25519Key, enrolled_ana, sign_in

pytestmark = pytest.mark.django_db


def test_ana_enrols_with_a_phone_and_nothing_else() -> None:
    ana = sign_in(ANA, name="Ana")
    assert ana.token.startswith("trc_")
    assert ana.party == {
        "id": ana.party["id"],
        "kind": "person",
        "display_name": "Ana",
        "country": "BR",
    }
    assert ana.client.get("/v1/me").json() == {
        "party": ana.party,
        "phone": ANA,
        "locale": "pt-BR",
        "identity": None,
        "terms": [],
        "has_pin": False,
    }
    answer = ana.client.put(
        "/v1/me/identity",
        {
            "legal_name": "Ana  Beatriz Souza",
            "tax_id": ANA_CPF,
            "birth_date": "1990-05-17",
            "terms": TERMS,
        },
        format="json",
    )
    assert answer.status_code == 200
    assert answer.json()["legal_name"] == "Ana Beatriz Souza"
    assert answer.json()["tier"] == "basic"
    assert answer.json()["tax_id_end"] == "25"
    answer = ana.client.put("/v1/me/pin", {"pin": ANA_PIN, "pin_again": ANA_PIN}, format="json")
    assert answer.json() == {
        "is_set": True,
        "tries_left": 5,
        "locked_until": None,
        "must_reset": False,
    }
    me = ana.client.get("/v1/me").json()
    assert me["has_pin"] is True
    assert me["terms"] == ["payments", "privacy"]
    facts = party_by_phone(ANA)
    assert facts is not None
    assert is_enrolled(facts.id)
    assert facts == party_by_public_id(ana.party["id"])
    assert facts.masked_legal_name == "Ana B*** S***"
    assert facts.tax_id == "52998224725"
    assert (facts.kind, facts.tier, facts.verified) == ("person", "basic", True)


def test_a_device_with_an_ed25519_key_enrols_as_well() -> None:
    ana = enrolled_ana(key=Ed25519Key())
    assert ana.client.get("/v1/me/pin").json()["is_set"] is True


def test_without_a_name_a_person_begins_as_the_end_of_their_number() -> None:
    assert sign_in(BRUNO).party["display_name"] == "+•••• 3210"


def test_a_name_and_a_language_can_be_changed() -> None:
    ana = sign_in(ANA, name="Ana")
    body = {"display_name": "Ana Souza", "locale": "en"}
    answer = ana.client.patch("/v1/me", body, format="json")
    assert answer.status_code == 200
    assert answer.json()["party"]["display_name"] == "Ana Souza"
    assert ana.client.get("/v1/me").json()["locale"] == "en"
    assert ana.client.patch("/v1/me", {"phone": BRUNO}, format="json").json()["code"] == (
        "unknown_field"
    )
    bad = ana.client.patch("/v1/me", {"display_name": "a\u202eb"}, format="json")
    assert (bad.status_code, bad.json()["code"]) == (400, "text_invalid")


def test_nobody_is_anybody_without_a_token() -> None:
    for path in ("/v1/me", "/v1/me/devices", "/v1/me/pin"):
        answer = APIClient().get(path)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer["Content-Type"] == "application/problem+json"
