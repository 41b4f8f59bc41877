"""Messages with gaps: written by the shop, approved, filled in when they are sent."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.enums import TemplateState
from merchants.models import LineTemplate
from merchants.services.lines import new_template_number
from merchants.services.texts import clean_text, refusal
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MOST_TEMPLATES: Final = 250
CATEGORIES: Final = frozenset({"AUTHENTICATION", "MARKETING", "UTILITY"})
KINDS: Final = frozenset({"HEADER", "BODY", "FOOTER", "BUTTONS"})
FORMS: Final = frozenset({"TEXT", "IMAGE", "VIDEO", "DOCUMENT"})
MAX_BODY: Final = 1024
MAX_LINE: Final = 60
MAX_BUTTONS: Final = 10
_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
GAP: Final = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,32})\s*\}\}")


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """A template as a program asks for it."""

    name: str
    language: str
    category: str
    components: Sequence[Mapping[str, Any]]


@owns
def make_template(*, shop_id: int, wish: NewTemplate) -> LineTemplate:
    """Write a template; in a sandbox it is approved at once, elsewhere by staff.

    Args:
        shop_id: Primary key of the shop.
        wish: What it says.

    Raises:
        InputInvalid, TextInvalid: The name, the language or a component is not right.
        StateConflict: There is one of this name in this language, or there are 250.

    Transaction: owns.
    """
    if not _NAME.fullmatch(wish.name) or not _LANGUAGE.fullmatch(wish.language):
        raise refusal("name", _("A name is of small letters, digits and _; a language like pt_BR."))
    if wish.category not in CATEGORIES:
        raise refusal("category", _("It is AUTHENTICATION, MARKETING or UTILITY."))
    components = [_component(each) for each in _few(wish.components, len(KINDS))]
    kinds = [each["type"] for each in components]
    if "BODY" not in kinds or len(set(kinds)) != len(kinds):
        raise refusal("components", _("A template has one body, and one of each other part."))
    if LineTemplate.objects.filter(shop_id=shop_id).count() >= MOST_TEMPLATES:
        raise StateConflict(_("There are 250 templates. Delete one first."))
    is_sandbox = settings.TROCO_MODE == "sandbox"
    try:
        return LineTemplate.objects.create(
            shop_id=shop_id,
            number=new_template_number(),
            name=wish.name,
            language=wish.language,
            category=wish.category,
            components=components,
            state=TemplateState.APPROVED if is_sandbox else TemplateState.PENDING,
            made_at=business_now(),
        )
    except IntegrityError as error:
        if "merchants_linetemplate_name_once" not in str(error):
            raise
        raise StateConflict(_("There is a template of this name in this language.")) from error


@owns
def delete_templates(
    *, shop_id: int, name: str, number: int | None = None, language: str = ""
) -> int:
    """Delete a template in one language, or in all; return how many that were.

    Args:
        shop_id: Primary key of the shop.
        name: Its name.
        number: Only the one with this number.
        language: Only the one in this language; empty: in all.

    Raises:
        NotFound: There is none.

    Transaction: owns.
    """
    rows = LineTemplate.objects.filter(shop_id=shop_id, name=name)
    if number is not None:
        rows = rows.filter(number=number)
    if language:
        rows = rows.filter(language=language)
    deleted = rows.delete()[0]
    if not deleted:
        raise NotFound
    return deleted


@owns
def decide_template(
    *, staff: "Person", number: int, is_approved: bool, reason: str
) -> LineTemplate:
    """Approve a template or refuse it; recorded in the audit trail.

    Args:
        staff: Who decides.
        number: The template's number.
        is_approved: What they decide.
        reason: Why.

    Raises:
        NotFound: There is none that waits.

    Transaction: owns.
    """
    rows = LineTemplate.objects.select_for_update(of=("self",)).select_related("shop")
    template = rows.filter(number=number, state=TemplateState.PENDING).first()
    if template is None:
        raise NotFound
    template.state = TemplateState.APPROVED if is_approved else TemplateState.REJECTED
    template.reason = "" if is_approved else reason[:200]
    template.save(update_fields=["state", "reason"])
    record(
        actor=staff,
        action=f"template.{template.state}",
        object_ref=template.shop.public_id,
        before={},
        after={"template": template.name, "language": template.language},
        reason=reason,
    )
    return template


def fill(text: str, values: Mapping[str, str]) -> str | None:
    """Return a text with its gaps filled, or None where a value is missing.

    Transaction: none.
    """
    if any(name not in values for name in GAP.findall(text)):
        return None
    return GAP.sub(lambda gap: values[gap[1]], text)


def _few(components: object, most: int) -> list[Mapping[str, Any]]:
    if not isinstance(components, list) or not 1 <= len(components) <= most:
        raise refusal(
            "components", _("A template has a body, and may have a head, a foot, buttons.")
        )
    if not all(isinstance(each, dict) for each in components):
        raise refusal("components", _("Each part is an object."))
    return components


def _component(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part as it is kept: its type, its words, its buttons, nothing else."""
    kind = str(given.get("type", "")).upper()
    if kind not in KINDS:
        raise refusal("components", _("A part is HEADER, BODY, FOOTER or BUTTONS."))
    kept: dict[str, Any] = {"type": kind}
    if kind == "BUTTONS":
        kept["buttons"] = _buttons(given.get("buttons"))
        return kept
    form = "TEXT"
    if kind == "HEADER":
        form = str(given.get("format") or form).upper()
        if form not in FORMS:
            raise refusal("format", _("A head shows a text, a picture, a film or a document."))
        kept["format"] = form
    if form == "TEXT":
        longest = MAX_BODY if kind == "BODY" else MAX_LINE
        kept["text"] = clean_text(str(given.get("text") or ""), "text", longest, 1)
    return kept


def _buttons(given: object) -> list[dict[str, str]]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_BUTTONS:
        raise refusal("buttons", _("There are 1 to 10 buttons."))
    kept = []
    for each in given:
        if not isinstance(each, dict):
            raise refusal("buttons", _("Each button is an object."))
        said = {
            name: each[name] for name in ("type", "text", "url", "phone_number") if name in each
        }
        kept.append({name: clean_text(str(text), name, 2000) for name, text in said.items()})
    return kept
