"""What staff do with a statement line: note, explain, and, by two, say what it was."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, ReasonForm, amount, state_words, table
from core.money import exponent
from payments.models import StatementLine
from payments.queries.suggestions import Suggestion, suggest
from payments.services.line_parts import Part, PartKind
from payments.services.lines import (
    WRITE_OFF_TO,
    ask_parts,
    ask_return,
    note_line,
    resolve_line,
)

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_ASKED = _("A colleague has to approve it; until then nothing moves.")
_PART = re.compile(r"([+-]?)([0-9]{1,15})(?:\.([0-9]{1,3}))?\s+(\S+)")
_WAITS = "?"


def guesses(line: StatementLine, found: "list[Suggestion]") -> "SafeString | str":
    """Show what a line may have been, best first."""
    if not found:
        return gettext("Nothing here looks like it.")
    rows = [
        (each.score, each.name, amount(each.amount_minor, line.currency), each.day, each.words)
        for each in found
    ]
    return table((_("Score"), _("Name"), _("Amount"), _("Day"), _("Why")), rows)


class LineAct(Act):
    """Something about one line."""

    permission = "payments.resolve_statementline"
    line: StatementLine

    def find(self) -> None:
        """Load the line."""
        rows = StatementLine.objects.select_related("statement", "bank")
        found = rows.filter(pk=self.kwargs["line_id"]).first()
        if found is None:
            raise Http404
        self.line = found

    def facts(self) -> list[Fact]:
        """Show the line, what was noted, and what it may have been."""
        line = self.line
        notes = line.notes.select_related("by").order_by("id")
        return [
            Fact(_("Bank"), line.bank),
            Fact(_("Statement"), f"{line.statement.public_id} #{line.position}"),
            Fact(_("State"), state_words(line.state)),
            Fact(_("In suspense"), gettext("yes") if line.suspended_at else gettext("no")),
            Fact(_("Kind"), line.kind),
            Fact(_("Amount, as the account saw it"), amount(line.signed_minor, line.currency)),
            Fact(_("End-to-end id"), line.end_to_end_id or "—"),
            Fact(_("Bank's reference"), line.bank_reference or "—"),
            Fact(_("At the other end"), line.counterparty or "—"),
            Fact(_("Remittance"), line.remittance or "—"),
            Fact(_("Note"), line.note or "—"),
            Fact(_("Notes"), format_html_join("; ", "{} ({})", ((n.text, n.by) for n in notes))),
            Fact(_("It may have been"), guesses(line, suggest([line.pk]).get(line.pk, []))),
        ]

    def back(self) -> str:
        """Return to the line."""
        return reverse("admin:payments_statementline_change", args=[self.line.pk])


class NoteForm(ReasonForm):
    """A note, as long as a line keeps one."""

    reason = forms.CharField(
        label=_("Explanation"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept with the line and in the audit trail under your name."),
    )


class NoteLine(LineAct):
    """A person notes something at a line; it goes on waiting."""

    title = _("Note something at a line")
    words = _("This moves nothing, and the line goes on waiting.")
    button = _("Keep the note")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Keep it."""
        note_line(staff=staff, line_id=self.line.pk, text=answers["reason"])
        return gettext("The note is kept.")


