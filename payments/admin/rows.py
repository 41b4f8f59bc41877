"""What several lists need for their rows: parties by name, accounts of the chart."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __

from core.admin import record_link
from payments.models import Bank, Country, LedgerAccount
from payments.queries.rule import Verdict
from people.queries import PartyFacts, parties_by_ids, party_by_phone, party_by_public_id

if TYPE_CHECKING:
    from django.db.models import QuerySet


def put_parties(rows: Sequence[Any], **fields: str) -> None:
    """Give each row the parties that its bare ids name, in one query.

    Args:
        rows: The rows of one page.
        **fields: Name of the new attribute → attribute with the party's id.
    """
    ids = {getattr(row, field) for row in rows for field in fields.values()} - {None}
    found = parties_by_ids(ids) if ids else {}
    for row in rows:
        for name, field in fields.items():
            setattr(row, name, found.get(getattr(row, field)))


def party_link(party: PartyFacts | None) -> SafeString | str:
    """Write a party's name, or its id while it has none, leading to its page."""
    if party is None:
        return "—"
    return record_link("people_party", party.id, party.display_name or party.public_id)


def party_named(text: str) -> int | None:
    """Return the id of the party that a phone number or public id names, or None."""
    if text.startswith("pty_"):
        party = party_by_public_id(text)
    else:
        party = party_by_phone(text) if text.startswith("+") else None
    return party.id if party else None


def account_names(ids: Iterable[int]) -> dict[int, SafeString]:
    """Return accounts of the books as the chart names them, leading to their pages; one query."""
    rows: QuerySet[LedgerAccount] = LedgerAccount.objects.filter(id__in=set(ids))
    return {row.id: record_link("payments_ledgeraccount", row.id, row) for row in rows}


def country_choices() -> list[tuple[str, str]]:
    """Return pairs for a filter by country."""
    return list(Country.objects.order_by("name").values_list("id", "name")[:50])  # type: ignore[arg-type]


def bank_choices() -> list[tuple[str, str]]:
    """Return pairs for a filter by bank's key."""
    return list(Bank.objects.order_by("name").values_list("id", "name")[:50])  # type: ignore[arg-type]


def bank_slugs() -> list[tuple[str, str]]:
    """Return pairs for a filter by bank's short name."""
    return list(Bank.objects.order_by("name").values_list("slug", "name")[:50])


def mono(text: object) -> SafeString:
    """Write an id or a hash in letters of one width."""
    return format_html("<code>{}</code>", text)


def verdict_words(verdict: Verdict) -> SafeString | str:
    """Write why something is not open, a sentence a line."""
    if verdict.is_open:
        return __("Nothing stands in the way.")
    return format_html_join("", "<div>{}</div>", ((reason.words,) for reason in verdict.reasons))
