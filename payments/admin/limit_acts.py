"""Another limit for one person or shop, for a time: one asks here, a colleague approves."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, ReasonForm, amount, moment_words, read_amount, typed_amount
from core.clock import business_now
from payments.enums import DecidedWhy, LimitCondition, LimitMeasure
from payments.limits import LONGEST_DECISION, MOST_TIMES
from payments.queries.limits import decided_of
from payments.services.limit_decisions import Decision, ask_decision, decidable_rules
from people.queries import party_by_public_id

if TYPE_CHECKING:
    from people.queries import PartyFacts

WHY = [
    (DecidedWhy.SAFETY.value, _("For their safety")),
    (DecidedWhy.ASKED.value, _("They asked for it")),
    (DecidedWhy.REVIEW.value, _("Something is being checked with them")),
]
MOST_DAYS = LONGEST_DECISION.days


class LimitForm(ReasonForm):
    """How much, for how long, and what the one who is held to it reads."""

    field_order = ("limit", "days", "why", "reason")

    limit = forms.CharField(label=_("Limit"), max_length=20)
    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=MOST_DAYS, initial=7
    )
    why = forms.ChoiceField(
        label=_("What they are told"),
        choices=WHY,
        help_text=_("They read that staff set it, why, and when the usual limit is back."),
    )


class LimitAct(Act):
    """Something about one limit of one party."""

    permission = "payments.decide_limitdecision"
    party: "PartyFacts"
    rule: dict[str, Any]

    def find(self) -> None:
        """Load the party, and the limit as it stands for it."""
        party = party_by_public_id(self.kwargs["party_id"])
        wanted = (self.kwargs["kind"], self.kwargs["name"])
        rules = decidable_rules(party) if party else []
        found = next((each for each in rules if (each["kind"], each["name"]) == wanted), None)
        if party is None or found is None:
            raise Http404
        self.party, self.rule = party, found

    def facts(self) -> list[Fact]:
        """Show whose it is and what holds now."""
        rule, decided = self.rule, decided_of(self.rule, business_now())
        is_usual = rule["condition"] == LimitCondition.ALWAYS
        now = gettext("no: the usual one holds")
        if decided is not None:
            now = gettext("%(much)s until %(until)s") % {
                "much": self.written(decided.value),
                "until": moment_words(decided.until),
            }
        most = rule["value"] * (MOST_TIMES if is_usual else 1)
        return [
            Fact(_("Whose"), f"{self.party.display_name} · {self.party.public_id}"),
            Fact(_("Limit"), rule_words(rule)),
            Fact(_("Usual"), self.written(rule["value"]) if is_usual else gettext("none")),
            Fact(_("Set by staff"), now),
            Fact(_("Where the usual one comes from"), rule["source"]),
            Fact(_("The most that can be set"), self.written(most)),
        ]

    def written(self, value: int) -> str:
        """Write a number in the limit's measure."""
        rule = self.rule
        is_count = rule["measure"] == LimitMeasure.COUNT
        return str(value) if is_count else amount(value, rule["currency"])

    def back(self) -> str:
        """Return to the limits of the party."""
        return reverse("staff-party-limits", args=[self.party.public_id])


class SetLimit(LimitAct):
    """One asks for another limit; a colleague approves."""

    title = _("Set another limit for a time")
    words = _(
        "A colleague has to approve it; from then on it holds for new payments, and at its end the"
        " usual limit is back by itself. What they chose for themselves below it still holds."
    )
    button = _("Ask for approval")
    form_class = LimitForm

    def starting(self) -> dict[str, Any]:
        """Start with the usual number."""
        rule = self.rule
        if rule["measure"] == LimitMeasure.COUNT:
            return {"limit": str(rule["value"])}
        return {"limit": typed_amount(rule["value"], rule["currency"])}

    def make_form(self, *given: Any, **more: Any) -> forms.Form:
        """Name the currency."""
        form = super().make_form(*given, **more)
        is_count = self.rule["measure"] == LimitMeasure.COUNT
        form.fields["limit"].label = (
            gettext("Limit, in payments")
            if is_count
            else gettext("Limit in %(currency)s") % {"currency": self.rule["currency"]}
        )
        return form

    def check(self, form: forms.Form) -> None:
        """Read the number as the limit is measured."""
        text, rule = form.cleaned_data["limit"], self.rule
        if rule["measure"] != LimitMeasure.COUNT:
            form.cleaned_data["limit"] = read_amount(text, rule["currency"])
        elif text.strip().isdecimal():
            form.cleaned_data["limit"] = int(text)
        else:
            raise forms.ValidationError(_("Write a whole number."))

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        decision = Decision(
            kind=self.rule["kind"],
            name=self.rule["name"],
            value=answers["limit"],
            until=business_now() + timedelta(days=answers["days"]),
            why=DecidedWhy(answers["why"]),
        )
        ask_decision(
            staff=staff,
            party_id=self.party.public_id,
            decision=decision,
            reason=answers["reason"],
        )
        return gettext("A colleague has to approve it now.")


class EndLimit(LimitAct):
    """One asks that the usual limit be back at once; a colleague approves."""

    title = _("Go back to the usual limit")
    words = _("A colleague has to approve it; until then what staff set goes on holding.")
    button = _("Ask for approval")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        ask_decision(
            staff=staff,
            party_id=self.party.public_id,
            decision=Decision(self.rule["kind"], self.rule["name"], None),
            reason=answers["reason"],
        )
        return gettext("A colleague has to approve it now.")


def rule_words(rule: dict[str, Any]) -> str:
    """Write which limit it is, as staff read it."""
    return f"{rule['kind']} · {rule['name']}".replace("_", " ")
