"""All data of a shop in one file, made by a worker: a ZIP of tables.

Each step reads one page of rows, packs it, and keeps the piece in a row of its own together with
the place it stopped at. So neither the worker nor whoever hands the file out ever holds more than
a piece, and a process that dies loses one page. What was made is forgotten after a week: it holds
names of customers, and lies about no longer than it takes to fetch it.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import StateConflict
from core.transactions import joins, owns
from merchants.codes import zips
from merchants.codes.sheets import BOM, written
from merchants.enums import JobKind
from merchants.models import JobPart, Shop, ShopJob
from merchants.queries.exports import SHEETS, sheet_sizes
from merchants.queries.shops import shop_by_key
from merchants.services.jobs import ALIVE, JobWish, put_job, tell_progress
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

ROWS_AT_ONCE: Final = 100
KEPT_FOR: Final = timedelta(days=7)
TYPE: Final = "application/zip"


@owns
def ask_export(*, shop_id: int, actor: "Person") -> ShopJob:
    """Ask for all data of a shop as one file.

    Changes: one ``ShopJob`` and a line of the trail. Publishes ``job.queued``.

    Args:
        shop_id: Primary key of the shop.
        actor: The owner who asks.

    Raises:
        StateConflict: One is being made already, or too many jobs are under way.

    Transaction: owns.
    """
    shop = Shop.objects.select_for_update(no_key=True).get(pk=shop_id)
    if ShopJob.objects.filter(shop=shop, kind=JobKind.EXPORT, state__in=ALIVE).exists():
        raise StateConflict(_("Your data is being put together already."))
    job = put_job(shop_id=shop_id, actor=actor, wish=JobWish(kind=JobKind.EXPORT, facts={}))
    record(
        actor=actor,
        action="shop.exported",
        object_ref=shop.public_id,
        before={},
        after={"job": job.public_id},
        reason="",
    )
    return job


@joins
def do_export(*, job: ShopJob) -> bool:
    """Do one step of an export; return whether it is finished.

    Args:
        job: The locked job.

    Transaction: joins.
    """
    shop = shop_by_key(job.shop_id)
    place: dict[str, Any] = dict(job.tally) or {"sheet": 0, "parts": 0, "length": 0, "members": []}
    every = job.all_rows or sheet_sizes(shop)
    rows, cursor = SHEETS[place["sheet"]].page(shop, place.get("cursor"), ROWS_AT_ONCE)
    place["cursor"] = cursor
    body = _packed(place, "".join(written(row) for row in rows))
    is_last = bool(place["sheet"] == len(SHEETS))
    if is_last:
        members = [zips.Member(**each) for each in place["members"]]
        body += zips.tail(members, place["length"] + len(body))
    _keep(job, place, body)
    done = job.done_rows + len(rows)
    every = done if is_last else max(every, done)
    tell_progress(job=job, done=done, of=every, tally=place)
    if is_last:
        day = business_now().date().isoformat()
        job.made_name, job.made_type = f"troco-{job.shop.slug}-{day}.zip", TYPE
        job.save(update_fields=["made_name", "made_type"])
    return is_last


def forget_old_exports() -> int:
    """Forget what was made a week ago; return of how many exports.

    Transaction: owns (``_forget``).
    """
    return _forget(before=business_now() - KEPT_FOR)


@owns
def _forget(*, before: datetime) -> int:
    """Forget files of exports that ended before a moment.

    Transaction: owns.
    """
    old = ShopJob.objects.filter(kind=JobKind.EXPORT, ended_at__lt=before, parts__isnull=False)
    keys = list(old.distinct().values_list("pk", flat=True)[:100])
    JobPart.objects.filter(job_id__in=keys).delete()
    ShopJob.objects.filter(pk__in=keys).update(made_name="", made_type="")
    return len(keys)


def _packed(place: dict[str, Any], text: str) -> bytes:
    """Pack a page of rows, with what stands before and behind a table where it begins or ends."""
    sheet, is_end, body = SHEETS[place["sheet"]], place["cursor"] is None, b""
    if "member" not in place:
        body = zips.head(sheet.name)
        place["member"] = asdict(zips.Member(sheet.name, place["length"]))
        text = BOM + written(sheet.head) + text
    packed, member = zips.piece(zips.Member(**place["member"]), text.encode(), is_last=is_end)
    place["member"] = asdict(member)
    if not is_end:
        return body + packed
    place["members"] = [*place["members"], place.pop("member")]
    place["sheet"] += 1
    return body + packed + zips.behind(member)


def _keep(job: ShopJob, place: dict[str, Any], body: bytes) -> None:
    """Keep a piece, and count it."""
    JobPart.objects.create(job=job, number=place["parts"], body=body)
    place["parts"] += 1
    place["length"] += len(body)
