"""Statements of what a shop is owed, made as files by a worker.

The lines are read in the order of the books, a thousand in a step, and each step keeps what it
wrote and where it stopped. A statement's days must be over, so that it says the same whenever it
is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.db.models import F, TextField, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.money import Money
from core.transactions import joins
from merchants.codes import statements as files
from merchants.codes.statements import Frame, Line
from merchants.enums import JobKind
from merchants.models import ShopJob
from merchants.queries.statements import frame_of, span_of, written_days
from merchants.services.jobs import JobWish, hand_out, queue_job, tell_progress
from merchants.services.texts import refusal
from payments.queries.shop_ledger import count_owed_lines, owed_lines

if TYPE_CHECKING:
    from people.models import Person

LINES_AT_ONCE: Final = 1000
MOST_DAYS: Final = 366
# Read when it is asked for, as its page says.
_PAPER: Final = "merchants.codes.statement_paper"
TYPES: Final = {"csv": "text/csv", "ofx": "application/x-ofx", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class StatementWish:
    """Which statement: its days, its kind of file, and the words for people in their language."""

    first_day: date
    last_day: date
    file: str
    words: Mapping[str, str]
    language: str


def ask_statement(*, shop_id: int, timezone: str, actor: "Person", wish: StatementWish) -> ShopJob:
    """Ask for a statement as a file.

    Args:
        shop_id: Primary key of the shop.
        timezone: Its time zone, which cuts the days.
        actor: Who asks.
        wish: Which.

    Raises:
        InputInvalid: The days are none, too many, or not over; or there is no such kind of file.
        StateConflict: Too many jobs of the shop are under way.

    Transaction: owns (``queue_job``).
    """
    today = business_now().astimezone(ZoneInfo(timezone)).date()
    if wish.file not in TYPES:
        raise refusal("file", _("There is no such kind of file."))
    if wish.first_day > wish.last_day or wish.last_day > today:
        raise refusal("first_day", _("A statement begins before it ends, and ends today at last."))
    if (wish.last_day - wish.first_day).days >= MOST_DAYS:
        raise refusal("first_day", _("A statement has at most 366 days."))
    facts = {
        "first_day": wish.first_day.isoformat(),
        "last_day": wish.last_day.isoformat(),
        "file": wish.file,
        "words": dict(wish.words),
        "language": wish.language,
        "until": business_now().isoformat(),
    }
    return queue_job(
        shop_id=shop_id, actor=actor, wish=JobWish(kind=JobKind.STATEMENT, facts=facts)
    )


@joins
def do_statement(*, job: ShopJob) -> bool:
    """Do one step of a statement; return whether it is finished.

    Args:
        job: The locked job.

    Transaction: joins.
    """
    frame = frame_of(job.shop, job.wish)
    if job.wish["file"] == "pdf":
        _hand_out(job, frame, _paper(job, frame))
        tell_progress(job=job, done=1, of=1, tally={})
        return True
    return _write_lines(job, frame)


def _write_lines(job: ShopJob, frame: Frame) -> bool:
    """Write the next thousand lines, and the rest of the file after the last of them."""
    span = span_of(job.wish, job.shop.timezone)
    after = int(job.tally.get("seq", 0))
    is_new = not job.tally
    balance = Money(job.tally.get("balance", frame.opening.amount_minor), frame.opening.currency)
    every = job.all_rows if not is_new else count_owed_lines(job.shop.party_id, span)
    found = owed_lines(job.shop.party_id, span, after, LINES_AT_ONCE)
    lines = [Line(each.seq, each.at, each.kind, each.reference, each.delta) for each in found]
    text, balance = _written(job, frame, lines, balance, is_new=is_new)
    is_last = len(lines) < LINES_AT_ONCE
    if is_last and job.wish["file"] == "ofx":
        text += files.ofx_tail(balance, datetime.fromisoformat(job.wish["until"]))
    done = min(job.done_rows + len(lines), every)
    seq = lines[-1].seq if lines else after
    tell_progress(job=job, done=done, of=every, tally={"seq": seq, "balance": balance.amount_minor})
    grown = Concat(F("given"), Value(text), output_field=TextField())
    ShopJob.objects.filter(pk=job.pk).update(given=grown)
    if is_last:
        job.refresh_from_db(fields=["given"])
        _hand_out(job, frame, job.given.encode())
        ShopJob.objects.filter(pk=job.pk).update(given="")
    return is_last


def _written(
    job: ShopJob, frame: Frame, lines: list[Line], balance: Money, *, is_new: bool
) -> tuple[str, Money]:
    if job.wish["file"] == "csv":
        text, after = files.csv_lines(frame, lines, balance)
        return (files.csv_head() if is_new else "") + text, after
    moment = datetime.fromisoformat(job.wish["until"])
    head = files.ofx_head(frame, moment) if is_new else ""
    after = sum((line.delta for line in lines), start=balance)
    return head + files.ofx_lines(frame, lines), after


def _paper(job: ShopJob, frame: Frame) -> bytes:
    sums, days = written_days(job.shop, job.wish, frame)
    drawn: bytes = import_module(_PAPER).pdf(frame, sums, days)
    return drawn


def _hand_out(job: ShopJob, frame: Frame, made: bytes) -> None:
    kind = job.wish["file"]
    name = f"troco-{frame.first_day}-{frame.last_day}.{kind}"
    hand_out(job=job, made=made, name=name, media_type=TYPES[kind])


def month_of(day: date) -> tuple[date, date]:
    """Return the first and the last day of a day's month.

    Transaction: none.
    """
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)
