"""Long work as the portal shows it: how far it is, stopping it, and what it has made."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from merchants.enums import JobKind, JobState
from merchants.portal.access import READERS
from merchants.portal.pages import Page
from merchants.portal.templatetags.troco import day
from merchants.queries.jobs import JobFacts, job_of_shop, made_by, parts_of, troubles_of
from merchants.services.jobs import go_on, stop_job

TROUBLES_SHOWN = 20
BACK = {
    JobKind.IMPORT: "portal:catalogue",
    JobKind.STATEMENT: "portal:statements",
    JobKind.EXPORT: "portal:export",
}
SECTIONS = {
    JobKind.IMPORT: "catalogue",
    JobKind.STATEMENT: "payouts",
    JobKind.EXPORT: "settings",
}
TITLES = {
    JobKind.IMPORT: gettext_lazy("Import of products"),
    JobKind.STATEMENT: gettext_lazy("Statement"),
    JobKind.EXPORT: gettext_lazy("All data of the shop"),
}
TALLIES = (
    ("new", gettext_lazy("New"), "ok"),
    ("changed", gettext_lazy("Changed"), "info"),
    ("unchanged", gettext_lazy("Unchanged"), "mute"),
    ("wrong", gettext_lazy("With errors"), "bad"),
    ("pictures", gettext_lazy("Pictures changed"), "info"),
)
WHERE_THERE_ARE = frozenset({"pictures"})
"""What is only told where a file says anything of it."""


class JobPage(Page):
    """One piece of long work; while it runs, the page asks again every second."""

    section = "catalogue"
    roles = READERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is this shop's."""
        job = self.job(public_id)
        is_import = job.kind == JobKind.IMPORT
        troubles = (
            troubles_of(self.seat.shop.id, public_id, TROUBLES_SHOWN)
            if is_import and job.tally.get("wrong")
            else []
        )
        context = {
            "portal": {**self._frame(), "section": SECTIONS[job.kind]},
            "job": job_row(job),
            "back_href": reverse(BACK[job.kind]),
            "tallies": [
                {"words": words, "tone": tone, "count": job.tally.get(name, 0)}
                for name, words, tone in TALLIES
                if name in job.tally or name not in WHERE_THERE_ARE
            ]
            if is_import
            else [],
            "troubles": [{"line": each.line, "words": each.words} for each in troubles],
            "asks": job.state == JobState.ASKS,
            "was_applied": bool(job.wish.get("agreed")),
            "stopped": _stopped(job),
        }
        return self.page("job.html", context)

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Stop it, or let it go on."""
        self.job(public_id)
        verb = self.request.POST.get("verb", "")
        if verb not in {"stop", "go_on"}:
            raise NotFound
        step = stop_job if verb == "stop" else go_on
        try:
            step(shop_id=self.seat.shop.id, job_id=public_id)
        except TrocoError as refusal:
            self.refused(refusal)
        return self.go("job", public_id)

    def job(self, public_id: str) -> JobFacts:
        """Return the work, if it is this shop's and this person may see it.

        Raises:
            NotFound: It is not.
        """
        found = job_of_shop(self.seat.shop.id, public_id)
        if found is None or (found.kind == JobKind.IMPORT and not self.seat.may_edit):
            raise NotFound
        if found.kind == JobKind.EXPORT and not self.seat.is_owner:
            raise NotFound
        return found


class JobFile(JobPage):
    """What a piece of work has made."""

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponseBase:  # type: ignore[override]
        """Hand it out."""
        job = self.job(public_id)
        if job.kind == JobKind.EXPORT and job.made_name:
            return _in_pieces(job.made_name, parts_of(self.seat.shop.id, public_id))
        made = made_by(self.seat.shop.id, public_id)
        if made is None:
            raise NotFound
        return as_file(*made)


def job_row(job: JobFacts) -> dict[str, Any]:
    """Return a piece of work as lists and its page show it."""
    return {
        "id": job.public_id,
        "title": TITLES[job.kind],
        "detail": _detail(job),
        "state": job.state.value,
        "is_alive": job.is_alive,
        "done": job.done_rows,
        "all": job.all_rows,
        "at": job.created_at,
        "person": job.person_name,
        "file": job.made_name,
        "file_href": reverse("portal:job_file", args=[job.public_id]) if job.made_name else "",
    }


def as_file(name: str, media_type: str, body: bytes) -> HttpResponse:
    """Answer with a file to be kept, never shown in the page."""
    answer = HttpResponse(body, content_type=media_type)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["Cache-Control"] = "no-store"
    return answer


def _stopped(job: JobFacts) -> list[str]:
    """Say how far work was that somebody stopped, and what of it stays; nothing of other work."""
    if job.state != JobState.STOPPED:
        return []
    done = {"done": job.done_rows, "all": job.all_rows}
    told = [_("Stopped after %(done)s of %(all)s rows.") % done] if job.all_rows else []
    if job.kind in {JobKind.STATEMENT, JobKind.EXPORT}:
        return [*told, _("No file was made.")]
    if not job.wish.get("agreed"):
        return [*told, _("Nothing was changed.")]
    return [*told, _("What was taken over until then stays. The counts below say how much.")]


def _in_pieces(name: str, pieces: Iterator[bytes]) -> StreamingHttpResponse:
    """Answer with a long file; no more than a piece of it lies in memory."""
    answer = StreamingHttpResponse(pieces, content_type="application/zip")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer["Cache-Control"] = "no-store"
    return answer


def _detail(job: JobFacts) -> str:
    if job.kind == JobKind.STATEMENT:
        first, last = (date.fromisoformat(job.wish[name]) for name in ("first_day", "last_day"))
        days = f"{day(first, 'yMMMd')} \N{EN DASH} {day(last, 'yMMMd')}"
        return f"{days} · {job.wish['file'].upper()}"
    if job.kind == JobKind.EXPORT:
        return _("Products, orders, payments, customers, payouts and who did what")
    return str(job.wish.get("filename", "")) or _("A file")
