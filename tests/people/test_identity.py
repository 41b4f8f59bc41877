"""Legal identity: whose tax id, how old, which terms."""

from typing import Any

import pytest

from core.transactions import owns_block
from people.models import Identity, TermsAcceptance
from people.names import mask_legal_name
from people.queries import is_enrolled, parties_by_ids, party_by_public_id
from people.services.identity import TaxIdTaken
from people.services.parties import open_business
from people.tax_ids import CountryUnsupported, TaxIdInvalid, read_tax_id
from tests.people.cast import ANA, ANA_CPF, ANA_PIN, BRUNO, TERMS, enrol, sign_in

pytestmark = pytest.mark.django_db

GOOD = {
    "legal_name": "Ana Beatriz Souza",
    "tax_id": ANA_CPF,
    "birth_date": "1990-05-17",
    "terms": TERMS,
}


def put(number: str, **changes: Any) -> Any:
    return sign_in(number).client.put("/v1/me/identity", {**GOOD, **changes}, format="json")


@pytest.mark.parametrize(
    ("changes", "http_status", "code"),
    [
        ({"tax_id": "529.982.247-26"}, 422, "tax_id_invalid"),
        ({"tax_id": "111.111.111-11"}, 422, "tax_id_invalid"),
        ({"tax_id": "11.222.333/0001-81"}, 422, "tax_id_invalid"),
        ({"tax_id": "x"}, 422, "tax_id_invalid"),
        ({"tax_id": "５２９９８２２４７２５"}, 422, "tax_id_invalid"),
        ({"terms": ["payments"]}, 422, "terms_missing"),
        ({"terms": []}, 422, "terms_missing"),
        ({"birth_date": "2015-01-01"}, 422, "too_young"),
        ({"birth_date": "2990-01-01"}, 422, "birth_date_invalid"),
        ({"birth_date": "1850-01-01"}, 422, "birth_date_invalid"),
        ({"birth_date": "17/05/1990"}, 400, "input_invalid"),
        ({"birth_date": 19900517}, 400, "input_invalid"),
        ({"legal_name": "A\u0000na"}, 400, "text_invalid"),
        ({"legal_name": "Ana\nSouza"}, 400, "text_invalid"),
        ({"legal_name": "Ana \u202eSouza"}, 400, "text_invalid"),
        ({"legal_name": "12345"}, 400, "input_invalid"),
        ({"legal_name": "A"}, 400, "input_invalid"),
        ({"legal_name": "A" * 141}, 400, "input_invalid"),
        ({"legal_name": None}, 400, "input_invalid"),
        ({"tier": "full"}, 400, "unknown_field"),
    ],
)
def test_a_wrong_identity_is_refused_and_not_kept(
    changes: dict[str, Any], http_status: int, code: str
) -> None:
    answer = put(ANA, **changes)
    assert (answer.status_code, answer.json()["code"]) == (http_status, code)
    assert Identity.objects.count() == 0
    assert TermsAcceptance.objects.count() == 0


def test_who_turns_18_tomorrow_waits_until_tomorrow() -> None:
    ana = sign_in(ANA)
    from_today = ana.client.get("/v1/me/devices").json()["data"][0]["created_at"][:10]
    year, rest = int(from_today[:4]) - 18, from_today[4:]
    if rest != "-02-29":
        body = {**GOOD, "birth_date": f"{year}{rest}"}
        assert ana.client.put("/v1/me/identity", body, format="json").status_code == 200


def test_the_same_identity_again_is_no_change_and_another_is_refused() -> None:
    assert put(ANA).status_code == 200
    assert put(ANA).status_code == 200
    other = put(ANA, legal_name="Ana Clara Souza")
    assert (other.status_code, other.json()["code"]) == (409, "state_conflict")
    assert Identity.objects.count() == 1
    assert TermsAcceptance.objects.count() == 2


def test_a_tax_id_belongs_to_one_person_of_a_country() -> None:
    put(ANA)
    answer = put(BRUNO)
    assert (answer.status_code, answer.json()["code"]) == (422, "tax_id_taken")
    assert "Ana" not in answer.content.decode()
    assert Identity.objects.count() == 1


