"""The settlement monitor: per bank and day what was expected, sent, confirmed, returned, late."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.timesince import timeuntil
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from core.admin import Sheet, amount, record_link, state_words, table
from core.clock import business_now
from core.errors import NotFound
from payments.enums import AgreementState
from payments.models import AgreementRail, Bank, Country
from payments.queries.monitor import BankDay, Part, bank_days, waiting_by_bank
from payments.services.batch_files import note_file_read
from payments.services.calendar import closures, cutoff_after
from payments.services.files import open_file

DAYS = (7, 30)
CLOSED_DAYS_AHEAD = 60


@dataclass(frozen=True, slots=True)
class Clock:
    """One bank's next cutoff, how long until then, and what would be claimed as of now."""

    bank: str
    cutoff_at: datetime
    until: str
    waiting: str


class SettlementMonitor(Sheet):
    """How settlement stands, with a way down to each batch, file and line."""

    permission = "payments.view_settlementbatch"
    title = _("Settlement")
    template = "admin/monitor.html"

    def facts(self) -> dict[str, Any]:
        """Read the clocks, the days, and when banks rest."""
        now = business_now()
        days, bank = self._asked()
        today = now.date()
        since = today - timedelta(days=days)
        found = bank_days(since=since, today=today, bank_id=bank.pk if bank else None)
        return {
            "clocks": list(_clocks(now)),
            "rows": [_row(each) for each in found],
            "days": days,
            "choices": DAYS,
            "bank": bank,
            "banks": Bank.objects.order_by("name"),
            "closed": _closed_table(now.date()),
        }

    def _asked(self) -> tuple[int, Bank | None]:
        """Read the address; what it does not say right is taken as not said."""
        days, slug = self.request.GET.get("days", ""), self.request.GET.get("bank", "")
        wanted = int(days) if days.isdecimal() and int(days) in DAYS else DAYS[0]
        return wanted, Bank.objects.filter(slug=slug[:32]).first() if slug.isprintable() else None


class BatchFile(View):
    """The file of a batch as it went to its bank; who read it is in the audit trail."""

    def get(self, request: HttpRequest, batch_id: str) -> FileResponse:
        """Note who reads it, and hand it out."""
        staff: Any = request.user
        if not staff.has_perm(SettlementMonitor.permission):
            raise PermissionDenied
        try:
            batch = note_file_read(staff=staff, batch_id=batch_id)
        except NotFound as missing:
            raise Http404 from missing
        answer = FileResponse(open_file(batch), content_type="application/xml")
        answer.headers["Content-Disposition"] = f'attachment; filename="{batch_id}.xml"'
        return answer


def _clocks(now: datetime) -> Iterator[Clock]:
    """Yield the next cutoff of every bank with a live agreement, the soonest first."""
    rails = AgreementRail.objects.filter(agreement__state=AgreementState.LIVE)
    waiting = waiting_by_bank()
    found = []
    for terms in rails.select_related("agreement__bank__country").order_by("id")[:50]:
        bank = terms.agreement.bank
        cutoff = cutoff_after(terms=terms, country=bank.country, moment=now)
        owed = waiting.get(bank.pk)
        words = amount(owed.amount_minor, owed.currency) if owed else "—"
        found.append(Clock(bank.name, cutoff, timeuntil(cutoff, now), words))
    yield from sorted(found, key=lambda each: (each.cutoff_at, each.bank))


def _row(day: BankDay) -> dict[str, Any]:
    """Write one day as cells."""
    parts = (day.expected, day.sent, day.confirmed, day.returned, day.late)
    file = reverse("staff-batch-file", args=[day.batch_id]) if day.has_file else ""
    return {
        "bank": day.bank,
        "date": day.business_date,
        "cutoff": day.cutoff_at,
        "value_date": day.value_date,
        "batch": record_link("payments_settlementbatch", day.batch_pk, day.batch_id)
        if day.batch_pk
        else "—",
        "state": state_words(day.batch_state or "not claimed"),
        "parts": [_part(each) for each in parts],
        "is_late": bool(day.late.count),
        "file": file,
        "lines": f"{reverse('admin:payments_statement_change', args=[day.statement_pk])}"
        if day.statement_pk
        else "",
        "payouts": f"{reverse('admin:payments_payout_changelist')}?batch__id__exact={day.batch_pk}"
        if day.batch_pk
        else "",
    }


def _part(part: Part) -> str:
    if not part.count:
        return "—"
    return f"{amount(part.amount.amount_minor, part.amount.currency)} ({part.count})"


def _closed_table(today: date) -> SafeString:
    """List the days on which banks rest, weekends aside, for the countries with banks."""
    countries = Country.objects.filter(banks__isnull=False).distinct().order_by("name")
    rows = [
        (country.name, day, day.strftime("%A"), name)
        for country in countries[:20]
        for day, name in closures(country=country, first=today, days=CLOSED_DAYS_AHEAD)
    ]
    return table((_("Country"), _("Day"), _("Weekday"), _("Why")), rows)
