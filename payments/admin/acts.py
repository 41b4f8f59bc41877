"""What staff do about countries: openings, closings, agreements."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, state_words
from core.clock import business_now
from payments.admin.rows import verdict_words
from payments.models import BankAgreement, CountryCapability
from payments.queries.countries import gather_facts
from payments.queries.rule import evaluate
from payments.services.agreements import move_agreement
from payments.services.availability import close_capability, open_capability


class _CapabilityAct(Act):
    """Something about one business of one country."""

    row: CountryCapability

    def find(self) -> None:
        """Load the capability."""
        wanted = {
            "country__iso2": self.kwargs["country"],
            "capability": self.kwargs["capability"],
        }
        found = CountryCapability.objects.select_related("country").filter(**wanted).first()
        if found is None:
            raise Http404
        self.row = found

    def facts(self) -> list[Fact]:
        """Show the evidence: the conditions as they are now."""
        iso2, capability = self.row.country.iso2, self.row.capability
        found = gather_facts(country=iso2, moment=business_now(), capabilities=[capability])[0]
        facts = found.facts
        banks = gettext("%(signed)d signed, %(healthy)d answering, %(least)d needed") % {
            "signed": facts.signed_banks,
            "healthy": facts.healthy_banks,
            "least": facts.min_live_banks,
        }
        clearances = ", ".join(each.instrument for each in facts.clearances)
        holds = ", ".join(each.public_id for each in facts.holds)
        return [
            Fact(_("Country"), self.row.country),
            Fact(_("Business"), capability.replace("_", " ")),
            Fact(_("State now"), state_words(self.row.state)),
            Fact(_("Banks"), banks),
            Fact(_("Limits"), gettext("set") if facts.has_limits else gettext("not set")),
            Fact(_("Clearances"), clearances or gettext("none")),
            Fact(_("Holds in force"), holds or gettext("none")),
            Fact(_("People enrolled"), facts.enrolled_count),
            Fact(_("The rule says"), verdict_words(evaluate(facts))),
        ]

    def back(self) -> str:
        """Return to the country."""
        return reverse("admin:payments_country_change", args=[self.row.country_id])


class OpenCapability(_CapabilityAct):
    """A person opens, on the evidence above the button."""

    permission = "payments.open_countrycapability"
    title = _("Open a business")
    words = _(
        "The conditions below are looked at again when you press the button, and that look is"
        " kept as the evidence. If one is missing, nothing is opened."
    )
    button = _("Open it to people now")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Open it."""
        open_capability(
            staff=staff,
            country=self.row.country.iso2,
            capability=self.row.capability,
            reason=answers["reason"],
        )
        return gettext("It is open.")


class CloseCapability(_CapabilityAct):
    """A person closes for good."""

    permission = "payments.close_countrycapability"
    title = _("Close a business for good")
    words = _(
        "New payments are refused at once; refunds, returns and settlement go on. To stop for a"
        " while, impose a hold instead: this leads back only by planning it anew."
    )
    button = _("Close it")
    is_grave = True

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Close it."""
        close_capability(
            staff=staff,
            country=self.row.country.iso2,
            capability=self.row.capability,
            reason=answers["reason"],
        )
        return gettext("It is closed.")


class MoveAgreement(Act):
    """A person makes an agreement live, suspends or terminates it."""

    permission = "payments.move_bankagreement"
    title = _("Change an agreement's state")
    words = _("What the country gains or loses by it shows at the very next payment.")
    button = _("Change the state")
    agreement: BankAgreement

    def find(self) -> None:
        """Load the agreement; the state must be one that a person may choose."""
        rows = BankAgreement.objects.select_related("bank")
        found = rows.filter(public_id=self.kwargs["agreement_id"]).first()
        if found is None or self.kwargs["state"] not in {"live", "suspended", "terminated"}:
            raise Http404
        self.agreement = found

    def facts(self) -> list[Fact]:
        """Show what it covers and where it would go."""
        return [
            Fact(_("Agreement"), self.agreement.public_id),
            Fact(_("Bank"), self.agreement.bank),
            Fact(_("Covers"), ", ".join(self.agreement.capabilities).replace("_", " ")),
            Fact(_("State now"), state_words(self.agreement.state)),
            Fact(_("State afterwards"), state_words(self.kwargs["state"])),
        ]

    def back(self) -> str:
        """Return to the agreement."""
        return reverse("admin:payments_bankagreement_change", args=[self.agreement.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Move it."""
        move_agreement(
            staff=staff,
            agreement_id=self.agreement.public_id,
            state=self.kwargs["state"],
            reason=answers["reason"],
        )
        return gettext("The agreement's state is changed.")
