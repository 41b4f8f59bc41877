"""Signing in to the portal: password, then a second factor; one without the other opens nothing."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views import View

from core.clock import wall_now
from merchants.portal.access import name_of
from merchants.portal.browsers import (
    new_challenge,
    open_session,
    read_json,
    remembered_push,
    take_challenge,
)
from merchants.portal.language import dialled
from merchants.portal.pages import REFUSED, safe_next, see_other
from merchants.services.pushes import end_pushes_here
from people.models import Person
from people.phones import PhoneInvalid, parse_phone
from people.queries import person_by_id
from people.services.factors import verify_recovery_code, verify_totp
from people.services.web_keys import request_web_key, verify_web_key
from people.services.web_sessions import end_session_here

FIRST_KEY = "portal_first_factor"
"""Session key of who gave the right password, when, and its hash: good for five minutes, and for
as long as it is the password."""

GOOD_FOR_SECONDS = 300
_DIGITS = 8


class PasswordForm(forms.Form):
    """The first factor."""

    login = forms.CharField(
        label=_("Phone number or login"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """The second factor."""

    code = forms.CharField(
        label=_("Code"),
        max_length=24,
        widget=forms.TextInput(
            attrs={
                "class": "otp num",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "maxlength": "24",
                "autofocus": True,
            }
        ),
        help_text=_("Or one of your recovery codes."),
    )


class SignInPage(View):
    """Login and password. Which of the two was wrong is not said."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._show(request, PasswordForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the password and lead to the second factor."""
        form = PasswordForm(request.POST)
        if form.is_valid():
            name = _login_of(form.cleaned_data["login"].strip())
            person = authenticate(request, username=name, password=form.cleaned_data["password"])
            if person is not None:
                request.session.cycle_key()
                now = int(wall_now().timestamp())
                request.session[FIRST_KEY] = [person.pk, now, person.get_session_auth_hash()]
                asked = safe_next(request, "")
                request.session["portal_next"] = asked
                return see_other(reverse("portal:sign_in_code"))
            form.add_error(None, _("Login or password is not right."))
        return self._show(request, form, REFUSED)

    def _show(
        self, request: HttpRequest, form: PasswordForm, http_status: int = 200
    ) -> HttpResponse:
        context = {"form": form, "next": safe_next(request, ""), "is_sandbox": settings.SANDBOX}
        return render(request, "portal/sign_in.html", context, status=http_status)


class CodePage(View):
    """The code of the authenticator app, within five minutes of the password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or lead back where the password is missing or old."""
        person = _first_factor(request)
        if person is None:
            return see_other(reverse("portal:sign_in"))
        return self._show(request, person, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the code and open the session."""
        person = _first_factor(request)
        if person is None:
            return see_other(reverse("portal:sign_in"))
        if request.POST.get("credential"):
            return self._by_passkey(request, person)
        form = CodeForm(request.POST)
        if form.is_valid():
            found = _second_factor(person, form.cleaned_data["code"].replace(" ", ""))
            if found is not None:
                return self._let_in(request, person, *found)
            wrong = _("That code is not right, or was used. Wait for a new one and try again.")
            form.add_error("code", wrong)
        return self._show(request, person, form, REFUSED)

    def _by_passkey(self, request: HttpRequest, person: Person) -> HttpResponse:
        """Check what a passkey answered to the challenge of the page before."""
        key = verify_web_key(
            person=person,
            credential=read_json(request.POST["credential"]),
            challenge=take_challenge(request),
        )
        if key is not None:
            return self._let_in(request, person, "passkey", key)
        form = CodeForm({"code": ""})
        form.add_error(None, _("The passkey did not fit. Try it again, or use a code."))
        return self._show(request, person, form, REFUSED)

    def _let_in(
        self, request: HttpRequest, person: Person, factor: str, device: Any
    ) -> HttpResponse:
        asked = request.session.get("portal_next") or reverse("portal:overview")
        open_session(request, person, factor, device)
        request.session.pop(FIRST_KEY, None)
        request.session.pop("portal_next", None)
        return see_other(asked)

    def _show(
        self, request: HttpRequest, person: Person, form: CodeForm, http_status: int = 200
    ) -> HttpResponse:
        challenge = new_challenge(request)
        context: dict[str, Any] = {
            "form": form,
            "passkey": request_web_key(person=person, challenge=challenge),
            "person_name": name_of(person),
            "next": "",
            "is_sandbox": settings.SANDBOX,
        }
        return render(request, "portal/sign_in_code.html", context, status=http_status)


class SignOut(View):
    """Ends the session."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Sign out and show the sign-in page."""
        end_pushes_here(
            session_key=request.session.session_key or "",
            subscription_id=remembered_push(request),
        )
        if isinstance(request.user, Person):
            end_session_here(person=request.user, session_key=request.session.session_key or "")
        logout(request)
        return see_other(reverse("portal:sign_in"))


def _login_of(typed: str) -> str:
    """Return the login that was meant: a number may be written as it is dialled at home."""
    try:
        return parse_phone(dialled(typed))
    except PhoneInvalid:
        return typed


def _second_factor(person: Person, code: str) -> tuple[str, Any] | None:
    """Use up an authenticator's code or a recovery code; None for neither."""
    if len(code) <= _DIGITS:
        device = verify_totp(person=person, token=code)
        return None if device is None else ("totp", device)
    spare = verify_recovery_code(person=person, code=code)
    return None if spare is None else ("recovery", spare)


def _first_factor(request: HttpRequest) -> Person | None:
    """Return who gave the right password less than five minutes ago, if it is right still."""
    kept = request.session.get(FIRST_KEY)
    if not kept or wall_now().timestamp() - kept[1] > GOOD_FOR_SECONDS:
        return None
    person = person_by_id(kept[0])
    if person is None or not person.is_active:
        return None
    return person if kept[2:] == [person.get_session_auth_hash()] else None
