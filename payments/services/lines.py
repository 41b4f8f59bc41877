"""What staff do with a statement line that waits: note, explain, and, by two, say what it was.

A line that the books did not follow may be explained by one person: it moved nothing. Whatever
moves the books is asked for by one and approved by another (``config/approvals.py``): that the
line, or a part of it, was a payout or an attempt of ours, or that it is written off to an account
of the house. The parts of a line come to its amount; a part that nobody can name goes on waiting.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict
from core.events import publish
from core.transactions import joins, owns
from payments.enums import LedgerKind
from payments.models import LineNote, StatementLine
from payments.rails.returns import sending_back
from payments.services.line_facts import find_fact
from payments.services.line_parts import Part, PartKind, make_parts
from payments.services.suspense import OPEN
from payments.services.ways_back import begin_way_back
from payments.statement_enums import LineDirection, LineResolution, LineState
from payments.states import LINE_MOVES
from people.services.approvals import Change, ask_approval
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import ApprovalRequest, Person

PART_ACTION = "line.part"
RETURN_ACTION = "line.return"
APPROVED_WITHIN = timedelta(days=7)
MOST_PARTS = 50
LONGEST_NOTE = 500
WRITE_OFF_TO = (LedgerKind.BANK_CHARGES, LedgerKind.ROUNDING, LedgerKind.WRITE_OFFS)
"""Where money that no fact explains may be written off to."""


class StillSuspended(StateConflict):
    """One person cannot explain away what is in the books."""

    words = _(
        "Its money is in suspense in the books. Say what it was, or write it off; a colleague"
        " approves it."
    )


class NotSuspended(StateConflict):
    """Where the books did not follow a line there is nothing to write off."""

    words = _(
        "The books did not follow this line: its statement contradicts itself. Wait for the"
        " bank's next issue, or explain it."
    )


class GoingBack(StateConflict):
    """What is on its way to its sender is nothing else meanwhile."""

    words = _("Its money is on its way back to its sender. Wait for the bank's answer or line.")


class NotSentBack(StateConflict):
    """The bank takes no such instruction, or gave the movement no name of its own."""

    words = _(
        "This bank takes no instruction to send money back. Ask it in writing; when its statement"
        " shows the money gone, both lines are closed."
    )


@owns
def note_line(*, staff: "Person", line_id: int, text: str) -> LineNote:
    """Keep a note at a line.

    Changes: a ``LineNote``, an audit entry.

    Raises:
        NotFound: There is no such line.
        InputInvalid: The note is empty or too long.

    Transaction: owns.
    """
    line = _locked(line_id)
    said = text.strip()
    if not 0 < len(said) <= LONGEST_NOTE:
        raise InputInvalid
    note = LineNote.objects.create(line=line, by=staff, text=said, at=business_now())
    record(
        actor=staff,
        action="statement_line.noted",
        object_ref=line.reference,
        before={},
        after={"state": line.state},
        reason=said,
    )
    return note


@owns
def resolve_line(*, staff: "Person", line_id: int, note: str) -> StatementLine:
    """Note how a person explained a line that did not match and that the books did not follow.

    Changes: the line, an audit entry.

    Args:
        staff: Who explains it.
        line_id: The line's key.
        note: The explanation, 1 to 200 characters.

    Raises:
        NotFound: There is no such line.
        StateConflict: It waits for nobody.
        StillSuspended: Its money is in suspense.
        InputInvalid: The note is empty or too long.

    Transaction: owns.
    """
    line = _locked(line_id)
    if not 0 < len(note.strip()) <= 200:  # noqa: PLR2004 - The column's length.
        raise InputInvalid
    before = line.state
    LINE_MOVES.check(line.state, LineState.RESOLVED)
    if line.suspended_at is not None:
        raise StillSuspended
    line.state = LineState.RESOLVED
    line.resolution = LineResolution.EXPLAINED
    line.note = note.strip()
    line.resolved_by = staff
    line.resolved_at = business_now()
    line.save(update_fields=["state", "resolution", "note", "resolved_by", "resolved_at"])
    record(
        actor=staff,
        action="statement_line.resolved",
        object_ref=line.reference,
        before={"state": before},
        after={"state": line.state},
        reason=note,
    )
    publish("line.decided", line_id=line.pk)
    return line


@owns
def ask_parts(
    *, staff: "Person", line_id: int, parts: Sequence[Part], reason: str
) -> "ApprovalRequest":
    """Ask a colleague to approve what a line was: a fact, several, or a write-off.

    Changes: an ``ApprovalRequest``, an audit entry.

    Args:
        staff: Who says so.
        line_id: The line's key.
        parts: One for the whole line, or several that come to its amount.
        reason: Why, 1 to 500 characters.

    Raises:
        NotFound: There is no such line.
        StateConflict: It waits for nobody, or the same waits for an approval already.
        FactUnfit: A part is no fact of ours that could be shown by it.
        NotSuspended: There is nothing in the books to write off.
        InputInvalid: The parts do not make the line.

    Transaction: owns.
    """
    payload = {
        "line": line_id,
        "parts": [[each.signed_minor, each.kind.value, each.name] for each in parts],
        "note": reason[:200],
    }
    before = line_now(payload)
    line = _locked(line_id)
    _check_parts(line, parts)
    for each in parts:
        if each.kind == PartKind.FACT:
            find_fact(line=line, name=each.name, signed_minor=each.signed_minor)
    said = [f"{each.signed_minor} {each.name or each.kind.value}" for each in parts]
    change = Change(PART_ACTION, line.reference, payload, before, {**before, "is": said})
    return ask_approval(maker=staff, change=change, reason=reason, expires_in=APPROVED_WITHIN)


@owns
def ask_return(*, staff: "Person", line_id: int, reason: str) -> "ApprovalRequest":
    """Ask a colleague to approve that money nobody asked for goes back to its sender.

    Changes: an ``ApprovalRequest``, an audit entry.

    Raises:
        NotFound: There is no such line.
        StateConflict: It waits for nobody, is no money that came in, or the same waits already.
        GoingBack: It is on its way already.
        NotSentBack: Its bank takes no such instruction.
        NotSuspended: The books did not follow it.

    Transaction: owns.
    """
    payload = {"line": line_id, "note": reason[:200]}
    before = line_now(payload)
    line = _locked(line_id)
    _check_return(line)
    change = Change(RETURN_ACTION, line.reference, payload, before, {**before, "going_back": True})
    return ask_approval(maker=staff, change=change, reason=reason, expires_in=APPROVED_WITHIN)


def line_now(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an approval of a line is about; its row is locked.

    Raises:
        NotFound: There is no such line.

    Transaction: none (asked within the one that asks or approves).
    """
    line = _locked(payload["line"])
    return {
        "state": line.state,
        "amount_minor": line.signed_minor,
        "in_suspense": line.suspended_at is not None,
        "going_back": line.going_back_since is not None,
        "is": line.note,
    }