class ResolveLine(LineAct):
    """A person explains a line that the books did not follow."""

    title = _("Explain a statement line")
    words = _(
        "This moves no money: it notes what the line was, and the queue is shorter by one. Where"
        " its money is in suspense, say what it was or write it off instead."
    )
    button = _("Note the explanation")
    form_class = NoteForm

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Note it."""
        resolve_line(staff=staff, line_id=self.line.pk, note=answers["reason"])
        return gettext("The explanation is kept.")


class MatchForm(ReasonForm):
    """What the whole line was."""

    field_order = ("fact", "reason")

    fact = forms.CharField(
        label=_("It was"),
        max_length=35,
        help_text=_("A payout's id, or an instruction's id at the bank; guesses are above."),
    )


class MatchLine(LineAct):
    """A person says which fact a line shows; a colleague approves."""

    title = _("Match a line by hand")
    words = _ASKED
    button = _("Ask for approval")
    form_class = MatchForm

    def starting(self) -> dict[str, Any]:
        """Start with the best guess of the same amount."""
        found = suggest([self.line.pk]).get(self.line.pk, [])
        fits = (each.name for each in found if _fits(each, self.line))
        return {"fact": next(fits, "")}

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        part = Part(self.line.signed_minor, PartKind.FACT, answers["fact"].strip())
        ask_parts(staff=staff, line_id=self.line.pk, parts=[part], reason=answers["reason"])
        return gettext("A colleague is asked to approve it.")


class SplitForm(ReasonForm):
    """The parts of a line, one in each row."""

    field_order = ("parts", "reason")

    parts = forms.CharField(
        label=_("Parts"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "One in each row: the amount with its sign as above, a blank, and what it was: a"
            " payout's id, an instruction's id, bank_charges, rounding, write_offs, or ? for what"
            " goes on waiting. Together they come to the line."
        ),
    )

    def clean_parts(self) -> list[tuple[str, str, str, str]]:
        """Read the rows; amounts are read when the currency is known.

        Raises:
            ValidationError: A row is no part.
        """
        rows = [row.strip() for row in self.cleaned_data["parts"].splitlines() if row.strip()]
        read = [_PART.fullmatch(row) for row in rows]
        if not all(read):
            raise forms.ValidationError(_("Each row is an amount, a blank, and what it was."))
        return [(m[1], m[2], m[3] or "", m[4]) for m in read if m is not None]


class SplitLine(LineAct):
    """A person says which parts a line has; a colleague approves."""

    title = _("Split a line")
    words = _ASKED
    button = _("Ask for approval")
    form_class = SplitForm

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        parts = [_part(row, self.line.currency) for row in answers["parts"]]
        ask_parts(staff=staff, line_id=self.line.pk, parts=parts, reason=answers["reason"])
        return gettext("A colleague is asked to approve it.")


class WriteOffForm(ReasonForm):
    """Which account of the house bears it."""

    field_order = ("booked_to", "reason")

    booked_to = forms.ChoiceField(
        label=_("Account"),
        choices=[(each.value, each.value.replace("_", " ")) for each in WRITE_OFF_TO],
    )


class WriteOffLine(LineAct):
    """A person gives up looking; a colleague approves."""

    title = _("Write a line off")
    words = _ASKED
    button = _("Ask for approval")
    is_grave = True
    form_class = WriteOffForm

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        part = Part(self.line.signed_minor, PartKind.ACCOUNT, answers["booked_to"])
        ask_parts(staff=staff, line_id=self.line.pk, parts=[part], reason=answers["reason"])
        return gettext("A colleague is asked to approve it.")


class ReturnLine(LineAct):
    """A person wants money sent back to who sent it; a colleague approves."""

    title = _("Send money back to its sender")
    words = _(
        "A colleague has to approve it. Then the bank is told, once. The money stays in suspense"
        " until a line of the bank shows it gone, and both are closed. If the bank refuses, the"
        " line waits for you again."
    )
    button = _("Ask for approval")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        ask_return(staff=staff, line_id=self.line.pk, reason=answers["reason"])
        return gettext("A colleague is asked to approve it.")


def _fits(guess: Suggestion, line: StatementLine) -> bool:
    return guess.kind == "fact" and guess.amount_minor == line.amount_minor


def _part(row: tuple[str, str, str, str], currency: str) -> Part:
    """Read one row of a split.

    The decimals are filled up to the currency's; more of them than it has make another amount,
    and then the parts do not come to the line's.
    """
    sign, whole, rest, name = row
    minor = int(whole + rest.ljust(exponent(currency), "0"))
    signed = -minor if sign == "-" else minor
    if name == _WAITS:
        return Part(signed, PartKind.WAIT)
    is_account = name in [each.value for each in WRITE_OFF_TO]
    return Part(signed, PartKind.ACCOUNT if is_account else PartKind.FACT, name)
