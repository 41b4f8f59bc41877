"""Templates: written, listed, deleted, and filled in when they are sent."""

from typing import Any, Final

from core.errors import NotFound, StateConflict
from merchants.cloud.calls import Call
from merchants.cloud.errors import GraphError, as_graph, invalid, missing
from merchants.cloud.pages import paging
from merchants.enums import KeyScope, TemplateState
from merchants.queries.lines import LineFacts, TemplateFacts, template_named, templates_of
from merchants.services.line_templates import (
    GAP,
    MOST_TEMPLATES,
    NewTemplate,
    delete_templates,
    fill,
    make_template,
)

MAX_TEXT: Final = 1024


def content_of(line: LineFacts, given: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a template that is sent: its words, with their gaps filled.

    Raises:
        GraphError: There is no such template, it is not approved, or a value is missing.
    """
    name, language = given.get("name"), given.get("language")
    code = language.get("code") if isinstance(language, dict) else None
    if not isinstance(name, str) or not isinstance(code, str):
        raise missing("template.name and template.language.code")
    template = template_named(line.shop_id, name, code)
    if template is None:
        raise GraphError(132001, "There is no template of this name in this language.")
    if template.state != TemplateState.APPROVED:
        raise GraphError(132015, "The template is not approved.")
    values = _values(given.get("components") or [])
    content: dict[str, Any] = {"name": name, "language": code, "category": template.category}
    for component in template.components:
        kind = component["type"].lower()
        if "text" in component:
            filled = fill(component["text"], values.get(kind, {}))
            if filled is None:
                raise GraphError(132000, f"The {kind} has more gaps than there are values.")
            content[kind] = filled
        if component["type"] == "BUTTONS":
            content["buttons"] = component["buttons"]
    content["payloads"] = _payloads(given.get("components") or [])
    return content


def _values(components: object) -> dict[str, dict[str, str]]:
    """Return for each part its values, by place or by name."""
    found: dict[str, dict[str, str]] = {}
    for each in _objects(components, "template.components"):
        kind = str(each.get("type", "")).lower()
        values = found.setdefault(kind, {})
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


def _payloads(components: object) -> list[str]:
    """Return what comes back when somebody presses a button, in the buttons' order."""
    return [
        _told(parameter)[:256]
        for each in _objects(components, "template.components")
        if str(each.get("type", "")).lower() == "button"
        for parameter in _objects(each.get("parameters") or [], "parameters")
    ]


def _objects(value: object, name: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise invalid(name, "is no list of objects")
    return value


def show_templates(call: Call) -> dict[str, Any]:
    """List templates, oldest first."""
    after = call.text("after")
    found, total = templates_of(
        call.line.shop_id,
        name=call.text("name") or None,
        after=int(after) if after.isdigit() else 0,
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


def make(call: Call) -> dict[str, Any]:
    """Write a template."""
    call.need(KeyScope.MESSAGES)
    components = call.said.get("components")
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
    number = call.text("hsm_id")
    try:
        delete_templates(
            shop_id=call.line.shop_id,
            name=call.text("name"),
            number=int(number) if number.isdigit() else None,
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
