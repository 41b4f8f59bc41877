"""What the banks say: statements, their lines, and the proof of each day."""

from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    amount,
    link,
    recent_filter,
    record_link,
    row_filter,
    state_words,
    table,
)
from payments.admin.rows import bank_choices
from payments.models import DayProof, Notification, Statement
from payments.queries.proofs import difference_words
from payments.statement_enums import StatementStage


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """Statements, by bank and day."""

    list_display = ("public_id", "bank", "date", "issue", "progress", "closing", "proven")
    list_filter = (
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("imported_at", _("imported")),
    )
    list_select_related = ("bank", "proof")
    search_fields = ("public_id__startswith", "statement_reference__exact")
    ordering = ("-id",)
    readonly_fields = ("opening", "closing", "progress", "proven", "lines_link")
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
        "progress",
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

    @admin.display(description=_("lines"))
    def progress(self, statement: Statement) -> str:
        """Show how many lines there are, and how far the import is while it goes on."""
        count = f"{statement.line_count:,}"
        if statement.stage == StatementStage.READING:
            said = gettext("reading: %(count)s of %(all)s")
            return said % {"count": count, "all": f"{statement.lines_expected:,}"}
        if statement.stage == StatementStage.FINISHED:
            return count
        return f"{count}, {statement.stage}"

    @admin.display(description=_("day's proof"))
    def proven(self, statement: Statement) -> SafeString | str:
        """Lead to the proof."""
        proof = getattr(statement, "proof", None)
        if proof is None:
            return "—"
        words = _("proven") if proof.is_proven else _("differs")
        return record_link("payments_dayproof", proof.pk, words)

    @admin.display(description=_("one by one"))
    def lines_link(self, statement: Statement) -> SafeString:
        """Lead to the lines; there may be a hundred thousand."""
        url = reverse("admin:payments_statementline_changelist")
        return link(f"{url}?statement__id__exact={statement.pk}", _("Lines of this statement"))


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What banks told of the same day; evidence, not the books."""

    list_display = ("bank", "number", "notification_reference", "entry_count", "imported_at")
    list_filter = (
        row_filter("bank_id", _("bank"), bank_choices),
        recent_filter("imported_at", _("imported")),
    )
    list_select_related = ("bank",)
    search_fields = ("notification_reference__exact",)
    ordering = ("-id",)
    readonly_fields = ("told",)
    fields = (
        "bank",
        "number",
        "notification_reference",
        "sha256",
        "entry_count",
        "told",
        "imported_at",
    )

    @admin.display(description=_("what its entries told"))
    def told(self, notification: Notification) -> SafeString | str:
        """Count the entries by what they told."""
        counted = notification.entries.values_list("evidence").annotate(Count("id"))
        return table((_("Told"), _("Entries")), sorted(counted))


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
        """Say of each what it is, where it is, and what it does to the difference."""
        currency = proof.statement.currency
        heads = (_("What"), _("Where"), _("Amount"), _("Makes of the difference"), _("Note"))
        rows = [
            (
                difference_words(each.get("kind")),
                _where(each),
                amount(each.get("amount_minor"), currency),
                amount(each.get("effect_minor"), currency),
                each.get("note", ""),
            )
            for each in proof.differences
        ]
        return table(heads, rows)


def _where(difference: dict[str, Any]) -> SafeString | str:
    """Lead to the line of a difference, or name what it is about."""
    words = str(difference.get("reference") or difference.get("line") or "")
    if difference.get("line"):
        return record_link("payments_statementline", difference["line"], words)
    return words
