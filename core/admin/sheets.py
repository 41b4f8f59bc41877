"""Pages of the staff's site that are neither a list nor a record: monitors, answers, finds."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase


class Sheet(View):
    """One page that shows something and writes nothing.

    Attributes:
        permission: Who may see it; empty for every member of staff.
        title: The page's head.
        template: What it is made with.
    """

    permission: ClassVar[str] = ""
    title: ClassVar[Any]
    template: ClassVar[str]

    @classmethod
    def door(cls) -> "Callable[..., HttpResponseBase]":
        """Return the view behind the staff's door: second factor, CSRF, no cache."""
        return admin.site.admin_view(cls.as_view())

    def find(self) -> None:
        """Load what the address names, from ``self.kwargs``.

        Raises:
            Http404: There is no such thing.
        """

    def facts(self) -> dict[str, Any]:
        """Return what the template shows."""
        return {}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let pass whoever may, to what exists."""
        if self.permission and not request.user.has_perm(self.permission):
            raise PermissionDenied
        self.find()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Show it."""
        return render(request, self.template, self.context())

    def context(self) -> dict[str, Any]:
        """Return the site's frame with the page's own facts."""
        return {**admin.site.each_context(self.request), "title": self.title, **self.facts()}
