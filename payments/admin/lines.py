"""Statement lines as staff work through them: the queue of breaks, by type and age."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    Tool,
    age_words,
    amount,
    choice_filter,
    moment_words,
    recent_filter,
    record_link,
    row_filter,
    state_words,
)
from core.clock import business_now
from payments.admin.line_acts import guesses
from payments.admin.rows import bank_choices
from payments.models import MissingLine, StatementLine
from payments.queries.suggestions import suggest
from payments.services.suspense import OPEN
from payments.statement_enums import LineDirection, LineKind, LineState

_RESOLVE = "payments.resolve_statementline"
_MOVING = (
    ("staff-match-line", _("Match…")),
    ("staff-split-line", _("Split…")),
    ("staff-write-off-line", _("Write off…")),
)
_TYPES = {
    "repeat": (_("the same line again"), Q(is_repeat=True)),
    "charge": (_("a charge of the bank"), Q(kind=LineKind.CHARGE)),
    "reversal": (_("taken back, or given back"), Q(kind__in=[LineKind.REVERSAL, LineKind.RETURN])),
    "remainder": (_("not the sum of its parts"), Q(kind=LineKind.REMAINDER)),
    "differs": (
        _("ours, and something differs"),
        Q(state=LineState.EXCEPTION, is_repeat=False, kind=LineKind.MOVEMENT),
    ),
    "strange": (
        _("nobody asked for it"),
        Q(state=LineState.SUSPENSE, kind=LineKind.MOVEMENT),
    ),
}
_AGES = {"1": _("more than a day"), "7": _("more than a week"), "30": _("more than a month")}


class BreakFilter(admin.SimpleListFilter):
    """Open lines, by what is wrong with them."""

    title = _("type of break")
    parameter_name = "break"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer the types."""
        return [
            ("open", _("all that wait")),
            *((code, words) for code, (words, _q) in _TYPES.items()),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        """Narrow the list."""
        chosen = self.value()
        if chosen != "open" and chosen not in _TYPES:
            return queryset
        waiting = queryset.filter(state__in=OPEN)
        return waiting if chosen == "open" else waiting.filter(_TYPES[str(chosen)][1])


class AgeFilter(admin.SimpleListFilter):
    """How long a line has waited."""

    title = _("waiting")
    parameter_name = "age"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer three ages."""
        return list(_AGES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        """Narrow the list."""
        chosen = self.value()
        if chosen not in _AGES:
            return queryset
        before = business_now() - timedelta(days=int(str(chosen)))
        return queryset.filter(state__in=OPEN, statement__imported_at__lt=before)


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin):
    """Lines, what each was found to be, and what it may have been."""

    list_display = (
        "place",
        "colour",
        "kind",
        "money",
        "age",
        "best_guess",
        "end_to_end_id",
        "note",
    )
    list_filter = (
        BreakFilter,
        AgeFilter,
        choice_filter("state", _("state"), LineState.values),
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("statement__imported_at", _("imported")),
    )
    list_select_related = ("statement", "bank")
    search_fields = ("end_to_end_id__exact", "instruction_id__exact", "bank_reference__exact")
    search_help_text = _("End-to-end id, instruction id or bank's reference.")
    ordering = ("-id",)
    audit_field = "reference"
    readonly_fields = (
        "reference",
        "colour",
        "money",
        "age",
        "matched",
        "in_suspense",
        "related",
        "guessed",
        "said",
    )
    fields = (
        "reference",
        "statement",
        "position",
        "part",
        "kind",
        "colour",
        "money",
        "age",
        "in_suspense",
        "booked_date",
        "end_to_end_id",
        "instruction_id",
        "bank_reference",
        "counterparty",
        "remittance",
        "group_id",
        "reason",
        "is_repeat",
        "matched",
        "related",
        "guessed",
        "note",
        "said",
        "resolution",
        "written_off_to",
        "going_back_since",
        "resolved_by",
        "approved_by",
        "resolved_at",
    )

    def tools(self, line: StatementLine) -> Iterable[Tool]:
        """What waits may be noted at, explained, or said to be something."""
        if line.state not in OPEN:
            return
        for name, words in (("staff-note-line", _("Note…")), *_MOVING):
            yield Tool(words, reverse(name, args=[line.pk]), _RESOLVE)
        if line.suspended_at is None:
            yield Tool(_("Explain…"), reverse("staff-resolve-line", args=[line.pk]), _RESOLVE)
        elif line.direction == LineDirection.INTO and line.going_back_since is None:
            yield Tool(_("Send back…"), reverse("staff-return-line", args=[line.pk]), _RESOLVE)

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Add the best guess to each open line of a page, and the moment, in two queries."""
        found, moment = suggest([line.pk for line in rows if line.state in OPEN]), business_now()
        for line in rows:
            line.guess, line.seen_at = next(iter(found.get(line.pk, [])), None), moment

    @admin.display(description=_("line"))
    def place(self, line: StatementLine) -> str:
        """Name the bank, the day and the line."""
        part = f".{line.part}" if line.part else ""
        return f"{line.bank.name} {line.statement.date} #{line.position}{part}"

    @admin.display(description=_("state"), ordering="state")
    def colour(self, line: StatementLine) -> SafeString:
        """Show the state."""
        return state_words(line.state)

    @admin.display(description=_("amount"))
    def money(self, line: StatementLine) -> str:
        """Show the amount as the account saw it: what went out is negative."""
        return amount(line.signed_minor, line.currency)

    @admin.display(description=_("waiting for"))
    def age(self, line: StatementLine) -> str:
        """Show how long an open line has waited."""
        waits = line.state in OPEN
        return age_words(line.statement.imported_at, _seen_at(line)) if waits else "—"

    @admin.display(description=_("it may have been"))
    def best_guess(self, line: StatementLine) -> str:
        """Show the best guess with its score."""
        guess = getattr(line, "guess", None)
        return f"{guess.score}: {guess.name} ({guess.words})" if guess is not None else "—"

    @admin.display(description=_("in suspense since"))
    def in_suspense(self, line: StatementLine) -> object:
        """Show since when the books follow it."""
        return line.suspended_at or _("no: the books do not follow it")

    @admin.display(description=_("matches"))
    def matched(self, line: StatementLine) -> SafeString | str:
        """Lead to the payment or payout that it names."""
        if line.payout is not None:
            return record_link("payments_payout", line.payout.pk, line.payout.public_id)
        if line.attempt is not None:
            payment = line.attempt.leg.payment
            return record_link("payments_payment", payment.pk, payment.public_id)
        return "—"

    @admin.display(description=_("other lines"))
    def related(self, line: StatementLine) -> SafeString | str:
        """Lead to the line it is a part of, repeats or undoes, and to its parts."""
        named = [(_("part of"), line.split_of), (_("shown before as"), line.same_as)]
        named += [(_("undone with"), line.offset_by)]
        named += [(_("part"), each) for each in line.parts.order_by("part")[:50]]
        links = [
            (words, record_link("payments_statementline", other.pk, other.reference))
            for words, other in named
            if other is not None
        ]
        return format_html_join("; ", "{} {}", links) or "—"

    @admin.display(description=_("it may have been"))
    def guessed(self, line: StatementLine) -> SafeString | str:
        """List the guesses for an open line."""
        if line.state not in OPEN:
            return "—"
        return guesses(line, suggest([line.pk]).get(line.pk, []))

    @admin.display(description=_("notes"))
    def said(self, line: StatementLine) -> SafeString | str:
        """List what people noted."""
        notes = line.notes.select_related("by").order_by("id")
        said = ((moment_words(each.at), each.by, each.text) for each in notes)
        return format_html_join("\n", "<p>{} {}: {}</p>", said) or gettext("none")


@admin.register(MissingLine)
class MissingLineAdmin(ReadOnlyAdmin):
    """Movements of the books that no line of their bank shows."""

    list_display = ("reference", "bank", "transfer_kind", "money", "since_date", "age")
    list_filter = (
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("found_at", _("found")),
    )
    list_select_related = ("bank",)
    search_fields = ("reference__exact",)
    ordering = ("-id",)
    audit_field = "reference"
    readonly_fields = ("money", "age", "named")
    fields = ("reference", "bank", "transfer_kind", "money", "named", "since_date", "age")

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Add the moment to the rows of a page."""
        moment = business_now()
        for missing in rows:
            missing.seen_at = moment

    @admin.display(description=_("amount"))
    def money(self, missing: MissingLine) -> str:
        """Show the amount as the bank would see it."""
        return amount(missing.held_minor, missing.currency)

    @admin.display(description=_("missing for"))
    def age(self, missing: MissingLine) -> str:
        """Show for how long."""
        return age_words(missing.found_at, _seen_at(missing))

    @admin.display(description=_("what it is"))
    def named(self, missing: MissingLine) -> SafeString | str:
        """Lead to the payment or payout."""
        if missing.payout is not None:
            return record_link("payments_payout", missing.payout.pk, missing.payout.public_id)
        if missing.attempt is not None:
            payment = missing.attempt.leg.payment
            return record_link("payments_payment", payment.pk, payment.public_id)
        return "—"


def _seen_at(row: Any) -> datetime:
    """Return when a page is looked at, asked once for all its rows."""
    known: datetime | None = getattr(row, "seen_at", None)
    return known or business_now()
