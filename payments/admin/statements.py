"""What the banks say: statements, their lines, and the proof of each day."""

from collections.abc import Iterable

from django.contrib import admin
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    Tool,
    amount,
    choice_filter,
    link,
    recent_filter,
    record_link,
    row_filter,
    state_words,
    table,
)
from payments.admin.rows import bank_choices
from payments.enums import LineState
from payments.models import DayProof, Statement, StatementLine

_OPEN = (LineState.EXCEPTION, LineState.SUSPENSE)


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """Statements, by bank and day."""

    list_display = ("public_id", "bank", "date", "issue", "line_count", "closing", "proven")
    list_filter = (
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("imported_at", _("imported")),
    )
    list_select_related = ("bank", "proof")
    search_fields = ("public_id__startswith", "statement_reference__exact")
    ordering = ("-id",)
    readonly_fields = ("opening", "closing", "proven", "lines_link")
    fields = (
        "public_id",
        "bank",
        "date",
        "sequence",
        "issue",
        "statement_reference",
        "sha256",
        "opening",
        "closing",
        "line_count",
        "lines_link",
        "proven",
        "imported_at",
        "closed_at",
    )

    @admin.display(description=_("opening balance"))
    def opening(self, statement: Statement) -> str:
        """Show the opening balance."""
        return amount(statement.opening_minor, statement.currency)

    @admin.display(description=_("closing balance"))
    def closing(self, statement: Statement) -> str:
        """Show the closing balance."""
        return amount(statement.closing_minor, statement.currency)

    @admin.display(description=_("day's proof"))
    def proven(self, statement: Statement) -> SafeString | str:
        """Lead to the proof."""
        proof = getattr(statement, "proof", None)
        if proof is None:
            return "—"
        words = _("proven") if proof.is_proven else _("differs")
        return record_link("payments_dayproof", proof.pk, words)

    @admin.display(description=_("lines"))
    def lines_link(self, statement: Statement) -> SafeString:
        """Lead to the lines; there may be a hundred thousand."""
        url = reverse("admin:payments_statementline_changelist")
        return link(f"{url}?statement__id__exact={statement.pk}", _("Lines of this statement"))


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin):
    """Lines, and what each was found to be."""

    list_display = (
        "place",
        "colour",
        "direction",
        "money",
        "booked_date",
        "end_to_end_id",
        "is_repeat",
        "note",
    )
    list_filter = (
        choice_filter("state", _("state"), LineState.values),
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("statement__imported_at", _("imported")),
    )
    list_select_related = ("statement", "bank")
    search_fields = ("end_to_end_id__exact", "instruction_id__exact", "bank_reference__exact")
    search_help_text = _("End-to-end id, instruction id or bank's reference.")
    ordering = ("-id",)
    audit_field = "reference"
    readonly_fields = ("colour", "money", "matched")
    fields = (
        "statement",
        "position",
        "colour",
        "direction",
        "money",
        "booked_date",
        "end_to_end_id",
        "instruction_id",
        "bank_reference",
        "remittance",
        "is_repeat",
        "matched",
        "note",
        "resolved_by",
        "resolved_at",
    )

    def tools(self, line: StatementLine) -> Iterable[Tool]:
        """What does not match waits for an explanation."""
        if line.state in _OPEN:
            url = reverse("staff-resolve-line", args=[line.pk])
            yield Tool(_("Explain…"), url, "payments.resolve_statementline")

    @admin.display(description=_("line"))
    def place(self, line: StatementLine) -> str:
        """Name the bank, the day and the line."""
        return f"{line.bank.name} {line.statement.date} #{line.position}"

    @admin.display(description=_("state"), ordering="state")
    def colour(self, line: StatementLine) -> SafeString:
        """Show the state."""
        return state_words(line.state)

    @admin.display(description=_("amount"))
    def money(self, line: StatementLine) -> str:
        """Show the amount."""
        return amount(line.amount_minor, line.currency)

    @admin.display(description=_("matches"))
    def matched(self, line: StatementLine) -> SafeString | str:
        """Lead to the payment or payout that it proves."""
        if line.payout is not None:
            return record_link("payments_payout", line.payout.pk, line.payout.public_id)
        if line.attempt is not None:
            payment = line.attempt.leg.payment
            return record_link("payments_payment", payment.pk, payment.public_id)
        return "—"


@admin.register(DayProof)
class DayProofAdmin(ReadOnlyAdmin):
    """The bank's closing balance against the books, day by day."""

    list_display = ("date", "bank", "answer", "bank_closing", "books", "difference", "made_at")
    list_filter = (
        "is_proven",
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("made_at", _("made")),
    )
    list_select_related = ("bank", "statement")
    search_fields = ("statement__public_id__exact", "bank__slug__startswith")
    ordering = ("-id",)
    readonly_fields = ("answer", "bank_closing", "books", "difference", "differences_table")
    fields = (
        "statement",
        "bank",
        "date",
        "answer",
        "bank_closing",
        "books",
        "difference",
        "differences_table",
        "made_at",
    )

    @admin.display(description=_("answer"))
    def answer(self, proof: DayProof) -> SafeString:
        """Say whether the day is proven."""
        return state_words("matched" if proof.is_proven else "exception")

    @admin.display(description=_("bank"))
    def bank_closing(self, proof: DayProof) -> str:
        """Show the bank's closing balance."""
        return amount(proof.bank_closing_minor, proof.statement.currency)

    @admin.display(description=_("books"))
    def books(self, proof: DayProof) -> str:
        """Show the books' balance."""
        return amount(proof.books_minor, proof.statement.currency)

    @admin.display(description=_("difference"))
    def difference(self, proof: DayProof) -> str:
        """Show the difference."""
        return amount(proof.difference_minor, proof.statement.currency)

    @admin.display(description=_("differences, one by one"))
    def differences_table(self, proof: DayProof) -> SafeString:
        """List what makes the difference."""
        heads = sorted({name for each in proof.differences for name in each})
        return table(heads, [[each.get(name, "") for name in heads] for each in proof.differences])
