"""What a person signs in with, and where they are signed in."""

import re

from django import forms
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp import login as login_with_device

from core.errors import TrocoError
from merchants.portal.browsers import new_challenge, read_json, take_challenge
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.sign_up import otp_address, spaced
from merchants.portal.step_up import StepUpForm
from payments.codes.pictures import draw_code
from people.names import LONGEST_PASSKEY_NAME
from people.queries import devices_of
from people.services.accounts import change_password
from people.services.factors import (
    has_totp,
    make_recovery_codes,
    new_totp_secret,
    recovery_codes_left,
    replace_totp,
)
from people.services.web_keys import (
    add_web_key,
    offer_web_key,
    remove_web_key,
    web_keys_of,
)
from people.services.web_sessions import (
    carry_session,
    end_other_sessions,
    end_session,
    sessions_of,
)

_NEW_SECRET = "new_totp"  # noqa: S105 - A session's key, not a secret.
_AGENTS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = re.compile(r"Android|iPhone|iPad|Windows|Mac OS X|Linux")


class PasskeyForm(StepUpForm):
    """A new passkey's name, and the authenticator's code once more."""

    name = forms.CharField(
        label=gettext_lazy("What you call it"),
        max_length=LONGEST_PASSKEY_NAME,
        help_text=gettext_lazy("Such as “Shop's laptop”."),
    )
    field_order = ("name", "code")


class NewTotpForm(StepUpForm):
    """The old app's code, and what the new one shows."""

    new_code = forms.CharField(
        label=gettext_lazy("What the new app shows"),
        max_length=8,
        widget=forms.TextInput(
            attrs={"class": "num", "inputmode": "numeric", "maxlength": "6", "autocomplete": "off"}
        ),
    )

    field_order = ("new_code", "code")


