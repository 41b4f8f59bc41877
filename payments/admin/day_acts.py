"""What staff do about the calendar: say that banks work, or rest, on a day to come."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, ReasonForm
from payments.models import Country
from payments.services.days import LONGEST_NAME, forget_day, set_day

WORKS, RESTS, FORGET = "works", "rests", "forget"


class DayForm(ReasonForm):
    """Which day, where, and what banks do on it."""

    field_order = ("country", "day", "what", "name", "reason")

    country = forms.ModelChoiceField(
        label=_("Country"),
        queryset=Country.objects.order_by("name"),
        to_field_name="iso2",
    )
    day = forms.DateField(label=_("Day"), help_text=_("Such as 2027-02-08; today or later."))
    what = forms.ChoiceField(
        label=_("Banks on that day"),
        widget=forms.RadioSelect,
        choices=[
            (RESTS, _("rest: no cutoff, nothing is booked")),
            (WORKS, _("work: the cutoff is at its usual time")),
            (FORGET, _("as the calendar says: take back what was said of the day")),
        ],
    )
    name = forms.CharField(
        label=_("What day it is"),
        max_length=LONGEST_NAME,
        help_text=_("Such as: Carnival Monday."),
    )


class SetDay(Act):
    """A person corrects the calendar."""

    permission = "payments.set_dayoverride"
    title = _("Say whether banks work on a day")
    words = _(
        "The calendar knows public holidays; banks keep days of their own. What you say here has"
        " the last word. The next cutoffs and the days of booking follow at once."
    )
    button = _("Say so")
    form_class = DayForm

    def back(self) -> str:
        """Return to the list."""
        return reverse("admin:payments_dayoverride_changelist")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Say it, or take it back."""
        country, day, reason = answers["country"].iso2, answers["day"], answers["reason"]
        if answers["what"] == FORGET:
            forget_day(staff=staff, country=country, day=day, reason=reason)
            return gettext("The calendar has the word again.")
        works = answers["what"] == WORKS
        name = answers["name"]
        set_day(
            staff=staff, country=country, day=day, is_business_day=works, name=name, reason=reason
        )
        return gettext("The next cutoffs follow it.")
