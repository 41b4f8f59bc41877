"""Messages that offer something to press: checked as the shapes want them, and kept so."""

from collections.abc import Callable
from typing import Any, Final

from merchants.cloud.errors import GraphError, invalid, missing
from merchants.queries.lines import LineFacts

MAX_BODY: Final = 1024
MAX_LINE: Final = 60
MAX_BUTTONS: Final = 3
MAX_ROWS: Final = 10
MAX_ITEMS: Final = 30
_HEADERS: Final = frozenset({"text", "image", "video", "document"})
_Action = Callable[[dict[str, Any]], dict[str, Any]]


def content_of(_line: LineFacts, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of an interactive message.

    Raises:
        GraphError: Something is missing, too long or too much.
    """
    kind = given.get("type")
    reader = _ACTIONS.get(str(kind))
    if reader is None:
        raise GraphError(131009, f"An interactive message of type {kind} is not supported.")
    content: dict[str, Any] = {"type": kind}
    if "header" in given:
        content["header"] = _header(_object(given, "header"))
    if kind != "product" or "body" in given:
        content["body"] = {"text": _words(_object(given, "body"), "text", MAX_BODY)}
    if given.get("footer"):
        content["footer"] = {"text": _words(_object(given, "footer"), "text", MAX_LINE)}
    content["action"] = reader(_object(given, "action"))
    return content


def _header(given: dict[str, Any]) -> dict[str, Any]:
    kind = str(given.get("type"))
    if kind not in _HEADERS:
        raise invalid("interactive.header.type")
    if kind == "text":
        return {"type": kind, "text": _words(given, "text", MAX_LINE)}
    shown = _object(given, kind)
    return {"type": kind, kind: {k: str(shown[k])[:2000] for k in ("id", "link") if k in shown}}


def _buttons(given: dict[str, Any]) -> dict[str, Any]:
    buttons: list[dict[str, Any]] = []
    for each in _list(given, "buttons", MAX_BUTTONS):
        reply = _object(each, "reply")
        buttons.append(
            {
                "type": "reply",
                "reply": {"id": _words(reply, "id", 256), "title": _words(reply, "title", 20)},
            }
        )
    if len({each["reply"]["id"] for each in buttons}) != len(buttons):
        raise invalid("action.buttons", "have an id twice")
    return {"buttons": buttons}


def _sections(given: dict[str, Any]) -> dict[str, Any]:
    sections, rows = [], 0
    for each in _list(given, "sections", MAX_ROWS):
        section: dict[str, Any] = {"rows": []}
        if each.get("title"):
            section["title"] = _words(each, "title", 24)
        for row in _list(each, "rows", MAX_ROWS):
            kept = {"id": _words(row, "id", 200), "title": _words(row, "title", 24)}
            if row.get("description"):
                kept["description"] = _words(row, "description", 72)
            section["rows"].append(kept)
        rows += len(section["rows"])
        sections.append(section)
    if rows > MAX_ROWS:
        raise invalid("action.sections", "have more than 10 rows")
    return {"button": _words(given, "button", 20), "sections": sections}


def _link(given: dict[str, Any]) -> dict[str, Any]:
    parameters = _object(given, "parameters")
    url = _words(parameters, "url", 2000)
    if not url.startswith(("https://", "http://")):
        raise invalid("action.parameters.url")
    shown = {"display_text": _words(parameters, "display_text", 20), "url": url}
    return {"name": "cta_url", "parameters": shown}


def _place(_given: dict[str, Any]) -> dict[str, Any]:
    return {"name": "send_location"}


def _product(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "catalog_id": _words(given, "catalog_id", 40),
        "product_retailer_id": _words(given, "product_retailer_id", 100),
    }


def _products(given: dict[str, Any]) -> dict[str, Any]:
    sections, items = [], 0
    for each in _list(given, "sections", MAX_ROWS):
        named = _list(each, "product_items", MAX_ITEMS)
        sections.append(
            {
                "title": _words(each, "title", 24) if each.get("title") else "",
                "product_items": [
                    {"product_retailer_id": _words(item, "product_retailer_id", 100)}
                    for item in named
                ],
            }
        )
        items += len(named)
    if items > MAX_ITEMS:
        raise invalid("action.sections", "have more than 30 products")
    return {"catalog_id": _words(given, "catalog_id", 40), "sections": sections}


def _catalogue(given: dict[str, Any]) -> dict[str, Any]:
    parameters = given.get("parameters")
    content: dict[str, Any] = {"name": "catalog_message"}
    if isinstance(parameters, dict) and parameters.get("thumbnail_product_retailer_id"):
        named = _words(parameters, "thumbnail_product_retailer_id", 100)
        content["parameters"] = {"thumbnail_product_retailer_id": named}
    return content


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name)
    if value is None:
        raise missing(f"interactive.{name}")
    if not isinstance(value, dict):
        raise invalid(f"interactive.{name}", "is no object")
    return value


def _list(given: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    value = given.get(name)
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise invalid(f"interactive.{name}", f"has to have 1 to {most}")
    if not all(isinstance(each, dict) for each in value):
        raise invalid(f"interactive.{name}", "holds what is no object")
    return value


def _words(given: dict[str, Any], name: str, longest: int) -> str:
    value = given.get(name)
    if value is None:
        raise missing(f"interactive.{name}")
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise invalid(f"interactive.{name}", "is no text")
    if not 1 <= len(str(value)) <= longest:
        raise invalid(f"interactive.{name}", f"has to have 1 to {longest} characters")
    return str(value)


_ACTIONS: Final[dict[str, _Action]] = {
    "button": _buttons,
    "list": _sections,
    "cta_url": _link,
    "location_request_message": _place,
    "product": _product,
    "product_list": _products,
    "catalog_message": _catalogue,
}
