"""The second factor asked for again, before a form does what cannot be undone.

Two ways lead through: the authenticator's code, or a passkey of the portal. A passkey approves
this form as it stands, and nothing else: its challenge is the digest of a text that names the
shop, the page that the form is of (so its object), and, under the instance's key, everything that
the form says (so the amount). Who changes a word afterwards has approved nothing.
"""

import json
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound
from merchants.portal.access import Seat
from merchants.portal.browsers import read_json
from merchants.portal.pages import Page
from people.services.factors import verify_totp
from people.services.web_keys import approve_act, request_act

ASSERTION: Final = "assertion"
"""Field of a form with what a passkey answered, as JSON; in the place of the code."""

FORM_OF: Final = "step_up_of"
"""Field with the path of the page whose form a passkey is asked for."""

_SAYS_NOTHING: Final = frozenset({"csrfmiddlewaretoken", "code", ASSERTION, FORM_OF})
_LONGEST_PATH: Final = 300
_SALT: Final = "merchants.portal.step_up"


class StepUpForm(forms.Form):
    """A form with the authenticator's code, or a passkey's answer; either works once.

    ``parts/field.html`` offers the passkey beside the code, to whoever has one.
    """

    is_step_up = True

    code = forms.CharField(
        label=gettext_lazy("Code of your authenticator app, now"),
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for no code where a passkey has answered."""
        super().__init__(*args, **kwargs)
        if self.data.get(ASSERTION):
            self.fields["code"].required = False

    def is_proven_on(self, page: Page) -> bool:
        """Use the code or the answer up and tell whether it held; where not, the form says so.

        Called on a valid form only, on the page that the form was sent to.
        """
        person, answer = page.seat.person, self.data.get(ASSERTION)
        if answer:
            act = _act(page.seat, page.request.path, page.request.POST)
            if approve_act(person=person, act=act, credential=read_json(answer)):
                return True
            self.add_error(None, _("The passkey did not fit. Try it again, or use a code."))
            return False
        if verify_totp(person=person, token=self.cleaned_data["code"].replace(" ", "")) is not None:
            return True
        wrong = _("That code is not right, or was used. Wait for a new one and try again.")
        self.add_error("code", wrong)
        return False


class AskPasskey(Page):
    """What a passkey is asked, for the form that a page is about to send."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer with the options for ``navigator.credentials.get``, over this form as it is."""
        path = request.POST.get(FORM_OF, "")
        if len(path) > _LONGEST_PATH:
            raise NotFound
        act = _act(self.seat, path, request.POST)
        options = request_act(person=self.seat.person, act=act)
        if options is None:
            raise NotFound
        return JsonResponse(options, headers={"Cache-Control": "no-store"})


def _act(seat: Seat, path: str, said: QueryDict) -> dict[str, str]:
    """Return what a form would do, in texts.

    What it says may be a password or a token, so it goes in under a key, not in clear.
    """
    fields = {
        name: [text.replace("\r\n", "\n") for text in said.getlist(name)]
        for name in sorted(said)
        if name not in _SAYS_NOTHING
    }
    told = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return {
        "act": path,
        "form": salted_hmac(_SALT, told, algorithm="sha256").hexdigest(),
        "shop": seat.shop.public_id,
    }
