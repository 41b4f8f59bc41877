"""The page on which a member of staff does something: facts, a form, one call of a service.

An act is never one click in a list. Its page shows what will happen and to what, asks for the
reason, and only its form's POST acts. The service writes the audit entry, with the person's
name, in its own transaction; a refusal is shown in the service's words.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from core.errors import TrocoError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http.response import HttpResponseBase

LONGEST_REASON = 500  # As much as an audit entry keeps.


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what the person should look at before the button."""

    name: object
    value: object


class ReasonForm(forms.Form):
    """Every act asks why; the answer goes to the audit trail."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the audit trail under your name."),
    )


class Act(View):
    """One act of staff on one thing.

    Attributes:
        permission: Who may.
        title: What is done, as the page's head.
        words: What will happen, in sentences.
        button: What the button says.
        is_grave: Whether it stops something.
        form_class: What is asked for.
    """

    permission: ClassVar[str]
    title: ClassVar[Any]
    words: ClassVar[Any] = ""
    button: ClassVar[Any]
    is_grave: ClassVar[bool] = False
    form_class: ClassVar[type[forms.Form]] = ReasonForm

    @classmethod
    def door(cls) -> "Callable[..., HttpResponseBase]":
        """Return the view behind the staff's door: second factor, CSRF, no cache."""
        return admin.site.admin_view(cls.as_view())

    def find(self) -> None:
        """Load what the address names, from ``self.kwargs``.

        Raises:
            Http404: There is no such thing.
        """

    def facts(self) -> "Sequence[Fact]":
        """Return what the person should look at before the button."""
        return ()

    def starting(self) -> dict[str, Any]:
        """Return what the form starts with."""
        return {}

    def make_form(self, *given: Any, **more: Any) -> forms.Form:
        """Return the form, empty or with what was sent."""
        return self.form_class(*given, **more)

    def check(self, form: forms.Form) -> None:
        """Read what a form alone cannot, such as an amount in the currency of the thing.

        Raises:
            ValidationError: Shown above the form; nothing was done.
        """

    def back(self) -> str:
        """Return the address of the thing's page."""
        raise NotImplementedError

    def act(self, staff: Any, answers: dict[str, Any]) -> Any:
        """Call the service; return what the person is told was done.

        Raises:
            TrocoError: Shown in its words; nothing was done.
        """
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let pass whoever may, to what exists."""
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        self.find()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Show what would be done."""
        return self._page(self.make_form(initial=self.starting()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:  # noqa: ARG002
        """Do it, or say why not."""
        form = self.make_form(request.POST, request.FILES)
        if not self._is_right(form):
            return self._page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            done = self.act(request.user, form.cleaned_data)
        except TrocoError as refusal:
            for sentence in _sentences(refusal):
                form.add_error(None, sentence)
            return self._page(form, HTTPStatus(refusal.http_status))
        messages.success(request, str(done))
        return HttpResponseRedirect(self.back())

    def context(self, form: forms.Form) -> dict[str, Any]:
        """Return the site's frame with what the page shows."""
        return {
            **admin.site.each_context(self.request),
            "title": self.title,
            "act": self,
            "facts": self.facts(),
            "form": form,
            "back": self.back(),
        }

    def _is_right(self, form: forms.Form) -> bool:
        if not form.is_valid():
            return False
        try:
            self.check(form)
        except forms.ValidationError as wrong:
            form.add_error(None, wrong)
            return False
        return True

    def _page(self, form: forms.Form, answer: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
        return render(self.request, "admin/act.html", self.context(form), status=answer)


def _sentences(refusal: TrocoError) -> list[str]:
    """Return a refusal's words, its reasons, and what is wrong with single fields."""
    said = [str(refusal.detail)]
    reasons = refusal.extra.get("reasons")
    if isinstance(reasons, list):
        said += [str(each["detail"]) for each in reasons]
    return said
