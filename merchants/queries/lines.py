"""Shops' own numbers, whom they talk with, and what programs made under them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from merchants.models import Line, LineContact, LineLink, LineOrder, LineSend, LineTemplate
from messaging.queries import ConversationFacts
from messaging.queries.talk import direct_between
from people.queries import PartyFacts, parties_by_ids, party_by_phone, reachable_phone

_USER_ID = re.compile(r"[A-Z]{2}\.([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A shop's number as programs know it."""

    shop_id: int
    shop_public_id: str
    party_id: int
    name: str
    country: str
    app_number: int
    account_number: int
    phone_number: int
    address: str
    app_secret_hash: bytes
    old_app_secret_hash: bytes | None
    old_app_secret_until: datetime | None
    profile: dict[str, Any]
    is_cart_enabled: bool
    is_catalog_visible: bool
    is_registered: bool
    is_subscribed: bool
    made_at: datetime

    def secret_hashes(self, now: datetime) -> list[bytes]:
        """Return the hashes of the secrets that let a program in at a moment."""
        older = self.old_app_secret_hash if self.is_overlapping(now) else None
        return [self.app_secret_hash] if older is None else [self.app_secret_hash, older]

    def is_overlapping(self, now: datetime) -> bool:
        """Tell whether the secret before the present one still signs at a moment."""
        return self.old_app_secret_until is not None and now < self.old_app_secret_until

    @property
    def display(self) -> str:
        """The number as people read it."""
        return f"+{self.address}"


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody a shop talks with.

    Attributes:
        party: Who.
        conversation: The direct conversation, as the shop sees it.
        digits: The digits of their telephone; empty where they have none.
        user_id: What only this shop knows them by, such as ``BR.123``.
    """

    party: PartyFacts
    conversation: ConversationFacts
    digits: str
    user_id: str


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """A template."""

    number: int
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class LineOrderFacts:
    """An order that a program made, under its reference."""

    order: str
    reference: str
    configuration: str
    told: str


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """A link that opens a conversation."""

    code: str
    words: str


def line_of_shop(shop_id: int) -> LineFacts | None:
    """Return a shop's number, or None; one query."""
    return _first(Line.objects.filter(shop_id=shop_id))


def line_by_number(number: int) -> LineFacts | None:
    """Return the line one of whose ids it is: its app's, its account's, its phone's."""
    return _first(
        Line.objects.filter(
            Q(phone_number=number) | Q(account_number=number) | Q(app_number=number)
        )
    )


def callbacks_of(shop_id: int) -> dict[str, tuple[str, list[str]]]:
    """Return where a shop's programs listen, by level: the address and what it wants to hear."""
    line = Line.objects.filter(shop_id=shop_id).first()
    if line is None:
        return {}
    rows = line.callbacks.values_list("level", "url", "fields")
    return {level: (url, list(fields)) for level, url, fields in rows}


def reach_by_digits(line: LineFacts, digits: str) -> Reached | None:
    """Return whom a shop talks with under a telephone number, or None.

    None as well for a number that is somebody's who never talked with the shop: a shop cannot
    find out by it who is here.
    """
    party = party_by_phone(f"+{digits}")
    return None if party is None else reach(line, party)


def reach_by_user_id(line: LineFacts, user_id: str) -> Reached | None:
    """Return whom a shop talks with under the id that only it knows, or None."""
    found = _USER_ID.fullmatch(user_id)
    if found is None:
        return None
    rows = LineContact.objects.filter(shop_id=line.shop_id, number=int(found[1]))
    party_id = rows.values_list("party_id", flat=True).first()
    if party_id is None:
        return None
    return reach(line, parties_by_ids([party_id])[party_id])


def reach(line: LineFacts, party: PartyFacts) -> Reached | None:
    """Return a party as a shop talks with it, or None where it does not."""
    conversation = direct_between(line.party_id, party.id)
    if conversation is None:
        return None
    return Reached(party, conversation, digits_of(party.id), user_id_of(line, party))


def digits_of(party_id: int) -> str:
    """Return the digits of a party's telephone, without a plus; empty where it has none."""
    return (reachable_phone(party_id) or "").removeprefix("+")


def user_id_of(line: LineFacts, party: PartyFacts) -> str:
    """Return what only this shop knows a party by; empty before they first talked."""
    rows = LineContact.objects.filter(shop_id=line.shop_id, party_id=party.id)
    number = rows.values_list("number", flat=True).first()
    return f"{party.country}.{number}" if number is not None else ""


def opaque_of(shop_id: int, client_id: str) -> str:
    """Return what a program wants to hear again of a message that it sent."""
    rows = LineSend.objects.filter(shop_id=shop_id, client_id=client_id)
    return rows.values_list("opaque", flat=True).first() or ""