def test_a_person_of_the_sandboxs_country_takes_any_tax_id() -> None:
    assert put("+99912345678", tax_id="ab-1234").status_code == 200
    assert Identity.objects.get().tax_id == "AB1234"


def test_enrolled_means_identity_and_terms_and_pin() -> None:
    ana = sign_in(ANA)
    party = party_by_public_id(ana.party["id"])
    assert party is not None
    assert party.legal_name is None
    assert not is_enrolled(party.id)
    ana.client.put("/v1/me/identity", GOOD, format="json")
    assert not is_enrolled(party.id)
    ana.client.put("/v1/me/pin", {"pin": ANA_PIN, "pin_again": ANA_PIN}, format="json")
    assert is_enrolled(party.id)


@pytest.mark.parametrize(
    ("text", "country", "kind", "kept"),
    [
        ("529.982.247-25", "BR", "person", "52998224725"),
        ("11.222.333/0001-81", "BR", "business", "11222333000181"),
        ("12.abc.345/01de-35", "BR", "business", "12ABC34501DE35"),
        ("abcpe1234f", "IN", "person", "ABCPE1234F"),
        ("GODE 561231 GR8", "MX", "person", "GODE561231GR8"),
        ("MAB-930714-8T4", "MX", "business", "MAB9307148T4"),
        ("s16fc0121d", "SG", "business", "S16FC0121D"),
        ("123456789012", "BD", "person", "123456789012"),
        ("SHOP-0001", "XX", "business", "SHOP0001"),
    ],
)
def test_each_country_has_its_tax_id(text: str, country: str, kind: str, kept: str) -> None:
    assert read_tax_id(text, country=country, kind=kind) == kept


@pytest.mark.parametrize(
    ("text", "country", "error"),
    [
        ("00000000000", "BR", TaxIdInvalid),
        ("ABCDE1234", "IN", TaxIdInvalid),
        ("MAB9307148T4", "MX", TaxIdInvalid),
        ("GODE561231GR9", "MX", TaxIdInvalid),
        ("12345", "BD", TaxIdInvalid),
        ("12345", "XX", TaxIdInvalid),
        ("123456789", "US", CountryUnsupported),
    ],
)
def test_each_country_refuses_what_is_none(text: str, country: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_tax_id(text, country=country, kind="person")


def open_bakery() -> Any:
    with owns_block("a shop"):
        return open_business(
            display_name="Padaria do Zé",
            country="BR",
            legal_name="Padaria do Zé Ltda",
            tax_id="11.222.333/0001-81",
        )


def test_a_business_is_named_in_full() -> None:
    bakery = open_bakery()
    facts = parties_by_ids([bakery.id, 0])[bakery.id]
    assert (facts.kind, facts.person_id, facts.verified) == ("business", None, True)
    assert facts.masked_legal_name == "Padaria do Zé Ltda"
    with pytest.raises(TaxIdTaken):
        open_bakery()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ana Beatriz Souza", "Ana B*** S***"),
        ("Madonna", "M***"),
        ("Zé da Silva", "Zé d*** S***"),
        ("আনা বেগম", "আনা ব***"),
    ],
)
def test_a_masked_name_shows_the_first_name_and_initials(name: str, shown: str) -> None:
    assert mask_legal_name(name) == shown


def test_parties_are_read_by_one_query_whatever_their_number(
    django_assert_num_queries: Any,
) -> None:
    numbers = (ANA, BRUNO, "+5521987654329")
    ids = []
    for number, cpf in zip(numbers, ("52998224725", "11144477735", "39053344705"), strict=True):
        phone = sign_in(number)
        enrol(phone, legal_name="Somebody Else", cpf=cpf, pin=ANA_PIN)
        facts = party_by_public_id(phone.party["id"])
        assert facts is not None
        ids.append(facts.id)
    with django_assert_num_queries(1):
        assert len(parties_by_ids(ids[:1])) == 1
    with django_assert_num_queries(1):
        assert len(parties_by_ids(ids)) == 3
