"""The portal's one list: filters in the address, kept views, keyset pages, a file, bulk steps.

A list says what it is made of (``fields``, ``columns``, ``chips``) and fetches its rows; this
module and ``templates/parts/list.html`` do the rest, the same for every list. Whatever narrows a
list stands in its address, so it survives a reload, can be sent to a colleague, and is what the
file holds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from merchants.codes.amounts import read_amount
from merchants.codes.sheets import sheet
from merchants.portal.pages import Page, address_with
from merchants.queries.views import ViewFacts, saved_views

Words = str | Promise
Choices = Iterable[tuple[str, Words]]
Fetched = tuple[list[Any], str | None]

EXPORT_PAGE = 100
NEWEST, OLDEST = "", "oldest"
ALL: tuple[str, Words] = ("", gettext_lazy("All"))
ORDERS = ((NEWEST, gettext_lazy("Newest first")), (OLDEST, gettext_lazy("Oldest first")))


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a list's filters; its name is its name in the address.

    Attributes:
        name: Such as ``from``.
        words: Its label.
        kind: ``search``, ``date`` or ``choice``.
        choices: Of a choice: value and words.
        is_wide: Whether it takes what room is left.
    """

    name: str
    words: Words
    kind: str = "search"
    choices: Sequence[tuple[str, Words]] = ()
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head.

    Attributes:
        words: What it says; of the last one, if it only holds buttons, what it would say.
        is_end: Whether it is aligned to the end, as numbers are.
        is_unseen: Whether only assistive technology is told its name.
        may_hide: Whether a person may leave it out.
    """

    words: Words
    is_end: bool = False
    is_unseen: bool = False
    may_hide: bool = True


@dataclass(frozen=True, slots=True)
class Bulk:
    """A step that is taken with every picked row."""

    verb: str
    words: Words
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Empty:
    """What is said where there are no rows: what the page is for, and what to do first."""

    symbol: str
    title: Words
    text: Words
    href: str = ""
    action: Words = ""


@dataclass(slots=True)
class Listing:
    """A list as ``templates/parts/list.html`` and its neighbours show it."""

    name: str
    caption: Words
    columns: list[dict[str, Any]]
    row_template: str
    rows: list[dict[str, Any]]
    next_href: str
    empty: Empty
    chips: list[dict[str, Any]] = field(default_factory=list)
    fields: list[dict[str, Any]] = field(default_factory=list)
    carried: list[tuple[str, str]] = field(default_factory=list)
    is_filtered: bool = False
    clear_href: str = ""
    export_href: str = ""
    views: list[dict[str, Any]] = field(default_factory=list)
    query: str = ""
    bulk: Sequence[Bulk] = ()
    bulk_href: str = ""
    css: str = ""
    keeps_views: bool = False
    foot_template: str = ""

    @property
    def has_more_fields(self) -> bool:
        """Whether some filters stand behind "more"."""
        return any(not each["is_wide"] for each in self.fields)

    @property
    def has_wide_fields(self) -> bool:
        """Whether some filters stand before "more"; without any, nothing stands behind it."""
        return any(each["is_wide"] for each in self.fields)

    @property
    def is_more_open(self) -> bool:
        """Whether one of those behind "more" is set."""
        return any(each["value"] for each in self.fields if not each["is_wide"])


class ListPage(Page):
    """A page that shows a list; a subclass says of what, and how its rows are fetched.

    Attributes:
        name: The list's own name; kept views and its address go by it.
        caption: What is in it.
        template: The page.
        row_template: The cells of one row, which it gets as ``row``.
        foot_template: A row below all others, such as what they come to; empty: none.
        fields: The filters that are filled in.
        carried: Names in the address that chips and links set.
        columns: Their heads.
        known: What a name that chips set may be; without an entry, anything.
        sheet_head: Heads of the file; without any there is no file.
        bulk: Steps for picked rows.
        css: More classes of the table.
    """

    name: ClassVar[str]
    caption: ClassVar[Words]
    template: ClassVar[str]
    row_template: ClassVar[str]
    foot_template: ClassVar[str] = ""
    fields: ClassVar[tuple[Field, ...]] = ()
    carried: ClassVar[tuple[str, ...]] = ()
    known: ClassVar[Mapping[str, Collection[str]]] = {}
    columns: ClassVar[tuple[Column, ...]] = ()
    sheet_head: ClassVar[tuple[str, ...]] = ()
    bulk: ClassVar[tuple[Bulk, ...]] = ()
    css: ClassVar[str] = ""
    page_size: ClassVar[int] = 30

    def get(self, _request: HttpRequest) -> HttpResponseBase:
        """Show one page of the list, or hand out all of it as a file."""
        if self.sheet_head and self.request.GET.get("export") == "csv":
            return self._file()
        return self.show()

    def show(self, *, http_status: int = 200, **more: Any) -> HttpResponse:
        """Show one page of the list, with a form that was refused if there is one."""
        found, following = self.fetch(self.request.GET.get("after"), self.page_size)
        listing = self._listing(self.rows(found), following)
        context = {"listing": listing, **self.beside(listing), **more}
        return self.page(self.template, context, http_status=http_status)

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of what the address asks for."""
        raise NotImplementedError

    def rows(self, found: list[Any]) -> list[dict[str, Any]]:
        """Return rows as the row's template shows them; each has an ``id``."""
        raise NotImplementedError

    def sheet_rows(self, found: list[Any]) -> Iterable[Sequence[str]]:
        """Return the lines of the file for some of the rows."""
        raise NotImplementedError

    def chips(self) -> list[dict[str, Any]]:
        """Return the filters that are chosen with one press."""
        return []

    def empty(self) -> Empty:
        """Say what the page is for."""
        raise NotImplementedError

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Return what else the page shows."""
        return {}

    def bulk_now(self) -> Sequence[Bulk]:
        """Return the steps that this person may take with picked rows."""
        return self.bulk

    def choices_now(self) -> Mapping[str, Choices]:
        """Return what this shop has to choose from, by the names of the filters."""
        return {}

    def fields_now(self) -> Sequence[Field]:
        """Return the filters, with the choices that this shop has."""
        own = self.choices_now()
        return [
            replace(each, choices=(ALL, *own[each.name])) if each.name in own else each
            for each in self.fields
        ]

    def asked(self, name: str) -> str:
        """Return what the address says under a name; a choice that there is not says nothing."""
        value = self.request.GET.get(name, "").strip()
        if name in self.known:
            return value if value in self.known[name] else ""
        found = next((each for each in self.fields_now() if each.name == name), None)
        if found is not None and found.kind == "choice":
            return value if value in {code for code, _words in found.choices} else ""
        return value

    def asked_day(self, name: str) -> date | None:
        """Return a day of the address; what is no day is left out."""
        try:
            day = date.fromisoformat(self.asked(name))
        except ValueError:
            return None
        # The first and the last year hold days whose ends are no moments by some clock.
        return day if MINYEAR < day.year < MAXYEAR else None

    def asked_minor(self, name: str) -> int | None:
        """Return an amount of the address in minor units; what is none is left out."""
        amount = read_amount(self.asked(name), self.seat.shop.currency)
        return None if amount is None else amount.amount_minor

    def asked_span(self) -> tuple[datetime | None, datetime | None]:
        """Return when the days of the address begin and end by the shop's clock."""
        first, last = self.asked_day("from"), self.asked_day("to")
        following = last + timedelta(days=1) if last else None
        zone = ZoneInfo(self.seat.shop.timezone)
        since, until = (
            datetime.combine(day, time(), zone).astimezone(UTC) if day else None
            for day in (first, following)
        )
        return since, until

    def chip(self, words: Words, name: str, value: str, count: int | None = None) -> dict[str, Any]:
        """Return a chip that sets one name of the address."""
        return {
            "words": words,
            "href": address_with(self.request, **{name: value or None}, after=None),
            "count": count,
            "current": self.asked(name) == value,
        }

    def _listing(self, rows: list[dict[str, Any]], following: str | None) -> Listing:
        hidden = set(self.request.GET.getlist("hide"))
        columns = [
            {"words": each.words, "column": each, "number": number, "hidden": str(number) in hidden}
            for number, each in enumerate(self.columns, start=1)
        ]
        bulk = self.bulk_now()
        return Listing(
            name=self.name,
            caption=self.caption,
            columns=columns,
            row_template=self.row_template,
            rows=rows,
            next_href=address_with(self.request, after=following) if following else "",
            empty=self.empty(),
            chips=self.chips(),
            fields=[_shown(each, self.asked(each.name)) for each in self.fields_now()],
            carried=self._carried(),
            is_filtered=self._is_filtered(),
            clear_href=self.request.path,
            export_href=address_with(self.request, export="csv", after=None)
            if self.sheet_head
            else "",
            views=self._views(),
            keeps_views=self.name in LIST_NAMES,
            foot_template=self.foot_template,
            query=self._query(),
            bulk=bulk,
            bulk_href=reverse(f"portal:{self.name}_bulk") if bulk else "",
            css=" ".join([self.css, *_hiding(columns, is_picked=bool(bulk))]).strip(),
        )

    def _carried(self) -> list[tuple[str, str]]:
        named = [(name, self.asked(name)) for name in self.carried]
        hidden = [("hide", value) for value in self.request.GET.getlist("hide")]
        return [(name, value) for name, value in named if value] + hidden

    def _is_filtered(self) -> bool:
        names = [each.name for each in self.fields if each.name != "sort"]
        return any(self.asked(name) for name in (*names, *self.carried) if name != "view")

    def _query(self) -> str:
        query = self.request.GET.copy()
        for name in ("after", "export"):
            query.pop(name, None)
        return query.urlencode()

    def _views(self) -> list[dict[str, Any]]:
        if self.name not in LIST_NAMES:
            return []
        kept: list[ViewFacts] = saved_views(self.seat.shop.id, self.seat.person.pk, self.name)
        here = self._query()
        return [
            {
                "id": each.id,
                "name": each.name,
                "href": f"{self.request.path}?{each.query}",
                "current": _same(each.query, here),
            }
            for each in kept
        ]

    def _file(self) -> StreamingHttpResponse:
        """Hand out everything that is filtered, page after page; nothing long lies in memory."""
        name = f"troco-{self.name}-{self.now.date().isoformat()}.csv"
        answer = StreamingHttpResponse(
            sheet(self.sheet_head, self._lines()), content_type="text/csv; charset=utf-8"
        )
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["Cache-Control"] = "no-store"
        return answer

    def _lines(self) -> Iterator[Sequence[str]]:
        cursor: str | None = None
        while True:
            found, cursor = self.fetch(cursor, EXPORT_PAGE)
            yield from self.sheet_rows(found)
            if cursor is None:
                return


LIST_NAMES = frozenset(
    (
        *("orders", "payments", "payouts", "disputes", "catalogue", "customers", "links"),
        *("broadcasts", "activity", "calls", "deliveries", "events"),
    )
)


def _shown(each: Field, value: str) -> dict[str, Any]:
    return {
        "name": each.name,
        "words": each.words,
        "kind": each.kind,
        "choices": [(code, words, code == value) for code, words in each.choices],
        "value": value,
        "is_wide": each.is_wide,
    }


def _hiding(columns: list[dict[str, Any]], *, is_picked: bool) -> list[str]:
    """Return the classes that leave columns out; the column of boxes moves the others by one."""
    return [f"no-{each['number'] + is_picked}" for each in columns if each["hidden"]]


def _same(one: str, other: str) -> bool:
    return QueryDict(one) == QueryDict(other)
