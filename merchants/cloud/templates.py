"""Templates: written, listed, deleted, and filled in when they are sent."""

from typing import Any, Final
from urllib.parse import quote

from core.errors import NotFound, StateConflict
from merchants.cloud.calls import Call
from merchants.cloud.errors import GraphError, as_graph, invalid, missing, unsupported
from merchants.cloud.interactive import header_of
from merchants.cloud.pages import paging, picked
from merchants.enums import KeyScope, TemplateState
from merchants.queries.lines import (
    LineFacts,
    TemplateFacts,
    template_by_number,
    template_named,
    templates_of,
)
from merchants.services.line_talk import MARKETING
from merchants.services.line_templates import (
    GAP,
    MOST_TEMPLATES,
    NewTemplate,
    delete_templates,
    fill,
    make_template,
)

MAX_TEXT: Final = 1024
MAX_FILLED: Final = 4096
MAX_PRESSED: Final = 256


def content_of(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a template that is sent: its words, with their gaps filled.

    Raises:
        GraphError: There is no such template, it is not approved, or a value is missing.
    """
    line = call.line
    name, language = given.get("name"), given.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not isinstance(name, str) or not isinstance(code, str):
        raise missing("template.name and template.language.code")
    template = template_named(line.shop_id, name, code)
    if template is None:
        raise GraphError(132001, "There is no template of this name in this language.")
    if template.state != TemplateState.APPROVED:
        raise GraphError(132001, "The template is not approved.")
    components = _objects(given.get("components") or [], "template.components")
    _refuse_unsupported(components)
    values = _values(components)
    content: dict[str, Any] = {
        "name": name,
        "language": code,
        "category": template.category,
        **_way_out(line, template),
    }
    for component in template.components:
        kind = component["type"].lower()
        if "text" in component:
            content[kind] = _filled(component["text"], values.get(kind, {}), kind)
        elif kind == "buttons":
            content["buttons"] = _buttons(component["buttons"], components)
        elif kind == "header":
            content["header"] = _shown(call, component, components)
    return content


def _way_out(line: LineFacts, template: TemplateFacts) -> dict[str, str]:
    """Return where a customer says that they want no more, for one tap, as a broadcast has it."""
    is_news = template.category == MARKETING
    return {"stop": f"/v1/shops/{line.shop_public_id}/news"} if is_news else {}


def _filled(text: str, values: dict[str, str], kind: str) -> str:
    filled = fill(text, values)
    if filled is None:
        raise GraphError(132000, f"The {kind} has more gaps than there are values.")
    if len(filled) > MAX_FILLED:
        raise GraphError(132005, f"The {kind} is too long with its gaps filled.")
    return filled


def _shown(
    call: Call, component: dict[str, Any], components: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the file that stands above the words; each message brings its own."""
    form = str(component.get("format", "")).lower()
    given = next((each for each in components if _kind(each) == "header"), {})
    parameters = _objects(given.get("parameters") or [], "template.components.parameters")
    if not parameters or parameters[0].get("type") != form:
        raise GraphError(132012, f"The header of this template shows a file of type {form}.")
    return header_of(call, parameters[0])


def _buttons(
    buttons: list[dict[str, str]], components: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """Return the buttons with what this message puts into them, by their place.

    A reply's payload comes back when somebody presses it; without one its words do.
    """
    told: list[dict[str, str]] = []
    given = [each for each in components if _kind(each) == "button"]
    for place, button in enumerate(buttons):
        values = [
            _told(parameter)[:MAX_PRESSED]
            for order, each in enumerate(given)
            if str(each.get("index", order)) == str(place)
            for parameter in _objects(each.get("parameters") or [], "parameters")
        ]
        shown = dict(button)
        if button.get("type", "").upper() == "QUICK_REPLY":
            shown["payload"] = values[0] if values else button.get("text", "")
        elif "url" in button and GAP.search(button["url"]):
            named = dict(enumerate(values, start=1))
            by_place = {str(key): quote(value, safe="") for key, value in named.items()}
            shown["url"] = _filled(button["url"], by_place, "button")
        told.append(shown)
    return told


def _refuse_unsupported(components: object) -> None:
    """Refuse parts that are shapes of their own and that nobody here could be shown.

    Raises:
        GraphError: There is a carousel, or a button that opens a flow.
    """
    for each in _dicts(components):
        pressed = {_kind(one) for one in _dicts(each.get("buttons"))}
        if _kind(each) == "carousel" or "flow" in {*pressed, str(each.get("sub_type")).lower()}:
            raise GraphError(131051, "A template with a carousel or a flow is not supported.")


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _kind(component: dict[str, Any]) -> str:
    return str(component.get("type", "")).lower()


def _values(components: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Return for each part its values, by place or by name."""
    found: dict[str, dict[str, str]] = {}
    for each in components:
        values = found.setdefault(_kind(each), {})
        parameters = _objects(each.get("parameters") or [], "template.components.parameters")
        for place, parameter in enumerate(parameters, start=1):
            key = str(parameter.get("parameter_name") or place)
            values[key] = _told(parameter)[:MAX_TEXT]
    return found


def _told(parameter: dict[str, Any]) -> str:
    kind = str(parameter.get("type", "text"))
    value = parameter.get(kind)
    if isinstance(value, dict):
        value = value.get("fallback_value") or value.get("link") or value.get("id") or ""
    if value is None and kind in {"text", "currency", "date_time"}:
        raise missing(f"template.components.parameters.{kind}")
    return str(value or "")


def _objects(value: object, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid(name, "is no list of objects")
    return value


def show_templates(call: Call) -> dict[str, Any]:
    """List templates, oldest first."""
    call.need(KeyScope.MESSAGES)
    wanted = {
        field: tuple(_words(call, asked))
        for asked, field in (("name", "name"), ("status", "state"), ("category", "category"))
    }
    found, total = templates_of(
        call.line.shop_id,
        wanted={**wanted, "language": tuple(_words(call, "language"))},
        after=call.number("after"),
        limit=call.limit(),
    )
    rows = [shape(each) for each in found]
    return {
        "data": rows,
        "paging": paging(call, [row["id"] for row in rows], is_full=len(rows) == call.limit()),
        "summary": {
            "total_count": total,
            "message_template_count": total,
            "message_template_limit": MOST_TEMPLATES,
            "are_translations_complete": True,
        },
    }


def _words(call: Call, asked: str) -> list[str]:
    """Return what a list is narrowed to: one word, several parted by commas, or a JSON list."""
    text = call.text(asked).strip("[]")
    words = [word.strip().strip('"') for word in text.split(",")]
    return [word.lower() if asked == "status" else word for word in words if word]


def show_one(call: Call, number: int) -> dict[str, Any]:
    """Tell about one template of the account."""
    call.need(KeyScope.MESSAGES)
    found = template_by_number(number)
    if found is None or found[0] != call.line.shop_id:
        raise unsupported("there is no such object for this token")
    return picked(call, shape(found[1]))


def make(call: Call) -> dict[str, Any]:
    """Write a template."""
    call.need(KeyScope.MESSAGES)
    components = call.said.get("components")
    _refuse_unsupported(components)
    try:
        made = make_template(
            shop_id=call.line.shop_id,
            wish=NewTemplate(
                name=call.text("name"),
                language=call.text("language"),
                category=call.text("category", "UTILITY").upper(),
                components=components if isinstance(components, list) else [],
            ),
        )
    except StateConflict as error:
        raise GraphError(100, str(error.detail), subcode=2388024) from error
    return {"id": str(made.number), "status": made.state.upper(), "category": made.category}


def delete(call: Call) -> dict[str, Any]:
    """Delete a template by its name, in one language or in all."""
    call.need(KeyScope.MESSAGES)
    try:
        delete_templates(
            shop_id=call.line.shop_id,
            name=call.text("name"),
            number=call.number("hsm_id") or None,
            language=call.text("language"),
        )
    except NotFound as error:
        raise as_graph(error) from error
    return {"success": True}


def shape(template: TemplateFacts) -> dict[str, Any]:
    """Return a template as lists have it."""
    named = any(
        not gap.isdigit()
        for component in template.components
        for gap in GAP.findall(component.get("text", ""))
    )
    return {
        "id": str(template.number),
        "name": template.name,
        "language": template.language,
        "category": template.category,
        "status": template.state.upper(),
        "rejected_reason": template.reason or "NONE",
        "parameter_format": "NAMED" if named else "POSITIONAL",
        "components": template.components,
    }
