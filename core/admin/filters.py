"""Filters of lists that never read a whole table to find out what they may offer."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now

MOST_CHOICES = 50
_DAYS = (("1", _("Last 24 hours")), ("7", _("Last 7 days")), ("30", _("Last 30 days")))

Lookups = Iterable[tuple[str, Any]]


def row_filter(field: str, title: object, lookups: Callable[[], Lookups]) -> type[Any]:
    """Make a filter whose choices are read when the page is made; at most fifty are offered.

    Args:
        field: What is compared with the choice, such as ``bank_id``.
        title: How the filter is called.
        lookups: Gives pairs of value and words.
    """

    class RowFilter(admin.SimpleListFilter):
        """One choice at a time."""

        parameter_name = field

        def lookups(
            self,
            request: HttpRequest,  # noqa: ARG002
            model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
        ) -> list[tuple[str, Any]]:
            """Offer what there is."""
            return list(lookups())[:MOST_CHOICES]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
            """Narrow the list."""
            chosen = self.value()
            return queryset.filter(**{field: chosen}) if chosen is not None else queryset

    RowFilter.title = title  # type: ignore[assignment]  # Lazy words are fine.
    return RowFilter


def choice_filter(field: str, title: object, codes: Iterable[str]) -> type[Any]:
    """Make a filter over codes that are known without asking the database."""
    pairs = [(str(code), str(code).replace("_", " ")) for code in codes]
    return row_filter(field, title, lambda: pairs)


def queue_filter(
    name: str,
    title: object,
    choice: tuple[str, object],
    narrow: Callable[[QuerySet[Any]], QuerySet[Any]],
) -> type[Any]:
    """Make a filter that offers one thing: the rows that wait for somebody, or stand out.

    Args:
        name: Its name in the address.
        title: How the filter is called.
        choice: The one value and its words; with any other the list stays whole.
        narrow: Keeps those rows.
    """

    class QueueFilter(admin.SimpleListFilter):
        """All, or those."""

        parameter_name = name

        def lookups(
            self,
            request: HttpRequest,  # noqa: ARG002
            model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
        ) -> list[tuple[str, Any]]:
            """Offer the one."""
            return [choice]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
            """Narrow the list."""
            return narrow(queryset) if self.value() == choice[0] else queryset

    QueueFilter.title = title  # type: ignore[assignment]  # Lazy words are fine.
    return QueueFilter


def recent_filter(field: str, title: object, *, is_wall: bool = False) -> type[Any]:
    """Make a filter by age: the last day, week or month.

    Args:
        field: A moment.
        title: How the filter is called.
        is_wall: The field is in machine time; business time otherwise.
    """

    class RecentFilter(admin.SimpleListFilter):
        """Newer than so many days."""

        parameter_name = f"{field}_days"

        def lookups(
            self,
            request: HttpRequest,  # noqa: ARG002
            model_admin: "admin.ModelAdmin[Any]",  # noqa: ARG002
        ) -> list[tuple[str, Any]]:
            """Offer three ages."""
            return list(_DAYS)

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
            """Narrow the list."""
            chosen = self.value()
            if chosen not in dict(_DAYS):
                return queryset
            now = wall_now() if is_wall else business_now()
            return queryset.filter(**{f"{field}__gte": now - timedelta(days=int(chosen))})

    RecentFilter.title = title  # type: ignore[assignment]  # Lazy words are fine.
    return RecentFilter