class PasswordForm(StepUpForm):
    """The old password, and a new one."""

    old = forms.CharField(
        label=gettext_lazy("Your password now"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("A new password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("At least 12 characters. Several words are better than signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    field_order = ("old", "new", "code")

    def clean_new(self) -> str:
        """Refuse what is short or known."""
        password = str(self.cleaned_data["new"])
        validate_password(password)
        return password


class SecurityPage(Page):
    """Factors and browsers of whoever asks."""

    section = "security"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show them."""
        return self._show()

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the pressed button says."""
        person, verb = self.seat.person, request.POST.get("verb", "")
        if verb == "codes":
            return self._make_codes()
        if verb == "end_others":
            number = end_other_sessions(person=person, session_key=self._session_key())
            self.done(_("Signed out everywhere else: %(n)s.") % {"n": number})
        elif verb == "end":
            end_session(person=person, public_id=request.POST.get("session", ""))
            self.done(_("Signed out there."))
        elif verb == "remove_passkey":
            remove_web_key(person=person, public_id=request.POST.get("passkey", ""))
            self.done(_("The passkey opens nothing here any more."))
        return self.go("security")

    def _make_codes(self) -> HttpResponse:
        form = StepUpForm(self.request.POST, auto_id="codes_%s")
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        codes = make_recovery_codes(person=self.seat.person)
        answer = self.page("recovery_codes.html", {"codes": codes})
        answer["Cache-Control"] = "no-store"
        return answer

    def _session_key(self) -> str:
        return self.request.session.session_key or ""

    def _show(self, codes: StepUpForm | None = None, *, http_status: int = 200) -> HttpResponse:
        person = self.seat.person
        context = {
            "has_totp": has_totp(person=person),
            "codes_left": recovery_codes_left(person=person),
            "codes_form": codes or StepUpForm(auto_id="codes_%s"),
            "passkeys": web_keys_of(person=person),
            "sessions": [
                {
                    "id": each.public_id,
                    "name": agent_words(each.agent),
                    "address": each.address,
                    "factor": FACTORS.get(each.factor, each.factor),
                    "seen_at": each.seen_at,
                    "is_this": each.is_this,
                }
                for each in sessions_of(person=person, session_key=self._session_key())
            ],
            "phones": [
                {"name": each.name, "seen_at": each.last_seen_at}
                for each in devices_of(person).order_by("-last_seen_at")[:20]
            ],
        }
        return self.page("security.html", context, http_status=http_status)


class NewPasskeyPage(Page):
    """Adding a passkey of this browser or of a security key."""

    section = "security"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form with the options for the authenticator."""
        return self._show(PasskeyForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Add what the authenticator made, on a fresh code."""
        form = PasskeyForm(self.request.POST)
        challenge = take_challenge(self.request)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        try:
            add_web_key(
                person=self.seat.person,
                name=form.cleaned_data["name"],
                credential=read_json(self.request.POST.get("credential", "")),
                challenge=challenge,
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        self.done(_("Added. From now on it can stand for the code when you sign in."))
        return self.go("security")

    def _show(self, form: PasskeyForm, *, http_status: int = 200) -> HttpResponse:
        challenge = new_challenge(self.request)
        options = offer_web_key(person=self.seat.person, challenge=challenge)
        return self.page(
            "passkey_new.html", {"form": form, "options": options}, http_status=http_status
        )


class NewTotpPage(Page):
    """Another authenticator app in the place of the one that is there."""

    section = "security"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a fresh secret as a picture and as letters."""
        request.session[_NEW_SECRET] = new_totp_secret()
        return self._show(NewTotpForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change over, on a code of each."""
        form, secret = NewTotpForm(request.POST), request.session.get(_NEW_SECRET)
        if secret is None:
            return self.go("totp")
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        try:
            device = replace_totp(
                person=self.seat.person,
                totp_secret=secret,
                token=form.cleaned_data["new_code"].replace(" ", ""),
            )
        except TrocoError as refusal:
            form.add_error("new_code", reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        request.session.pop(_NEW_SECRET)
        login_with_device(request, device)
        end_other_sessions(person=self.seat.person, session_key=request.session.session_key or "")
        self.done(_("The new app counts now. You were signed out everywhere else."))
        return self.go("security")

    def _show(self, form: NewTotpForm, *, http_status: int = 200) -> HttpResponse:
        secret = self.request.session[_NEW_SECRET]
        address = otp_address(str(self.seat.person), secret)
        context = {
            "form": form,
            "secret": spaced(secret),
            "qr": draw_code(address),
            "address": address,
        }
        answer = self.page("totp.html", context, http_status=http_status)
        answer["Cache-Control"] = "no-store"
        return answer


class PasswordPage(Page):
    """Another password; everywhere else one is signed out by it."""

    section = "security"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self.page("password.html", {"form": PasswordForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change it, on the old one and a fresh code."""
        form, person = PasswordForm(request.POST), self.seat.person
        if not form.is_valid() or not form.is_proven_on(self):
            return self.page("password.html", {"form": form}, http_status=REFUSED)
        facts = form.cleaned_data
        try:
            changed = change_password(person=person, old=facts["old"], new=facts["new"])
        except TrocoError as refusal:
            form.add_error("old", reason_of(refusal))
            return self.page("password.html", {"form": form}, http_status=REFUSED)
        before = request.session.session_key or ""
        update_session_auth_hash(request, changed)
        request.session.save()
        now = request.session.session_key or ""
        carry_session(person=person, old_key=before, new_key=now)
        self.done(_("Changed. You were signed out everywhere else."))
        return self.go("security")


FACTORS = {
    "totp": gettext_lazy("Authenticator app"),
    "recovery": gettext_lazy("Recovery code"),
    "passkey": gettext_lazy("Passkey"),
}


def agent_words(agent: str) -> str:
    """Return what a browser calls itself, in two words as people know them."""
    name = next((words for sign, words in _AGENTS if sign in agent), "")
    system = _SYSTEMS.search(agent)
    told = " · ".join(part for part in (name, system[0] if system else "") if part)
    return told or agent[:40] or str(_("Unknown browser"))
