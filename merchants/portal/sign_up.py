"""Coming in for the first time: a number that is one's own, a password, an authenticator.

The steps are kept in the session, each good for a quarter of an hour; until the last one nothing
is written but the number's code.
"""

from base64 import b32decode
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.views import View
from django_otp.oath import TOTP

from core.clock import wall_now
from core.errors import TrocoError
from merchants.portal.browsers import open_session
from merchants.portal.language import dialled
from merchants.portal.pages import REFUSED, reason_of, safe_next, see_other
from payments.codes.pictures import draw_code
from people.api.sandbox import is_open_to
from people.names import LONGEST_DISPLAY_NAME
from people.phones import parse_phone
from people.queries import sandbox_code
from people.services.accounts import NewAccount, has_account, open_account
from people.services.factors import make_recovery_codes, new_totp_secret
from people.services.signing import prove_number, request_code

KEY: Final = "sign_up"
"""Session key: ``phone``, ``is_shown``, ``secret`` and ``at`` of whoever is on the way in."""

GOOD_FOR_SECONDS: Final = 900


class PhoneForm(forms.Form):
    """The number."""

    phone = forms.CharField(
        label=gettext_lazy("Your phone number"),
        max_length=30,
        help_text=gettext_lazy("With + and the country code. We send a code there."),
        widget=forms.TextInput(
            attrs={"type": "tel", "autocomplete": "tel", "class": "num", "autofocus": True}
        ),
    )


class NumberCodeForm(forms.Form):
    """What was sent to the number."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=8,
        widget=forms.TextInput(
            attrs={
                "class": "otp num",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "maxlength": "6",
                "autofocus": True,
            }
        ),
    )


class AccountForm(forms.Form):
    """Name, password and the authenticator's first code."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=LONGEST_DISPLAY_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("A password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("At least 12 characters. Several words are better than signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    code = forms.CharField(
        label=gettext_lazy("What the app shows"),
        max_length=8,
        widget=forms.TextInput(
            attrs={
                "class": "num",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "maxlength": "6",
            }
        ),
    )

    def clean_password(self) -> str:
        """Refuse what is short or known."""
        password = str(self.cleaned_data["password"])
        validate_password(password)
        return password


class SignUpPage(View):
    """The first step: the number."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._show(request, PhoneForm())

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
                keep(request, phone=phone, is_shown=False, next=safe_next(request, ""))
                return see_other(reverse("portal:sign_up_code"))
        return self._show(request, form, REFUSED)

    def _show(self, request: HttpRequest, form: PhoneForm, http_status: int = 200) -> HttpResponse:
        context = {"form": form, "next": safe_next(request, ""), "is_sandbox": settings.SANDBOX}
        return render(request, "portal/sign_up.html", context, status=http_status)


class SignUpCodePage(View):
    """The second step: the code that the number got."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or lead back to the first step."""
        kept = kept_of(request)
        return self._show(request, kept, NumberCodeForm()) if kept else _to_start()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Check the code; who has an account already is led to signing in."""
        kept = kept_of(request)
        if kept is None:
            return _to_start()
        form = NumberCodeForm(request.POST)
        if form.is_valid():
            code = form.cleaned_data["code"].replace(" ", "")
            try:
                prove_number(phone=kept["phone"], code=code)
            except TrocoError as refusal:
                form.add_error("code", reason_of(refusal))
            else:
                return self._lead_on(request, kept)
        return self._show(request, kept, form, REFUSED)

    def _lead_on(self, request: HttpRequest, kept: dict[str, Any]) -> HttpResponse:
        if has_account(phone=kept["phone"]):
            request.session.pop(KEY, None)
            asked = urlencode({"next": kept["next"]})
            return see_other(f"{reverse('portal:sign_in')}?{asked}")
        keep(request, **{**kept, "is_shown": True, "secret": new_totp_secret()})
        return see_other(reverse("portal:sign_up_account"))

    def _show(
        self,
        request: HttpRequest,
        kept: dict[str, Any],
        form: NumberCodeForm,
        http_status: int = 200,
    ) -> HttpResponse:
        found = sandbox_code(kept["phone"]) if is_open_to(request) else None
        context = {
            "form": form,
            "phone": kept["phone"],
            "sandbox_code": found[0] if found else "",
            "start_href": reverse("portal:sign_up"),
            "is_sandbox": settings.SANDBOX,
        }
        answer = render(request, "portal/sign_up_code.html", context, status=http_status)
        answer["Cache-Control"] = "no-store"
        return answer


class SignUpAccountPage(View):
    """The last step: what one signs in with from now on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, or lead back to the first step."""
        kept = kept_of(request)
        if kept is None or not kept["is_shown"]:
            return _to_start()
        return self._show(request, kept, AccountForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the account, sign in, and show the recovery codes this once."""
        kept = kept_of(request)
        if kept is None or not kept["is_shown"]:
            return _to_start()
        form = AccountForm(request.POST)
        if not form.is_valid():
            return self._show(request, kept, form, REFUSED)
        facts = form.cleaned_data
        account = NewAccount(
            phone=kept["phone"],
            display_name=facts["name"],
            password=facts["password"],
            totp_secret=kept["secret"],
            token=facts["code"].replace(" ", ""),
            locale=get_language() or "en",
        )
        try:
            person = open_account(account=account)
        except TrocoError as refusal:
            form.add_error(
                "code" if refusal.code == "factor_rejected" else None, reason_of(refusal)
            )
            return self._show(request, kept, form, REFUSED)
        request.session.pop(KEY, None)
        open_session(request, person, "totp")
        context = {
            "codes": make_recovery_codes(person=person),
            "next": kept["next"] or reverse("portal:start"),
            "is_sandbox": settings.SANDBOX,
        }
        answer = render(request, "portal/sign_up_codes.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def _show(
        self, request: HttpRequest, kept: dict[str, Any], form: AccountForm, http_status: int = 200
    ) -> HttpResponse:
        address = otp_address(kept["phone"], kept["secret"])
        context = {
            "form": form,
            "secret": spaced(kept["secret"]),
            "qr": draw_code(address),
            "address": address,
            "sandbox_code": _app_code(kept["secret"]) if is_open_to(request) else "",
            "is_sandbox": settings.SANDBOX,
        }
        answer = render(request, "portal/sign_up_account.html", context, status=http_status)
        answer["Cache-Control"] = "no-store"
        return answer


def otp_address(name: str, secret: str) -> str:
    """Return what an authenticator app reads from a picture.

    Source: the Key Uri Format that authenticator apps share.
    """
    issuer = settings.OTP_TOTP_ISSUER
    return f"otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}"


def spaced(secret: str) -> str:
    """Return a secret in groups of four, to be typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _app_code(secret: str) -> str:
    """Return what an app that read the secret shows now."""
    shown = TOTP(b32decode(secret))
    shown.time = wall_now().timestamp()
    return f"{shown.token():06d}"


def keep(request: HttpRequest, **facts: Any) -> None:
    """Keep what is known of whoever is on the way in."""
    request.session[KEY] = {**facts, "at": int(wall_now().timestamp())}


def kept_of(request: HttpRequest) -> dict[str, Any] | None:
    """Return what is known of whoever is on the way in, if it is not too long ago."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict) or wall_now().timestamp() - kept["at"] > GOOD_FOR_SECONDS:
        return None
    return kept


def _to_start() -> HttpResponse:
    return see_other(reverse("portal:sign_up"))
