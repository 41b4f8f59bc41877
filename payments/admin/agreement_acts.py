"""What staff write down about banks and regulators: agreements, signatures, clearances."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, read_amount, state_words
from payments.enums import CARDS, AgreementState, Capability
from payments.models import Bank, BankAgreement, Country
from payments.services.agreements import (
    AgreementTerms,
    NewClearance,
    RailTerms,
    Signatures,
    draft_agreement,
    file_rails,
    record_clearance,
    sign_agreement,
)

LARGEST_DOCUMENT = 20 * 1024 * 1024
_BUSINESSES = [(code, code.replace("_", " ")) for code in Capability.values]
_AMOUNTS = ("instruction_limit", "approval_above")
_VERSIONS = ("pain.001.001.09", "pain.001.001.03")


class DraftForm(forms.Form):
    """What the agreement will cover, and how settlement files go to the bank."""

    valid_from = forms.DateField(label=_("Valid from"), help_text=_("Such as 2026-12-01."))
    valid_to = forms.DateField(label=_("Valid to"), required=False, help_text=_("Empty is open."))
    capabilities = forms.MultipleChoiceField(
        label=_("Covers"), choices=_BUSINESSES, widget=forms.CheckboxSelectMultiple
    )
    rail = forms.ChoiceField(
        label=_("Files go by"),
        required=False,
        choices=lambda: [("", _("the bank's own rail")), *((name, name) for name in file_rails())],
    )
    cutoff = forms.TimeField(label=_("Cutoff"), help_text=_("A time of day where the bank is."))
    settlement_days = forms.IntegerField(
        label=_("Settles after"), min_value=0, max_value=60, help_text=_("In business days.")
    )
    message_version = forms.ChoiceField(
        label=_("File"), choices=[(version, version) for version in _VERSIONS]
    )
    instruction_limit = forms.CharField(
        label=_("Most for one payout"), required=False, max_length=20, help_text=_("Empty is open.")
    )
    approval_above = forms.CharField(
        label=_("Two people above"), max_length=20, help_text=_("A batch's total.")
    )
    card_days = forms.IntegerField(
        label=_("Cards settle after"),
        required=False,
        min_value=0,
        max_value=60,
        help_text=_("In business days. Empty where cards are debited as accounts are."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse an agreement that ends before it begins."""
        return _in_order(self)


