"""Finding out what each line of a statement is, all lines in one pass.

A line names an attempt by its instruction id, or a payout by its end-to-end id, at the bank the
statement is of. What is found, in order of precedence:

- it stood in an earlier issue of the same statement: resolved, nothing to do;
- the same movement stands in an earlier line of this bank: an exception, flagged as a repeat;
- amount, currency and direction agree and the fact was not refused: matched;
- the id is ours and something else is not: an exception, with what differs;
- nobody here asked for it: suspense.

Where two lines of one statement name the same fact, the one with the right amount is the match,
and of those the first. A hundred thousand lines take seconds; one by one they took an hour.
"""

from typing import TYPE_CHECKING

from django.db import connection

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.transactions import owns
from payments.enums import LineState
from payments.models import Statement, StatementLine
from payments.states import LINE_MOVES
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

_MATCH = """
WITH wanted AS (
    SELECT line.*, statement.date AS statement_date, statement.sequence, statement.issue,
           bank.slug AS bank_slug
      FROM payments_statementline AS line
      JOIN payments_statement AS statement ON statement.id = line.statement_id
      JOIN payments_bank AS bank ON bank.id = line.bank_id
     WHERE line.statement_id = %(statement)s AND line.state = 'new'
), named AS (
    SELECT wanted.id,
           attempt.id AS attempt_id, payout.id AS payout_id,
           EXISTS (
               SELECT 1 FROM payments_statementline AS twin
                 JOIN payments_statement AS other ON other.id = twin.statement_id
                WHERE twin.bank_id = wanted.bank_id
                  AND twin.bank_reference = wanted.bank_reference
                  AND twin.end_to_end_id = wanted.end_to_end_id
                  AND twin.instruction_id = wanted.instruction_id
                  AND twin.amount_minor = wanted.amount_minor
                  AND twin.direction = wanted.direction
                  AND other.date = wanted.statement_date AND other.sequence = wanted.sequence
                  AND other.issue < wanted.issue
           ) AS was_issued,
           EXISTS (
               SELECT 1 FROM payments_statementline AS twin
                 JOIN payments_statement AS other ON other.id = twin.statement_id
                WHERE twin.bank_id = wanted.bank_id AND twin.id < wanted.id
                  AND NOT (other.date = wanted.statement_date
                           AND other.sequence = wanted.sequence
                           AND other.issue < wanted.issue)
                  AND wanted.bank_reference <> ''
                  AND twin.bank_reference = wanted.bank_reference
                  AND twin.end_to_end_id = wanted.end_to_end_id
                  AND twin.direction = wanted.direction
           ) AS is_repeat,
           CASE
             WHEN attempt.id IS NULL AND payout.id IS NULL THEN 'nobody asked for it'
             WHEN coalesce(attempt.amount_minor, payout.net_minor) <> wanted.amount_minor
               THEN 'another amount: ' || coalesce(attempt.amount_minor, payout.net_minor)
             WHEN coalesce(attempt.currency, payout.currency) <> wanted.currency
               THEN 'another currency'
             WHEN wanted.direction <> CASE WHEN leg.kind = 'debit' THEN 'into' ELSE 'out_of' END
               THEN 'the other direction'
             WHEN attempt.outcome IN ('rejected', 'not_sent') THEN 'the bank had refused it'
             WHEN payout.state IN ('ready', 'rejected', 'not_executed', 'reissued')
               THEN 'it was not to be paid: ' || payout.state
             WHEN EXISTS (
               SELECT 1 FROM payments_statementline AS twin
                WHERE twin.id <> wanted.id AND twin.state = 'matched'
                  AND (twin.attempt_id = attempt.id OR twin.payout_id = payout.id)
             ) THEN 'it was booked before'
           END AS trouble,
           row_number() OVER (
               PARTITION BY coalesce(attempt.id, 0), coalesce(payout.id, 0),
                            CASE WHEN attempt.id IS NULL AND payout.id IS NULL
                                 THEN wanted.id ELSE 0 END
                   ORDER BY (coalesce(attempt.amount_minor, payout.net_minor, 0)
                             = wanted.amount_minor) DESC, wanted.position
           ) AS turn
      FROM wanted
      LEFT JOIN (payments_attempt AS attempt
                 JOIN payments_leg AS leg ON leg.id = attempt.leg_id)
             ON attempt.instruction_id
                = CASE WHEN wanted.instruction_id <> '' THEN wanted.instruction_id
                       ELSE wanted.end_to_end_id END
            AND leg.bank = wanted.bank_slug
      LEFT JOIN payments_payout AS payout
             ON payout.public_id
                = CASE WHEN wanted.end_to_end_id <> '' THEN wanted.end_to_end_id
                       ELSE wanted.instruction_id END
            AND payout.bank_id = wanted.bank_id
), judged AS (
    SELECT named.*,
           CASE WHEN was_issued THEN 'resolved'
                WHEN is_repeat OR (turn > 1 AND trouble IS NULL) THEN 'exception'
                WHEN trouble IS NULL THEN 'matched'
                WHEN attempt_id IS NULL AND payout_id IS NULL THEN 'suspense'
                ELSE 'exception' END AS verdict
      FROM named
)
UPDATE payments_statementline AS line
   SET state = judged.verdict,
       is_repeat = judged.is_repeat OR judged.turn > 1,
       attempt_id = CASE WHEN judged.verdict = 'resolved' THEN NULL ELSE judged.attempt_id END,
       payout_id = CASE WHEN judged.verdict = 'resolved' OR judged.attempt_id IS NOT NULL
                        THEN NULL ELSE judged.payout_id END,
       note = CASE judged.verdict
                WHEN 'resolved' THEN 'as in the earlier issue'
                WHEN 'matched' THEN ''
                ELSE left(coalesce(CASE WHEN judged.is_repeat OR judged.turn > 1
                                        THEN 'the same line again' END, judged.trouble, ''), 200)
              END
  FROM judged
 WHERE line.id = judged.id
"""


