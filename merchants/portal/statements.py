"""Statements: the equation of some days on the page, and the same as files."""

from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from core.errors import NotFound, TrocoError
from merchants.codes.statements import PARTS
from merchants.enums import JobKind
from merchants.portal.access import READERS
from merchants.portal.jobs import job_row
from merchants.portal.pages import Page, see_other
from merchants.queries.jobs import jobs_of_shop
from merchants.queries.statement_words import PART_WORDS, statement_words
from merchants.queries.statements import StatementFacts, statement
from merchants.services.statement_mails import MAILED_ROLES
from merchants.services.statements import TYPES, StatementWish, ask_statement, month_of

JOBS_SHOWN = 8
MONTHS_SHOWN = 6
LONGEST_SHOWN = timedelta(days=366)


class StatementsPage(Page):
    """What the shop was owed at the beginning, every change, what it was owed at the end."""

    section = "payouts"
    roles = READERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the days that the address asks for; this month without any."""
        first, last = self._days()
        shop = self.seat.shop
        facts = statement(shop.party_id, first, last, shop.timezone, shop.currency)
        context = {
            "first_day": first,
            "last_day": last,
            "months": self._months(),
            "equation": _equation(facts),
            "days": _day_rows(facts),
            "parts": [PART_WORDS[part] for part in PARTS],
            "files": sorted(TYPES),
            "may_mail": self.seat.is_one_of(MAILED_ROLES),
            "jobs": [
                job_row(each) for each in jobs_of_shop(shop.id, JobKind.STATEMENT, JOBS_SHOWN)
            ],
        }
        return self.page("statements.html", context)

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Ask for the file, and show how far it is."""
        file = self.request.POST.get("file", "")
        if file not in TYPES:
            raise NotFound
        try:
            first = date.fromisoformat(self.request.POST.get("from", ""))
            last = date.fromisoformat(self.request.POST.get("to", ""))
        except ValueError as error:
            raise NotFound from error
        language = translation.get_language() or "en"
        wish = StatementWish(first, last, file, statement_words(), language)
        shop = self.seat.shop
        try:
            job = ask_statement(
                shop_id=shop.id, timezone=shop.timezone, actor=self.seat.person, wish=wish
            )
        except TrocoError as refusal:
            self.refused(refusal)
            return see_other(self.request.get_full_path())
        return self.go("job", job.public_id)

    def _days(self) -> tuple[date, date]:
        today = self.now.astimezone(ZoneInfo(self.seat.shop.timezone)).date()
        first, last = month_of(today)[0], today
        try:
            first = date.fromisoformat(self.request.GET.get("from", ""))
            last = date.fromisoformat(self.request.GET.get("to", ""))
        except ValueError:
            return month_of(today)[0], today
        is_told = first.year > MINYEAR and last.year < MAXYEAR
        if not is_told or not timedelta(0) <= last - first < LONGEST_SHOWN:
            return month_of(today)[0], today
        return first, min(last, today) if first <= today else last

    def _months(self) -> list[dict[str, Any]]:
        """Return the last months, one press each."""
        today = self.now.astimezone(ZoneInfo(self.seat.shop.timezone)).date()
        months, day = [], today
        for _number in range(MONTHS_SHOWN):
            first, last = month_of(day)
            months.append({"first": first, "href": f"?from={first}&to={min(last, today)}"})
            day = first - timedelta(days=1)
        return months


def _equation(facts: StatementFacts) -> list[dict[str, Any]]:
    parts = [
        {"words": PART_WORDS[name], "amount": amount, "is_end": False}
        for name, amount in facts.parts.items()
        if amount or name in {"sales", "fees", "payouts"}
    ]
    first = {"words": _("Owed at the beginning"), "amount": facts.opening, "is_end": False}
    last = {"words": _("Owed at the end"), "amount": facts.closing, "is_end": True}
    return [first, *parts, last]


def _day_rows(facts: StatementFacts) -> list[dict[str, Any]]:
    return [
        {"day": each.day, "parts": [each.parts[part] for part in PARTS], "owed": each.owed}
        for each in reversed(facts.days)
    ]