@joins
def part_line(*, payload: Mapping[str, Any], maker: "Person", checker: "Person") -> None:
    """Make of a line what two people agreed that it was.

    Changes: the line and its parts, the books (``unsuspend``, ``suspend``, ``write_off``), an
    audit entry. Publishes ``line.decided``, after which facts that it shows are closed.

    Args:
        payload: As ``ask_parts`` wrote it.
        maker: Who asked.
        checker: Who approved.

    Raises:
        NotFound, StateConflict, FactUnfit, NotSuspended: As ``ask_parts``.

    Transaction: joins.
    """
    line = _locked(payload["line"])
    parts = [Part(minor, PartKind(kind), name) for minor, kind, name in payload["parts"]]
    _check_parts(line, parts)
    line.note, line.resolved_at = payload["note"], business_now()
    line.resolved_by, line.approved_by = maker, checker
    make_parts(line=line, parts=parts)
    record(
        actor=checker,
        action="statement_line.decided",
        object_ref=line.reference,
        before={"asked_by": maker.login},
        after={"state": line.state, "parts": payload["parts"]},
        reason=payload["note"],
    )
    publish("line.decided", line_id=line.pk)


@joins
def send_line_back(*, payload: Mapping[str, Any], maker: "Person", checker: "Person") -> None:
    """Have money that nobody asked for sent back to its sender, as two people agreed.

    The bank is told after the commit (``services.ways_back``). The line that shows it gone names
    our instruction, or the same movement, and then both need nobody any more.

    Changes: the line, a ``WayBack``, an audit entry. Publishes ``line.going_back``.

    Args:
        payload: As ``ask_return`` wrote it.
        maker: Who asked.
        checker: Who approved.

    Raises:
        NotFound, StateConflict, GoingBack, NotSentBack, NotSuspended: As ``ask_return``.

    Transaction: joins.
    """
    line = _locked(payload["line"])
    _check_return(line)
    line.going_back_since, line.note = business_now(), payload["note"]
    line.resolved_by, line.approved_by = maker, checker
    line.save(update_fields=["going_back_since", "note", "resolved_by", "approved_by"])
    record(
        actor=checker,
        action="statement_line.sent_back",
        object_ref=line.reference,
        before={"asked_by": maker.login},
        after={"going_back": True},
        reason=payload["note"],
    )
    begin_way_back(line=line, moment=line.going_back_since)


def _check_return(line: StatementLine) -> None:
    """Refuse what cannot go back to a sender."""
    _check_open(line)
    if line.suspended_at is None:
        raise NotSuspended
    if line.direction != LineDirection.INTO:
        raise StateConflict
    if line.going_back_since is not None:
        raise GoingBack
    if not line.bank_reference or sending_back(line.bank.rail) is None:
        raise NotSentBack


def _check_parts(line: StatementLine, parts: Sequence[Part]) -> None:
    """Refuse parts that do not make the line, or that say nothing."""
    _check_open(line)
    if line.going_back_since is not None:
        raise GoingBack
    if not 0 < len(parts) <= MOST_PARTS or any(each.signed_minor == 0 for each in parts):
        raise InputInvalid
    if sum(each.signed_minor for each in parts) != line.signed_minor:
        raise InputInvalid(_("The parts do not come to the line's amount."))
    if all(each.kind == PartKind.WAIT for each in parts):
        raise InputInvalid(_("That says of no part what it was."))
    names = [each.name for each in parts if each.kind == PartKind.FACT]
    if len(set(names)) != len(names):
        raise InputInvalid(_("The same is named twice."))
    accounts = [each.name for each in parts if each.kind == PartKind.ACCOUNT]
    if any(name not in WRITE_OFF_TO for name in accounts):
        raise InputInvalid(_("Nothing is written off to that account."))
    if accounts and line.suspended_at is None:
        raise NotSuspended


def _check_open(line: StatementLine) -> None:
    if line.state not in OPEN or line.resolution:
        raise StateConflict


def _locked(line_id: int) -> StatementLine:
    rows = StatementLine.objects.select_for_update(of=("self",)).select_related("bank")
    line = rows.filter(pk=line_id).first()
    if line is None:
        raise NotFound
    return line
