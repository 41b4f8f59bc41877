"""Finding people by number is rationed, as Pix's directory does: nobody may walk through numbers.

A bucket holds 100 tokens and refills by 2 a minute. Finding somebody costs 1, finding nobody 20:
whoever pays people they know never notices, whoever guesses numbers gets five. A look-up needs 20
tokens to begin with, so that a refusal never tells whether there would have been somebody.

The counter is one statement on one row, committed before the answer is given: looks made at once
are counted like looks made one by one, and a refusal later on gives nothing back. It is
politeness (ruling 9): off in the sandbox and in tests unless ``TROCO_POLITENESS`` is on.

Source: domain.md, "Rails and settlement", after the anti-scan rules of Pix's DICT (Banco Central
do Brasil).
"""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import wall_now
from core.errors import TooManyRequests
from core.transactions import owns
from people.queries import party_by_phone

FULL = 100_000
REFILL_PER_SECOND = 33
HIT = 1_000
MISS = 20_000

# Refill, refuse or take: the row decides, whoever else is at it. Two tokens a minute are 33
# thousandths a second. Nothing comes back where too little is left.
_TAKE = """
INSERT INTO people_lookupbucket AS bucket (party_id, milli_tokens, filled_at)
VALUES (%(party)s, %(full)s - %(cost)s, %(now)s)
    ON CONFLICT (party_id) DO UPDATE
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
  FROM people_lookupbucket WHERE party_id = %(party)s
"""


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


@owns
def _take(*, party_id: int, cost: int, now: datetime) -> None:
    """Take what one look-up costs, in one statement."""
    asked: dict[str, int | datetime] = {
        "party": party_id,
        "cost": cost,
        "needed": MISS,
        "full": FULL,
        "rate": REFILL_PER_SECOND,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, asked)
        if cursor.fetchone() is None:
            cursor.execute(_LEFT, asked)
            missing = MISS - int(cursor.fetchone()[0])
            raise TooManyRequests(
                _("You have looked up many numbers. Wait a little before the next one."),
                retry_after_seconds=-(-missing // REFILL_PER_SECOND),
            )
