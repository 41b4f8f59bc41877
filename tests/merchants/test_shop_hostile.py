"""Hostile bodies at what a key makes and changes: refused with a code, and nothing is written."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.merchants.bot import write_to
from tests.merchants.cast import Caller
from tests.merchants.program import Program
from tests.payments.openapi import operations
from tests.payments.test_hostile_bodies import bodies, count_rows, wrong_with

DOORS = ("/v1/shop/products", "/v1/shop/orders", "/v1/shop/refunds", "/v1/shop/links")
CALLS = "merchants_shopcall"  # The request log: a line for each call, also a refused one.


def rows() -> dict[str, int]:
    return {table: count for table, count in count_rows().items() if table != CALLS}


def test_hostile_bodies_are_refused_and_write_nothing(program: Program, bread: Any) -> None:
    before, wrong, sent = rows(), {}, 0
    for path, method, schema in operations():
        if not path.startswith(DOORS) or schema is None:
            continue
        address = path.replace("{public_id}", bread.public_id)
        for name, body in bodies(schema):
            sent += 1
            answer = Client().generic(
                method.upper(),
                address,
                body,
                content_type="application/json",
                headers=program.headers | {"Idempotency-Key": f"k{sent}"},
            )
            wrong[method, path, name] = wrong_with(answer)
    assert {where: what for where, what in wrong.items() if what} == {}
    assert rows() == before
    assert sent > 200


def test_a_number_beyond_all_numbers_is_no_word(
    program: Program, shop: Any, ana: Caller, bread: Any
) -> None:
    lines = [{"product": bread.public_id, "quantity": 1}]
    whole = {"conversation": write_to(shop, ana), "reference": "ERP-1", "lines": lines}
    body = json.dumps(whole).replace('"ERP-1"', "1e400")
    before = rows()
    reply = Client().post(
        "/v1/shop/orders",
        body,
        content_type="application/json",
        headers=program.headers | {"Idempotency-Key": "k"},
    )
    assert (reply.status_code, reply.json()["code"]) == (400, "input_invalid")
    assert rows() == before


@pytest.mark.parametrize("path", [*DOORS, "/v1/shop/payments", "/v1/shop/payouts"])
def test_a_list_knows_its_own_questions_only(program: Program, path: str) -> None:
    for query in ({"shop": "mer_1"}, {"limit": "x"}, {"after": "\x00"}):
        reply = program.get(path, **query)
        assert reply.status_code == 400, query
        assert reply.json()["code"] in {"unknown_field", "input_invalid", "text_invalid"}