@owns
def match_lines(*, statement_id: str) -> int:
    """Judge every new line of a statement, in one SQL pass.

    Changes: the lines' states, and what they match.

    Returns:
        How many lines were judged.

    Raises:
        NotFound: There is no such statement.

    Transaction: owns.
    """
    statement = Statement.objects.filter(public_id=statement_id).first()
    if statement is None:
        raise NotFound
    with connection.cursor() as cursor:
        cursor.execute(_MATCH, {"statement": statement.pk})
        return int(cursor.rowcount)


@owns
def resolve_line(*, staff: "Person", line_id: int, note: str) -> StatementLine:
    """Note how a person explained a line that did not match.

    Changes: the line, an audit entry.

    Args:
        staff: Who explains it.
        line_id: The line's key.
        note: The explanation, 1 to 200 characters.

    Raises:
        NotFound: There is no such line.
        StateConflict: It waits for nobody.
        InputInvalid: The note is empty or too long.

    Transaction: owns.
    """
    line = StatementLine.objects.select_for_update().filter(pk=line_id).first()
    if line is None:
        raise NotFound
    if not 0 < len(note.strip()) <= 200:  # noqa: PLR2004 - The column's length.
        raise InputInvalid
    before = line.state
    LINE_MOVES.check(line.state, LineState.RESOLVED)
    line.state = LineState.RESOLVED
    line.note = note.strip()
    line.resolved_by = staff
    line.resolved_at = business_now()
    line.save(update_fields=["state", "note", "resolved_by", "resolved_at"])
    record(
        actor=staff,
        action="statement_line.resolved",
        object_ref=f"{line.statement_id}/{line.position}",
        before={"state": before},
        after={"state": line.state},
        reason=note,
    )
    return line
