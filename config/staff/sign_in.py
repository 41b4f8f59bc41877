"""Signing in as staff: login, password and code on one page, and one answer when it is wrong."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from people.services.factors import verify_totp

_WRONG = _("Login, password or code is wrong. After a wrong code, wait a moment and use a new one.")


class StaffSignInForm(AdminAuthenticationForm):
    """All three at once; which of them was wrong is not said.

    Only staff get as far as the code: for anybody else the answer is the same as for a wrong
    password, and their code is not used up.
    """

    error_messages = {"invalid_login": _WRONG, "inactive": _WRONG}

    username = forms.CharField(
        label=_("Login"),
        max_length=64,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    code = forms.CharField(
        label=_("Code"),
        min_length=6,
        max_length=6,
        help_text=_("The six digits that your authenticator app shows now."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        """Check the password, that it is staff's, and then the code.

        Raises:
            ValidationError: One of the three is wrong.
        """
        if "code" not in self.cleaned_data:
            raise ValidationError(_WRONG, code="invalid_login")
        found: dict[str, Any] = super().clean()
        person: Any = self.get_user()
        device = verify_totp(person=person, token=found["code"]) if person is not None else None
        if device is None:
            raise ValidationError(_WRONG, code="invalid_login")
        person.otp_device = device  # django-otp keeps it in the session at the sign-in.
        return found
