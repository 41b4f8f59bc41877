"""Finding people by number is rationed, as Pix's directory does: nobody may walk through numbers.

A bucket holds 100 tokens and refills by 2 a minute. Finding somebody costs 1, finding nobody 20:
whoever pays people they know never notices, whoever guesses numbers gets five. A look-up needs 20
tokens to begin with, so that a refusal never tells whether there would have been somebody.

The counter is one statement on one row, committed before the answer is given: looks made at once
are counted like looks made one by one, and a refusal later on gives nothing back. It is
politeness (ruling 9): off in the sandbox and in tests unless ``TROCO_POLITENESS`` is on.

What somebody else may still receive is rationed in the same way: a quote that the payee's limit
refuses says a little of what they received, and many say all of it. There is a bucket for each
pair of a payer and a payee, so a payer who is curious about one may go on paying all others.

Source: domain.md, "Rails and settlement", after the anti-scan rules of Pix's DICT (Banco Central
do Brasil).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import TooManyRequests
from core.transactions import joins, owns
from people.models import AnswerBucket
from people.queries import party_by_phone

FULL = 100_000
REFILL_PER_SECOND = 33
HIT = 1_000
MISS = 20_000

FULL_AFTER = timedelta(hours=1)
"""A bucket that nobody took from for so long is full again, and need not be kept."""

# Refill, refuse or take: the row decides, whoever else is at it. Two tokens a minute are 33
# thousandths a second. Nothing comes back where too little is left.
_TAKE = """
INSERT INTO {bucket} AS bucket ({whose}, milli_tokens, filled_at)
VALUES ({ids}, %(full)s - %(cost)s, %(now)s)
    ON CONFLICT ({whose}) DO UPDATE
   SET milli_tokens = least(%(full)s, bucket.milli_tokens + %(rate)s * greatest(0,
           floor(extract(epoch FROM %(now)s - bucket.filled_at)))::bigint)::integer - %(cost)s,
       filled_at = greatest(bucket.filled_at, %(now)s)
 WHERE least(%(full)s, bucket.milli_tokens + %(rate)s * greatest(0,
           floor(extract(epoch FROM %(now)s - bucket.filled_at)))::bigint) >= %(needed)s
RETURNING milli_tokens
"""
_LEFT = """
SELECT least(%(full)s, milli_tokens + %(rate)s * greatest(0,
           floor(extract(epoch FROM %(now)s - filled_at)))::bigint)
  FROM {bucket} WHERE ({whose}) = ({ids})
"""


@dataclass(frozen=True, slots=True)
class _Bucket:
    """Where a kind of bucket is kept, and what names one: columns and their parameters."""

    bucket: str
    whose: str
    ids: str

    def put_into(self, statement: str) -> str:
        """Return a statement about this kind of bucket."""
        return statement.format(bucket=self.bucket, whose=self.whose, ids=self.ids)


_NUMBERS = _Bucket("people_lookupbucket", "party_id", "%(party)s")
_ANSWERS = _Bucket("people_answerbucket", "party_id, about_id", "%(party)s, %(about)s")


def ration_lookups(*, party_id: int, phones: Iterable[str]) -> None:
    """Count what finding these numbers costs, before anything is told about them.

    Changes: the party's ``LookupBucket``, once for each number.

    Args:
        party_id: Who looks.
        phones: E.164 numbers.

    Raises:
        TooManyRequests: Too few tokens are left; ``retry_after_seconds`` says when there will be
            enough.

    Transaction: owns (one for each number; without politeness none).
    """
    if not settings.TROCO_POLITENESS:
        return
    for phone in phones:
        cost = MISS if party_by_phone(phone) is None else HIT
        _take(party_id=party_id, cost=cost, now=wall_now())


@joins
def ration_answers(*, party_id: int, about_id: int, is_refused: bool) -> None:
    """Count what an answer tells about another party's limits, before it is given.

    Changes: the pair's ``AnswerBucket``, in the transaction that keeps the answer: where there
    is too little left, neither is kept, and whether it would have been a refusal is not told.

    Args:
        party_id: Who asks.
        about_id: Whose limits were asked.
        is_refused: Whether they refused.

    Raises:
        TooManyRequests: Too few tokens are left; ``retry_after_seconds`` says when there will be
            enough.

    Transaction: joins (without politeness nothing is written).
    """
    if not settings.TROCO_POLITENESS:
        return
    asked = {"party": party_id, "about": about_id, "cost": MISS if is_refused else HIT}
    missing = _missing_after(_ANSWERS, asked, wall_now())
    if missing:
        raise TooManyRequests(
            _("You have asked often what this payee can receive. Wait a little, then ask again."),
            retry_after_seconds=missing,
        )


@owns
def forget_full_buckets() -> int:
    """Forget which pairs asked of each other, once their buckets are full again.

    Changes: the ``AnswerBucket`` rows that nobody took from for an hour.

    Returns:
        How many.

    Transaction: owns.
    """
    full = AnswerBucket.objects.filter(filled_at__lt=wall_now() - FULL_AFTER)
    return full.delete()[0]


@owns
def _take(*, party_id: int, cost: int, now: datetime) -> None:
    """Take what one look-up costs, in one statement."""
    missing = _missing_after(_NUMBERS, {"party": party_id, "cost": cost}, now)
    if missing:
        raise TooManyRequests(
            _("You have looked up many numbers. Wait a little before the next one."),
            retry_after_seconds=missing,
        )


def _missing_after(bucket: _Bucket, asked: Mapping[str, int], now: datetime) -> int:
    """Take from a bucket; return in how many seconds it will do where it does not now, or 0."""
    given: dict[str, int | datetime] = {
        **asked,
        "needed": MISS,
        "full": FULL,
        "rate": REFILL_PER_SECOND,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(bucket.put_into(_TAKE), given)
        if cursor.fetchone() is not None:
            return 0
        cursor.execute(bucket.put_into(_LEFT), given)
        missing = MISS - int(cursor.fetchone()[0])
    return -(-missing // REFILL_PER_SECOND)