def line_orders(order_ids: Iterable[str]) -> dict[str, LineOrderFacts]:
    """Return those of some orders that programs made, by their public ids."""
    rows = LineOrder.objects.filter(order__public_id__in=list(order_ids)).select_related("order")
    return {row.order.public_id: _order_facts(row) for row in rows}


def line_order_by_reference(shop_id: int, reference: str) -> LineOrderFacts | None:
    """Return an order by the shop's own name for it, or None."""
    rows = LineOrder.objects.filter(shop_id=shop_id, reference=reference)
    row = rows.select_related("order").first()
    return None if row is None else _order_facts(row)


def templates_of(
    shop_id: int,
    *,
    wanted: Mapping[str, Sequence[str]] | None = None,
    after: int = 0,
    limit: int = 25,
) -> tuple[list[TemplateFacts], int]:
    """Return a page of a shop's templates, oldest first, and how many there are in all.

    Args:
        shop_id: Primary key of the shop.
        wanted: Only with one of these words as ``name``, ``state``, ``category``, ``language``.
        after: The number of the last one of the page before; 0 for the first.
        limit: How many at most.
    """
    rows = LineTemplate.objects.filter(shop_id=shop_id)
    for field, words in (wanted or {}).items():
        if words:
            rows = rows.filter(**{f"{field}__in": words})
    total = rows.count()
    if after:
        seen = LineTemplate.objects.filter(shop_id=shop_id, number=after).values("id")
        rows = rows.filter(id__gt=seen)
    return [_template(row) for row in rows.order_by("id")[:limit]], total


def template_by_number(number: int) -> tuple[int, TemplateFacts] | None:
    """Return whose template it is, and its facts, or None."""
    row = LineTemplate.objects.filter(number=number).first()
    return None if row is None else (row.shop_id, _template(row))


def template_named(shop_id: int, name: str, language: str) -> TemplateFacts | None:
    """Return a template by name and language, or None."""
    row = LineTemplate.objects.filter(shop_id=shop_id, name=name, language=language).first()
    return None if row is None else _template(row)


def links_of(
    shop_id: int, code: str | None = None, *, after: str = "", limit: int = 100
) -> Sequence[LinkFacts]:
    """Return a shop's links, newest first; one query.

    Args:
        shop_id: Primary key of the shop.
        code: Only the one with this code.
        after: Past the link with this code; empty: from the beginning.
        limit: How many at most.
    """
    rows = LineLink.objects.filter(shop_id=shop_id)
    if code is not None:
        rows = rows.filter(code=code)
    if after:
        rows = rows.filter(pk__lt=rows.filter(code=after).values("pk"))
    return [LinkFacts(row.code, row.words) for row in rows.order_by("-id")[:limit]]


def link_url(code: str) -> str:
    """Return the address of a link that opens a conversation."""
    return f"{settings.TROCO_PUBLIC_URL}/cloud/links/{code}"


def link_by_code(code: str) -> dict[str, str] | None:
    """Return whom a link leads to, and the words that are written already; or None."""
    row = LineLink.objects.select_related("shop__party").filter(code=code).first()
    if row is None:
        return None
    return {
        "shop": row.shop.public_id,
        "party": row.shop.party.public_id,
        "name": row.shop.name,
        "prefilled_message": row.words,
    }


def line_facts(line: Line) -> LineFacts:
    """Return the facts of a line whose shop is loaded."""
    return LineFacts(
        shop_id=line.shop_id,
        shop_public_id=line.shop.public_id,
        party_id=line.shop.party_id,
        name=line.shop.name,
        country=line.shop.country,
        app_number=line.app_number,
        account_number=line.account_number,
        phone_number=line.phone_number,
        address=line.address,
        app_secret_hash=bytes(line.app_secret_hash),
        old_app_secret_hash=_bytes(line.old_app_secret_hash),
        old_app_secret_until=line.old_app_secret_until,
        profile=line.profile,
        is_cart_enabled=line.is_cart_enabled,
        is_catalog_visible=line.is_catalog_visible,
        is_registered=line.is_registered,
        is_subscribed=line.is_subscribed,
        made_at=line.made_at,
    )


def _bytes(kept: bytes | memoryview | None) -> bytes | None:
    return None if kept is None else bytes(kept)


def _first(rows: QuerySet[Line]) -> LineFacts | None:
    line = rows.select_related("shop").first()
    return None if line is None else line_facts(line)


def _template(row: LineTemplate) -> TemplateFacts:
    return TemplateFacts(
        number=row.number,
        name=row.name,
        language=row.language,
        category=row.category,
        components=row.components,
        state=row.state,
        reason=row.reason,
    )


def _order_facts(row: LineOrder) -> LineOrderFacts:
    return LineOrderFacts(row.order.public_id, row.reference, row.configuration, row.told)
