"""The committed API document, as tests walk over it: each call with a body, and samples of it."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

Schema = dict[str, Any]
Place = tuple[str | int, ...]
_METHODS = ("post", "put", "patch")


@cache
def _paths_and_schemas() -> tuple[Schema, Schema]:
    text = (Path(settings.BASE_DIR) / "docs/openapi.yaml").read_text()
    found: Schema = yaml.load(text, Loader=yaml.CSafeLoader)
    return found["paths"], found["components"]["schemas"]


def operations() -> Iterator[tuple[str, str, Schema | None]]:
    """Yield address, method and the schema of the body, or None for a call without JSON."""
    for path, item in _paths_and_schemas()[0].items():
        for method in _METHODS:
            if method in item:
                said = item[method].get("requestBody", {}).get("content", {})
                yield path, method, said.get("application/json", {}).get("schema")


def _resolved(schema: Schema) -> Schema:
    while "$ref" in schema or "oneOf" in schema or "allOf" in schema:
        if "$ref" in schema:
            schema = _paths_and_schemas()[1][schema["$ref"].rsplit("/", 1)[1]]
        else:
            schema = (schema.get("oneOf") or schema["allOf"])[-1]
    return schema


def sample(schema: Schema) -> Any:
    """Return a value of the right shape."""
    found = _resolved(schema)
    if "enum" in found:
        return found["enum"][0]
    if found.get("properties"):
        return {name: sample(each) for name, each in found["properties"].items()}
    kind = found.get("type", "string")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "array":
        return [sample(found["items"])]
    plain = {"integer": found.get("minimum", 1), "boolean": False, "object": {"a": "b"}}
    return plain.get(kind, "x")


def places(value: Any, at: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Yield the way to every value inside a sample, and the value."""
    if at:
        yield at, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*at, name))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*at, number))


def replaced(value: Any, at: Place, raw: str) -> str:
    """Return a sample as JSON with one value replaced by a text as it is."""
    if not at:
        return raw
    if isinstance(value, dict):
        pairs = [f"{json.dumps(name)}: {_other(value, name, at, raw)}" for name in value]
        return f"{{{', '.join(pairs)}}}"
    items = [_other(value, number, at, raw) for number in range(len(value))]
    return f"[{', '.join(items)}]"


def _other(value: Any, name: Any, at: Place, raw: str) -> str:
    """Return a member of a sample as JSON: with the replacement, or as it is."""
    inner = value[name]
    return replaced(inner, at[1:], raw) if name == at[0] else json.dumps(inner)
