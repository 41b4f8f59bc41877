"""A forgotten password: the number, the authenticator and a recovery code stand for it.

The number's code only says whose account is meant: whoever holds the card could have it. So both
of the other two are asked for, and what is on the phone is never enough. Whoever has lost more than
the password is let in by nobody here.
"""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from core.clock import wall_now
from core.errors import TrocoError
from merchants.portal.browsers import open_session
from merchants.portal.language import dialled
from merchants.portal.pages import REFUSED, reason_of, see_other
from merchants.portal.sign_up import GOOD_FOR_SECONDS, NumberCodeForm, PhoneForm
from people.api.sandbox import is_open_to
from people.phones import parse_phone
from people.queries import sandbox_code
from people.services.accounts import reset_password
from people.services.signing import prove_number, request_code

KEY: Final = "forgotten"
"""Session key: ``phone``, ``is_shown`` and ``at`` of whoever has forgotten their password."""


class NewPasswordForm(forms.Form):
    """What the authenticator shows, a recovery code, and another password."""

    code = forms.CharField(
        label=gettext_lazy("What the app shows"),
        max_length=8,
        widget=forms.TextInput(
            attrs={
                "class": "num",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "maxlength": "6",
                "autofocus": True,
            }
        ),
    )
    recovery = forms.CharField(
        label=gettext_lazy("One of your recovery codes"),
        max_length=24,
        help_text=gettext_lazy("It is used up by this."),
        widget=forms.TextInput(attrs={"class": "code", "autocomplete": "off"}),
    )
    password = forms.CharField(
        label=gettext_lazy("A new password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("At least 12 characters. Several words are better than signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        """Refuse what is short or known."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class ForgottenPage(View):
    """The first step: the number."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return _show(request, "forgotten.html", PhoneForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send a code to the number, known or not."""
        form = PhoneForm(request.POST)
        if form.is_valid():
            try:
                phone = parse_phone(dialled(form.cleaned_data["phone"]))
                request_code(phone=phone)
            except TrocoError as refusal:
                form.add_error("phone", reason_of(refusal))
            else:
                _keep(request, phone=phone, is_shown=False)
                return see_other(reverse("portal:forgotten_code"))
        return _show(request, "forgotten.html", form, REFUSED)


class ForgottenCodePage(View):
    """The second step: the code that the number got."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or lead back to the first step."""
        kept = _kept(request)
        return self._show(request, kept, NumberCodeForm()) if kept else _to_start()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the code, and lead on whoever has it."""
        kept = _kept(request)
        if kept is None:
            return _to_start()
        form = NumberCodeForm(request.POST)
        if form.is_valid():
            try:
                prove_number(phone=kept["phone"], code=form.cleaned_data["code"].replace(" ", ""))
            except TrocoError as refusal:
                form.add_error("code", reason_of(refusal))
            else:
                request.session.cycle_key()
                _keep(request, phone=kept["phone"], is_shown=True)
                return see_other(reverse("portal:new_password"))
        return self._show(request, kept, form, REFUSED)

    def _show(
        self,
        request: HttpRequest,
        kept: dict[str, Any],
        form: NumberCodeForm,
        http_status: int = 200,
    ) -> HttpResponse:
        found = sandbox_code(kept["phone"]) if is_open_to(request) else None
        more = {
            "phone": kept["phone"],
            "sandbox_code": found[0] if found else "",
            "start_href": reverse("portal:forgotten"),
        }
        return _show(request, "sign_up_code.html", form, http_status, **more)


class NewPasswordPage(View):
    """The last step: both other things that only its owner has, and another password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or lead back to the first step."""
        kept = _kept(request)
        if kept is None or not kept["is_shown"]:
            return _to_start()
        return _show(request, "new_password.html", NewPasswordForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it, and sign in; which of the two codes was wrong is not said."""
        kept = _kept(request)
        if kept is None or not kept["is_shown"]:
            return _to_start()
        form = NewPasswordForm(request.POST)
        if not form.is_valid():
            return _show(request, "new_password.html", form, REFUSED)
        facts = form.cleaned_data
        try:
            person = reset_password(
                phone=kept["phone"],
                token=facts["code"].replace(" ", ""),
                recovery_code=facts["recovery"],
                new=facts["password"],
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return _show(request, "new_password.html", form, REFUSED)
        request.session.pop(KEY, None)
        open_session(request, person, "totp")
        messages.success(request, _("Changed. You were signed out everywhere else."))
        return see_other(reverse("portal:security"))


def _show(
    request: HttpRequest, template: str, form: forms.Form, http_status: int = 200, **more: Any
) -> HttpResponse:
    context = {"form": form, "is_sandbox": settings.SANDBOX, **more}
    answer = render(request, f"portal/{template}", context, status=http_status)
    answer["Cache-Control"] = "no-store"
    return answer


def _keep(request: HttpRequest, **facts: Any) -> None:
    request.session[KEY] = {**facts, "at": int(wall_now().timestamp())}


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    """Return what is known of whoever forgot, if it is not too long ago."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict) or wall_now().timestamp() - kept["at"] > GOOD_FOR_SECONDS:
        return None
    return kept


def _to_start() -> HttpResponse:
    return see_other(reverse("portal:forgotten"))
