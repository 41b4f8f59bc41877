"""Finding out what each line of a statement is, all lines in one pass.

A line names an attempt by its instruction id, a payout by its end-to-end id, or a whole batch by
its message id, at the bank the statement is of. What is found, in order of precedence:

- the same line, the same how-manieth of its kind, stood in an earlier issue of this statement or
  in another one that overlaps it: resolved, ``same_as`` the earlier one, nothing to do;
- the same movement stands in an earlier line of this bank: an exception, flagged as a repeat;
- amount, currency and direction agree and the fact was not refused: matched; a batch booked as
  one that comes to its payouts' sum is split into them, each of them matched;
- a return of a payout that was executed: matched, as what came back;
- the id is ours and something else is not: an exception, with what differs;
- nobody here asked for it: suspense; so is a charge of the bank's, for the moment.

Where two lines of one statement name the same fact, the one with the right amount is the match,
and of those the first. A hundred thousand lines take seconds; one by one they took an hour.

A line of an earlier issue that the newest one does not show was taken back by the bank.
"""

from pathlib import Path

import structlog
from django.db import connection

from core.errors import NotFound
from core.transactions import owns
from payments.models import Statement
from payments.plans import joined_by_hash
from payments.services.suspense import newer_issues, release_withdrawn

logger = structlog.get_logger(__name__)

_SQL = Path(__file__).resolve().parents[1] / "sql" / "matching"
_LINK, _WITHDRAW, _JUDGE, _PART = (
    (_SQL / f"{name}.sql").read_text(encoding="utf-8")
    for name in ("link_lines", "withdraw_lines", "judge_lines", "part_batches")
)


@owns
def match_lines(*, statement_id: str) -> int:
    """Judge every new line of a statement, in one SQL pass.

    Changes: the lines' states, and what they match; parts of lines booked for a batch; lines
    of earlier issues that the bank took back.

    Returns:
        How many lines were judged.

    Raises:
        NotFound: There is no such statement.

    Transaction: owns.
    """
    rows = Statement.objects.select_for_update(no_key=True)
    statement = rows.filter(public_id=statement_id).first()
    if statement is None:
        raise NotFound
    wanted = {"statement": statement.pk, "bank": statement.bank_id}
    with connection.cursor() as cursor:
        with joined_by_hash(cursor):
            cursor.execute(_LINK, wanted)
            linked = int(cursor.rowcount)
        if statement.issue > 1 and not newer_issues(statement).exists():
            release_withdrawn(statement=statement)
            cursor.execute(_WITHDRAW, wanted)
        with joined_by_hash(cursor):
            cursor.execute(_JUDGE, wanted)
            judged = linked + int(cursor.rowcount)
            cursor.execute(_PART, wanted)
    logger.info("statement_matched", statement=statement_id, lines=judged)
    return judged
