"""Pages that show records: lists, one record, and the rows that belong to it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst

MOST_COUNTED = 10_000
MOST_FOUND = 1_000
"""How many rows one way of searching finds: whoever gets more types more of it."""

_LOOKUPS = ("__exact", "__startswith", "__istartswith", "__iexact")

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    BoundPaginator = Paginator[Any]
else:
    # Generic only for the type checker.
    ModelAdmin = admin.ModelAdmin
    TabularInline = admin.TabularInline
    BoundPaginator = Paginator


@dataclass(frozen=True, slots=True)
class Tool:
    """One button of a record's page or of a list.

    Attributes:
        words: What it says.
        url: Where it leads; a page that asks before it does anything.
        permission: Who sees it; empty for everybody who sees the page.
        is_grave: Whether it stops something.
    """

    words: object
    url: str
    permission: str = ""
    is_grave: bool = False


Buttons = Callable[[Any], Iterable[Tool]]
_ADDED: dict[str, list[Buttons]] = {}


def adds_tools(label: str) -> Callable[[Buttons], Buttons]:
    """Let an app add buttons to the records of one below it, which does not know of it.

    Args:
        label: Whose pages, such as ``payments.dispute``; the function is handed the record.
    """

    def add(buttons: Buttons) -> Buttons:
        _ADDED.setdefault(label, []).append(buttons)
        return buttons

    return add


class SmallCountPaginator(BoundPaginator):
    """Pages of a list that stops counting at ten thousand: beyond that one searches."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, as far as it is worth counting."""
        rows: Any = self.object_list
        return int(rows[:MOST_COUNTED].count())


class PreparedChangeList(ChangeList):
    """A list whose page of rows is prepared at once: what rows need is read for all of them."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:  # noqa: ARG002
        """Keep the page's own order, whatever the address asks: others have no index."""
        return [*self.model_admin.ordering] if self.model_admin.ordering else ["-pk"]

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then let the admin add to its rows."""
        super().get_results(request)
        rows = list(self.result_list)
        if isinstance(self.model_admin, ReadOnlyAdmin):
            self.model_admin.prepare_rows(rows)
        self.result_list = rows


class ReadOnlyAdmin(ModelAdmin):
    """An admin page that reads.

    Money, states and history are changed by services only; an act has a page of its own
    (``core.admin.acts``) that calls a service and names the staff member. Counting a million
    rows to print a total is left out, and there is no way to delete anything.
    """

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    paginator = SmallCountPaginator
    actions = None
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    audit_field = "public_id"
    """The field that names the record in the audit trail."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nothing is added by hand."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Nothing is deleted by hand."""
        return False

    def tools(self, record: Any) -> Iterable[Tool]:  # noqa: ARG002
        """Return the buttons of a record's page."""
        return ()

    def list_tools(self) -> Iterable[Tool]:
        """Return the buttons of the list."""
        return ()

    def prepare_rows(self, rows: Sequence[Any]) -> None:
        """Add to the rows of one page what they need from elsewhere, in few queries."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:  # noqa: ARG002
        """Lists prepare their rows."""
        return PreparedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find rows by each way apart: one condition over several tables has no index."""
        term = search_term.strip()
        ways = list(self._ways(request, term)) if term else []
        if not ways:
            return queryset, False
        found = ways[0].union(*ways[1:]) if len(ways) > 1 else ways[0]
        return queryset.filter(pk__in=list(found)), False

    def _ways(self, request: HttpRequest, term: str) -> Iterator[QuerySet[Any]]:
        """Yield the keys that each search field finds; what it cannot hold it does not find."""
        rows = self.model._base_manager.order_by()  # noqa: SLF001 - Django's documented door.
        for field in self.get_search_fields(request):
            lookup = field if field.endswith(_LOOKUPS) else f"{field}__icontains"
            try:
                yield rows.filter(**{lookup: term}).values_list("pk", flat=True)[:MOST_FOUND]
            except (ValueError, ValidationError):
                yield rows.none().values_list("pk", flat=True)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a record with its buttons."""
        record = self.get_object(request, object_id)
        found = _allowed(request, self._all_tools(record)) if record is not None else []
        context = {
            **(extra_context or {}),
            "tools": found,
            "title": capfirst(str(self.opts.verbose_name)),
        }
        return super().change_view(request, object_id, form_url, context)

    def _all_tools(self, record: Any) -> Iterator[Tool]:
        """Yield a record's own buttons, then those that other apps add."""
        yield from self.tools(record)
        for buttons in _ADDED.get(self.opts.label_lower, []):
            yield from buttons(record)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the list with its buttons."""
        context = {
            **(extra_context or {}),
            "tools": _allowed(request, self.list_tools()),
            "title": capfirst(str(self.opts.verbose_name_plural)),
        }
        return super().changelist_view(request, context)

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Lead to the audit trail: it has the history, django's own log has none.

        The address itself names the record, so only who may see it is led there.
        """
        record = self.get_object(request, object_id)
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        named = object_id if record is None else self.trail_term(record)
        trail = reverse("admin:people_auditentry_changelist")
        return HttpResponseRedirect(f"{trail}?{urlencode({'q': named})}")

    def trail_term(self, record: Any) -> str:
        """Return what finds the record's entries in the audit trail."""
        return str(getattr(record, self.audit_field))


class ReadOnlyInline(TabularInline):
    """Rows that belong to a record; only for relations that stay few."""

    template = "admin/parts/inline.html"
    extra = 0
    max_num = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nothing is deleted by hand."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Whoever sees the record sees its rows."""
        return True


def _allowed(request: HttpRequest, tools: Iterable[Tool]) -> list[Tool]:
    """Leave out the buttons of others."""
    return [tool for tool in tools if not tool.permission or request.user.has_perm(tool.permission)]