class DraftAgreement(Act):
    """Write down what an agreement with a bank will cover."""

    permission = "payments.move_bankagreement"
    title = _("Draft an agreement")
    words = _("A draft changes nothing yet: two signatures and a person making it live come after.")
    button = _("Write the draft")
    form_class = DraftForm
    bank: Bank

    def find(self) -> None:
        """Load the bank."""
        found = Bank.objects.select_related("country").filter(slug=self.kwargs["bank"]).first()
        if found is None:
            raise Http404
        self.bank = found

    def facts(self) -> list[Fact]:
        """Name the bank."""
        return [
            Fact(_("Bank"), self.bank),
            Fact(_("Country"), self.bank.country),
            Fact(_("National id"), self.bank.national_id),
            Fact(_("Time zone"), self.bank.timezone),
            Fact(_("Rail"), self.bank.rail),
        ]

    def make_form(self, *given: Any, **more: Any) -> forms.Form:
        """Name the bank's currency at the amounts."""
        form = super().make_form(*given, **more)
        for name in _AMOUNTS:
            form.fields[name].label = f"{form.fields[name].label} ({self.bank.currency})"
        return form

    def check(self, form: forms.Form) -> None:
        """Read the amounts in the bank's currency."""
        for name in _AMOUNTS:
            text = form.cleaned_data[name]
            form.cleaned_data[name] = read_amount(text, self.bank.currency) if text else None

    def back(self) -> str:
        """Return to the bank."""
        return reverse("admin:payments_bank_change", args=[self.bank.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Write it."""
        files = RailTerms(
            rail=answers["rail"] or self.bank.rail,
            cutoff=answers["cutoff"],
            timezone=self.bank.timezone,
            settlement_days=answers["settlement_days"],
            approval_above_minor=answers["approval_above"],
            instruction_limit_minor=answers["instruction_limit"],
            message_version=answers["message_version"],
        )
        card_days = answers["card_days"]
        cards = [] if card_days is None else [replace(files, rail=CARDS, settlement_days=card_days)]
        terms = AgreementTerms(
            valid_from_date=answers["valid_from"],
            valid_to_date=answers["valid_to"],
            capabilities=tuple(answers["capabilities"]),
            rail=files,
            also=tuple(cards),
        )
        agreement = draft_agreement(staff=staff, bank=self.bank.slug, terms=terms)
        return gettext("The draft %(agreement)s is written.") % {"agreement": agreement.public_id}


class SignForm(forms.Form):
    """Who signed what."""

    document = forms.FileField(
        label=_("The signed document"),
        help_text=_("Its hash is kept, and the paper stays with you. Up to 20 MB."),
    )
    bank_signatory = forms.CharField(label=_("Signed for the bank by"), max_length=120)
    operator_signatory = forms.CharField(label=_("Signed for the operator by"), max_length=120)

    def clean_document(self) -> str:
        """Return the SHA-256 of the file, read in pieces."""
        document = self.cleaned_data["document"]
        if document.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        digest = hashlib.sha256()
        for piece in document.chunks():
            digest.update(piece)
        return digest.hexdigest()


class SignAgreement(Act):
    """Record that both sides signed."""

    permission = "payments.move_bankagreement"
    title = _("Record the signatures")
    words = _("Two different people signed one document: one for the bank, one for the operator.")
    button = _("Record that both signed")
    form_class = SignForm
    agreement: BankAgreement

    def find(self) -> None:
        """Load the draft."""
        rows = BankAgreement.objects.select_related("bank")
        found = rows.filter(public_id=self.kwargs["agreement_id"]).first()
        if found is None or found.state != AgreementState.DRAFT:
            raise Http404
        self.agreement = found

    def facts(self) -> list[Fact]:
        """Show what was drafted."""
        found = self.agreement
        return [
            Fact(_("Agreement"), found.public_id),
            Fact(_("Bank"), found.bank),
            Fact(_("State now"), state_words(found.state)),
            Fact(_("Covers"), ", ".join(found.capabilities).replace("_", " ")),
            Fact(_("Valid"), f"{found.valid_from_date} … {found.valid_to_date or ''}"),
        ]

    def back(self) -> str:
        """Return to the agreement."""
        return reverse("admin:payments_bankagreement_change", args=[self.agreement.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Record it."""
        signatures = Signatures(
            document_sha256=answers["document"],
            bank_signatory=answers["bank_signatory"],
            operator_signatory=answers["operator_signatory"],
        )
        agreement_id = self.agreement.public_id
        sign_agreement(staff=staff, agreement_id=agreement_id, signatures=signatures)
        return gettext("Both signatures are recorded.")


class ClearanceForm(forms.Form):
    """What a regulator allowed, from when, and on which conditions."""

    country = forms.ModelChoiceField(
        label=_("Country"), queryset=Country.objects.order_by("name"), to_field_name="iso2"
    )
    capability = forms.ChoiceField(
        label=_("Business"), required=False, choices=[("", _("Every business")), *_BUSINESSES]
    )
    scheme = forms.CharField(label=_("Scheme"), max_length=80)
    instrument = forms.CharField(
        label=_("Instrument"), max_length=160, help_text=_("The number of the act or letter.")
    )
    valid_from = forms.DateField(label=_("Valid from"), help_text=_("Such as 2026-12-01."))
    valid_to = forms.DateField(label=_("Valid to"), required=False, help_text=_("Empty is open."))
    notified = forms.DateField(label=_("Notice given on"), required=False)
    notice_days = forms.IntegerField(
        label=_("Days of notice"), min_value=0, max_value=3650, initial=0
    )
    max_users = forms.IntegerField(
        label=_("Most people"), required=False, min_value=1, help_text=_("Empty is no limit.")
    )
    conditions = forms.CharField(
        label=_("Conditions"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Where the paper is and who read it."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a clearance that ends before it begins, and a notice without its day."""
        answers = _in_order(self)
        if answers.get("notice_days") and not answers.get("notified"):
            self.add_error("notified", _("A notice was given on a day."))
        return answers


class RecordClearance(Act):
    """Record a regulator's clearance."""

    permission = "payments.record_regulatorclearance"
    title = _("Record a clearance")
    words = _(
        "It counts from its first day, or from the end of its notice if that is later. A country"
        " opens only when a person opens it."
    )
    button = _("Record it")
    form_class = ClearanceForm

    def starting(self) -> dict[str, Any]:
        """Choose the country one came from."""
        return {"country": self.request.GET.get("country", ""), "notice_days": 0}

    def back(self) -> str:
        """Return to the clearances."""
        return reverse("admin:payments_regulatorclearance_changelist")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Record it."""
        clearance = NewClearance(
            country=answers["country"].iso2,
            capability=answers["capability"],
            scheme=answers["scheme"],
            instrument=answers["instrument"],
            valid_from_date=answers["valid_from"],
            valid_to_date=answers["valid_to"],
            notified_date=answers["notified"],
            notice_days=answers["notice_days"],
            max_users=answers["max_users"],
            conditions=answers["conditions"],
            evidence=answers["evidence"],
        )
        record_clearance(staff=staff, clearance=clearance)
        return gettext("The clearance is recorded.")


def _in_order(form: forms.Form) -> dict[str, Any]:
    """Return a form's answers, with an error where they end before they begin."""
    answers = form.cleaned_data
    begins, ends = answers.get("valid_from"), answers.get("valid_to")
    if isinstance(begins, date) and isinstance(ends, date) and ends < begins:
        form.add_error("valid_to", _("It ends before it begins."))
    return answers
