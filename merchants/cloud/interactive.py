"""Messages that offer something to press: checked as the shapes want them, and kept so."""

from collections.abc import Callable
from typing import Any, Final

from merchants.cloud.calls import Call, as_object
from merchants.cloud.errors import GraphError, invalid, missing
from merchants.cloud.files import media_named
from merchants.queries.snapshots import products_offered
from merchants.services.line_talk import SHOWN_ABOVE

MAX_BODY: Final = 1024
# A list has more room for words than anything else.
MAX_LIST_BODY: Final = 4096
MAX_LINE: Final = 60
MAX_BUTTONS: Final = 3
MAX_ROWS: Final = 10
MAX_ITEMS: Final = 30
# What some programs send for none.
_NO_HEADER: Final = {"type": "text"}
_WITHOUT_BODY: Final = frozenset({"product", "catalog_message"})
_Action = Callable[[dict[str, Any]], dict[str, Any]]


def content_of(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of an interactive message.

    Raises:
        GraphError: Something is missing, too long or too much.
    """
    kind = given.get("type")
    reader = _ACTIONS.get(str(kind))
    if reader is None:
        raise GraphError(131051, f"An interactive message of type {kind} is not supported.")
    content: dict[str, Any] = {"type": kind}
    if kind == "product_list" and "header" not in given:
        raise missing("interactive.header")
    if kind not in _WITHOUT_BODY or "body" in given:
        longest = MAX_LIST_BODY if kind == "list" else MAX_BODY
        content["body"] = {"text": _words(_object(given, "body"), "text", longest)}
    if given.get("footer"):
        content["footer"] = {"text": _words(_object(given, "footer"), "text", MAX_LINE)}
    content["action"] = with_products(call, reader(_object(given, "action")))
    if "header" in given and given["header"] != _NO_HEADER:
        # Last, because it may lead elsewhere.
        content["header"] = header_of(call, _object(given, "header"))
    return content


def header_of(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what stands above the words: a line, or a file by its number or from a link.

    Raises:
        GraphError: It is neither, or there is no such file.
    """
    kind = str(given.get("type"))
    if kind == "text":
        return {"type": kind, "text": _words(given, "text", MAX_LINE)}
    if kind not in SHOWN_ABOVE:
        raise invalid("interactive.header.type")
    shown = {"media": media_named(call, _object(given, kind))}
    filename = _object(given, kind).get("filename")
    if kind == "document" and filename:
        shown["filename"] = str(filename)[:240]
    return {"type": kind, kind: shown}


def with_products(call: Call, action: dict[str, Any]) -> dict[str, Any]:
    """Return an action with what the shop offers under each name that it gives.

    What a buyer presses leads to ``product.product``, and shows the price of this moment.

    Raises:
        GraphError: The catalogue is another's, or it has no such product that buyers may see.
    """
    if action.get("catalog_id", str(call.line.account_number)) != str(call.line.account_number):
        raise invalid("action.catalog_id", "is not this shop's catalogue")
    items = [item for each in action.get("sections", ()) for item in each.get("product_items", ())]
    items += [each for each in (action, action.get("parameters")) if _product_named(each)]
    names = [_product_named(each) for each in items]
    offered = products_offered(call.line.shop_id, names) if names else {}
    absent = sorted(set(names) - set(offered))
    if absent:
        raise invalid("action", f"names products that are not in the catalogue: {absent[0]}")
    for each in items:
        each["product"] = offered[_product_named(each)]
    return action


def _product_named(given: object) -> str:
    """Return the product that an object names; empty for none."""
    if not isinstance(given, dict):
        return ""
    named = given.get("product_retailer_id") or given.get("thumbnail_product_retailer_id")
    return str(named or "")


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
    value = as_object(given.get(name))
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
