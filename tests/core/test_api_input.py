import io
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.test import APIClient

from core.api import MoneyIn, StrictJsonParser, StrictSerializer
from core.errors import AmountInvalid, BodyTooLarge, InputInvalid, TextInvalid, UnknownField
from core.money import Money


class Order(StrictSerializer):
    amount = MoneyIn()
    note = serializers.CharField(required=False)


def parse(raw: bytes) -> Any:
    return StrictJsonParser().parse(io.BytesIO(raw))


def test_plain_json_is_read() -> None:
    assert parse(b'{"a": [1, "\xc3\xa7", null, true]}') == {"a": [1, "ç", None, True]}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e400}',
        b'{"a": [-1.5e400]}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b"1" * 5_000,
    ],
)
def test_what_would_have_to_be_guessed_at_is_refused(raw: bytes) -> None:
    with pytest.raises(InputInvalid):
        parse(raw)


@pytest.mark.parametrize("raw", [b'"a\\u0000"', b'{"\\u0000": 1}', b'["\\ud800"]', b'"\\udfff"'])
def test_text_that_cannot_be_stored_is_refused(raw: bytes) -> None:
    with pytest.raises(TextInvalid):
        parse(raw)


def test_a_body_over_a_megabyte_is_refused() -> None:
    assert parse(b'"' + b"a" * 999_998 + b'"') == "a" * 999_998
    with pytest.raises(BodyTooLarge):
        parse(b'"' + b"a" * 999_999 + b'"')


def test_a_positive_whole_amount_is_taken() -> None:
    checked = Order(data={"amount": {"amount_minor": 2**63 - 1, "currency": "BRL"}})
    assert checked.is_valid()
    assert checked.validated_data == {"amount": Money(2**63 - 1, "BRL")}


@pytest.mark.parametrize(
    "amount",
    [0, -1, -0, 1.0, 0.001, "1", "１００", True, None, [1], {}, 2**63, 10**400],
)
def test_an_amount_is_refused_and_never_rounded(amount: object) -> None:
    with pytest.raises(AmountInvalid):
        Order(data={"amount": {"amount_minor": amount, "currency": "BRL"}}).is_valid()


@pytest.mark.parametrize("currency", ["brl", "BR", "BRLL", "", None, 986, "BŔL"])
def test_a_currency_is_three_capital_letters(currency: object) -> None:
    with pytest.raises(AmountInvalid):
        Order(data={"amount": {"amount_minor": 1, "currency": currency}}).is_valid()


def test_unknown_fields_are_refused_at_every_depth() -> None:
    money = {"amount_minor": 1, "currency": "BRL"}
    with pytest.raises(UnknownField) as refused:
        Order(data={"amount": money, "paid": True}).is_valid()
    assert refused.value.extra == {"fields": ["paid"]}
    with pytest.raises(UnknownField):
        Order(data={"amount": {**money, "rate": 1}}).is_valid()


@pytest.mark.django_db
def test_an_id_with_a_nul_in_the_address_is_refused() -> None:
    answer = APIClient().get("/v1/availability/%00")
    assert (answer.status_code, answer.json()["code"]) == (400, "text_invalid")
