"""The second factor asked for again, before a form does what cannot be undone."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import Person
from people.services.factors import verify_totp


class StepUpForm(forms.Form):
    """A form with the authenticator's code; a code works once."""

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

    def is_proven_by(self, person: Person) -> bool:
        """Use the code up and tell whether it was the person's; a wrong one is said at the field.

        Called on a valid form only.
        """
        code = self.cleaned_data["code"].replace(" ", "")
        if verify_totp(person=person, token=code) is not None:
            return True
        wrong = _("That code is not right, or was used. Wait for a new one and try again.")
        self.add_error("code", wrong)
        return False
