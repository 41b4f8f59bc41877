"""Whose token it is: asked by every call, so the question is prepared and its rows made by hand."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db.models import JSONField, Model

from core.prepared import ask
from people.models import Device, Party, Person

M = TypeVar("M", bound=Model)


def device_of_token(digest: bytes) -> Device | None:
    """Return the live device of a token, with its active person and their party; one query.

    Args:
        digest: The 32 bytes under which the token is stored.

    Transaction: none (one query).
    """
    row = ask(_device_question(), [digest])
    if row is None:
        return None
    end = len(_columns(Device))
    device = _row(Device, row[:end])
    last = end + len(_columns(Person))
    device.person = _row(Person, row[end:last])
    device.person.party = _row(Party, row[last:])
    return device


def _columns(model: type[Model]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]  # noqa: SLF001 - Its documented door.


@cache
def _device_question() -> str:
    tables: list[tuple[str, type[Model]]] = [
        ("device", Device),
        ("person", Person),
        ("party", Party),
    ]
    wanted = ", ".join(f"{name}.{column}" for name, model in tables for column in _columns(model))
    return (
        f"SELECT {wanted} FROM people_device AS device"  # noqa: S608 - Names of our own columns.
        " JOIN people_person AS person ON person.id = device.person_id"
        " JOIN people_party AS party ON party.id = person.party_id"
        " WHERE device.token_hash = %s::bytea AND device.removed_at IS NULL AND person.is_active"
    )


def _row(model: type[M], values: Sequence[Any]) -> M:
    """Return a row as the query builder would: only JSON comes otherwise, as text."""
    fields = model._meta.concrete_fields  # noqa: SLF001 - Its documented door.
    read = [
        json.loads(value) if isinstance(field, JSONField) and value is not None else value
        for field, value in zip(fields, values, strict=True)
    ]
    return model.from_db("default", [field.attname for field in fields], read)
