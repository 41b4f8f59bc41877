"""Every call with a body, as the committed API document lists them, meets hostile bodies.

Each is refused with a problem that has a code, and no row is written.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from psycopg import sql

from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_key, new_payer, work
from tests.payments.openapi import Schema, operations, places, replaced, sample

pytestmark = pytest.mark.django_db

RAW = {
    "no JSON": b"{",
    "no UTF-8": b'{"a": "\xff"}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1",
    "a text": b'"x"',
    "a key twice": b'{"a": 1, "a": 2}',
    "NaN": b'{"a": NaN}',
    "10,000 deep": b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "800 deep": b'{"a": ' + b"[" * 800 + b"]" * 800 + b"}",
    "5,000 digits": b'{"a": ' + b"9" * 5_000 + b"}",
    "over a megabyte": b'{"a": "' + b"x" * 1_000_000 + b'"}',
    "an unknown field": b'{"is_admin": true}',
}
FOR_TEXTS = {
    "NUL": '"a\\u0000b"',
    "half a surrogate": '"\\udfff"',
    "5,000 letters": json.dumps("x" * 5_000),
    "list": "[]",
    "object": '{"$ne": 1}',
}
FOR_OTHERS = {
    "true": "true",
    "minus": "-1",
    "fraction": "1.5",
    "infinite": "1e400",
    "over a bigint": str(2**63),
    "400 digits": "9" * 400,
    "wide digits": '"１００"',
    "lists": "[[[]]]",
    "another object": '{"id": {"$ne": 1}}',
}
# Calls that look at their form first, and whose sample is not a whole one.
_WHOLE = {
    "/v1/conversations/{conversation_id}/keeping": {"archived": True},
    "/v1/conversations/{conversation_id}/messages": {
        "client_id": "1",
        "type": "text",
        "text": "Oi",
    },
}


class Names(dict[str, str]):
    """Names of things in addresses; what is not said is something that does not exist."""

    def __missing__(self, key: str) -> str:
        return "xyz_x"


_IDS = Names(conversation_id="cnv_x", country="BR", bank="banco-ipe", public_id="pay_x")


def bodies(schema: Schema) -> Iterator[tuple[str, bytes]]:
    yield from RAW.items()
    shape = sample(schema)
    for at, value in places(shape):
        if isinstance(value, bool):
            continue
        for name, raw in (FOR_TEXTS if isinstance(value, str) else FOR_OTHERS).items():
            yield f"{at}: {name}", replaced(shape, at, raw).encode()


def count_rows() -> dict[str, int]:
    tables = sorted({model._meta.db_table for model in apps.get_models()})  # noqa: SLF001
    each = sql.SQL("SELECT {}, count(*) FROM {}")
    counts = [each.format(sql.Literal(table), sql.Identifier(table)) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(counts))
        return dict(cursor.fetchall())


def wrong_with(answer: Any) -> str | None:
    """Say what an answer is other than a refusal in the agreed form."""
    is_problem = answer["Content-Type"] == "application/problem+json" and answer.json().get("code")
    if 400 <= answer.status_code < 500 and is_problem:
        return None
    return f"{answer.status_code} {answer.content[:200]!r}"


def test_hostile_bodies_are_refused_and_write_nothing(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    before, wrong, sent = count_rows(), {}, 0
    for path, method, schema in operations():
        address = path.format_map(_IDS)
        for name, body in bodies(schema) if schema else ():
            sent += 1
            answer = getattr(ana.client, method)(
                address,
                body,
                content_type="application/json",
                headers={"Idempotency-Key": new_key()},
            )
            wrong[method, path, name] = wrong_with(answer)
    assert {where: what for where, what in wrong.items() if what} == {}
    assert count_rows() == before
    assert sent > 500


def things_of(bruno: Someone, carla: Someone) -> dict[str, str]:
    """Let Bruno and Carla have one of everything that has an address; by the path's first word."""
    payment = bruno.pay({"party": carla.party}, 20_00).json()["id"]
    work()
    asked = {"from": [{"party": carla.party}], "amount": {"amount_minor": 5_00, "currency": "BRL"}}
    request = bruno.post("/v1/payment-requests", asked, key=new_key()).json()["data"][0]["id"]
    claim = {"kind": "fraud", "reason": "tricked", "text": "They lied."}
    dispute = bruno.post(f"/v1/payments/{payment}/dispute", claim, key=new_key())
    assert dispute.status_code == 201, dispute.json()
    talk = bruno.get("/v1/conversations").json()["data"][0]["id"]
    source = bruno.get("/v1/funding-sources").json()["data"][0]["id"]
    return {
        "payments": payment,
        "payment-requests": request,
        "disputes": dispute.json()["id"],
        "conversations": talk,
        "funding-sources": source,
    }


def test_what_is_somebody_elses_looks_unknown(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    theirs = things_of(bruno, new_payer(brazil, "Carla", bank="banco-mar"))
    before, asked = count_rows(), 0
    for path, method, schema in operations():
        word, *more = path.removeprefix("/v1/").split("/")
        if word not in theirs or not more:
            continue
        asked += 1
        answers = []
        for found in (theirs[word], theirs[word][:4] + "0" * (len(theirs[word]) - 4)):
            address = path.format_map(Names(public_id=found, conversation_id=found))
            body = _WHOLE.get(path) or (sample(schema) if schema else {})
            answer = getattr(ana.client, method)(
                address, body, format="json", headers={"Idempotency-Key": new_key()}
            )
            answers.append((answer.status_code, {**answer.json(), "request_id": ""}))
        assert answers[0] == answers[1], path
        assert answers[0][0] == 404, (path, answers[0])
    assert count_rows() == before
    assert asked > 10
