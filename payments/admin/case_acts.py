"""What staff do about refunds and disputes; each asks why, and the service writes it down."""

from secrets import token_urlsafe
from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReasonForm,
    amount,
    read_amount,
    state_words,
    typed_amount,
)
from core.money import Money
from payments.enums import RefundReason
from payments.models import Dispute, Payment, Refund
from payments.services.dispute_decisions import confirm_block, decide_dispute, pay_back_again
from payments.services.refund_amounts import fee_given_back, rest_of
from payments.services.refunds import RefundWish, approve_refund, decline_refund, refund_as_staff
from payments.states import OPEN_DISPUTES

REASONS = [
    (each.value, each.value.replace("_", " "))
    for each in RefundReason
    if each != RefundReason.DISPUTE_LOST
]
OUTCOMES = [
    ("lost", _("for the payer: the money goes back")),
    ("won", _("for the payee: the hold is let go")),
]


class RefundForm(ReasonForm):
    """How much to give back, and why."""

    amount = forms.CharField(label=_("Amount"), max_length=20)
    ground = forms.ChoiceField(label=_("Ground, shown to both sides"), choices=REASONS)
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    field_order = ("amount", "ground", "reason", "key")


class RefundPayment(Act):
    """Staff give money of a purchase back."""

    permission = "payments.refund_payment"
    title = _("Refund a purchase")
    words = _(
        "It goes back to the very account that was debited, out of what the shop is owed; the"
        " fee goes back in proportion. Above the country's threshold a colleague has to approve."
    )
    button = _("Give it back")
    is_grave = True
    form_class = RefundForm
    payment: Payment

    def find(self) -> None:
        """Load the payment."""
        found = Payment.objects.filter(public_id=self.kwargs["payment_id"]).first()
        if found is None:
            raise Http404
        self.payment = found

    def starting(self) -> dict[str, Any]:
        """Begin with all that is left."""
        rest = rest_of(self.payment)
        return {
            "amount": typed_amount(rest.amount_minor, rest.currency),
            "key": token_urlsafe(16),
        }

    def make_form(self, *given: Any, **more: Any) -> forms.Form:
        """Name the currency."""
        form = super().make_form(*given, **more)
        named = gettext("Amount in %(currency)s") % {"currency": self.payment.currency}
        form.fields["amount"].label = named
        return form

    def check(self, form: forms.Form) -> None:
        """Read the amount in the payment's currency."""
        minor = read_amount(form.cleaned_data["amount"], self.payment.currency)
        form.cleaned_data["amount"] = Money(minor, self.payment.currency)

    def facts(self) -> list[Fact]:
        """Show what was paid and what is left."""
        payment = self.payment
        return [
            Fact(_("Payment"), payment.public_id),
            Fact(_("State"), state_words(payment.state)),
            Fact(_("Paid"), amount(payment.amount_minor, payment.currency)),
            Fact(_("Given back"), amount(payment.refunded_minor, payment.currency)),
            Fact(_("On its way back"), amount(payment.refunding_minor, payment.currency)),
            Fact(_("Left"), amount(rest_of(payment).amount_minor, payment.currency)),
        ]

    def back(self) -> str:
        """Return to the payment."""
        return reverse("admin:payments_payment_change", args=[self.payment.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Begin it."""
        wish = RefundWish(
            payment_id=self.payment.public_id,
            amount=answers["amount"],
            reason=answers["ground"],
            note="",
            key=answers["key"],
        )
        refund = refund_as_staff(staff=staff, wish=wish, reason=answers["reason"])
        if refund.state == "awaiting_second":
            return gettext("The refund waits for a colleague's approval.")
        return gettext("The refund is on its way.")


class _RefundAct(Act):
    """Something about one refund."""

    permission = "payments.approve_refund"
    refund: Refund

    def find(self) -> None:
        """Load the refund."""
        rows = Refund.objects.select_related("payment", "asked_by")
        found = rows.filter(public_id=self.kwargs["refund_id"]).first()
        if found is None:
            raise Http404
        self.refund = found

    def facts(self) -> list[Fact]:
        """Show who wants to give back what."""
        refund = self.refund
        return [
            Fact(_("Refund"), refund.public_id),
            Fact(_("Payment"), refund.payment.public_id),
            Fact(_("Amount"), amount(refund.amount_minor, refund.currency)),
            Fact(_("Fee given back"), amount(refund.fee_minor, refund.currency)),
            Fact(_("Ground"), refund.reason.replace("_", " ")),
            Fact(_("Asked by"), refund.asked_by or "—"),
            Fact(_("State"), state_words(refund.state)),
        ]

    def back(self) -> str:
        """Return to the refund."""
        return reverse("admin:payments_refund_change", args=[self.refund.pk])


class ApproveRefund(_RefundAct):
    """A second person approves."""

    title = _("Approve a refund")
    words = _("The money leaves what the shop is owed at once. Whoever asked cannot approve.")
    button = _("Approve the refund")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Approve it."""
        approve_refund(staff=staff, refund_id=self.refund.public_id, reason=answers["reason"])
        return gettext("The refund is on its way.")


class DeclineRefund(_RefundAct):
    """Anybody of the staff, who asked included, calls it off."""

    title = _("Decline a refund")
    words = _("Nothing has moved, and nothing will; the payment may be refunded anew.")
    button = _("Decline the refund")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Decline it."""
        decline_refund(staff=staff, refund_id=self.refund.public_id, reason=answers["reason"])
        return gettext("The refund is declined.")


class _DisputeAct(Act):
    """Something about one dispute."""

    permission = "payments.decide_dispute"
    dispute: Dispute

    def find(self) -> None:
        """Load the dispute."""
        rows = Dispute.objects.select_related("payment", "proposed_by")
        found = rows.filter(public_id=self.kwargs["dispute_id"]).first()
        if found is None:
            raise Http404
        self.dispute = found

    def facts(self) -> list[Fact]:
        """Show both sides, and what the decision moves."""
        dispute = self.dispute
        answer = getattr(dispute, "answer", None)
        is_said = answer is not None and answer.submitted_at is not None
        proposed = f"{dispute.proposed} — {dispute.proposed_by}" if dispute.proposed else "—"
        return [
            Fact(_("Dispute"), dispute.public_id),
            Fact(_("Payment"), dispute.payment.public_id),
            Fact(_("State"), state_words(dispute.state)),
            Fact(_("Disputed"), amount(dispute.amount_minor, dispute.currency)),
            Fact(_("Held"), amount(dispute.held_minor, dispute.currency)),
            Fact(_("Not there yet"), amount(dispute.short_minor, dispute.currency)),
            Fact(_("The payer says"), f"{dispute.reason.replace('_', ' ')}: {dispute.text}"),
            Fact(_("The payee says"), answer.text if answer and is_said else "—"),
            Fact(_("To be decided by"), dispute.decide_by or "—"),
            Fact(_("Proposed"), proposed),
        ]

    def back(self) -> str:
        """Return to the dispute."""
        return reverse("admin:payments_dispute_change", args=[self.dispute.pk])


class OutcomeForm(ReasonForm):
    """For whom, and why; both sides read it."""

    # Nothing is chosen at first: it cannot be decided again.
    outcome = forms.ChoiceField(label=_("Decide"), choices=OUTCOMES, widget=forms.RadioSelect)
    field_order = ("outcome", "reason")


def outcome_words(dispute: Dispute) -> tuple[str, str]:
    """Say what each decision would move, in money: for the payer, and for the payee."""
    disputed = Money(dispute.amount_minor, dispute.currency)
    fee = fee_given_back(dispute.payment, disputed)
    said = {
        "all": amount(disputed.amount_minor, disputed.currency),
        "held": amount(dispute.held_minor, dispute.currency),
        "short": amount(dispute.short_minor, dispute.currency),
        "fee": amount(fee.amount_minor, fee.currency),
    }
    if not dispute.held_minor and not dispute.short_minor:
        nothing = gettext("Nothing of the payee's is held here: it is between the banks.")
        return nothing, nothing
    back = gettext("%(all)s goes back: %(held)s that is held and %(fee)s of the fee.") % said
    if dispute.short_minor:
        back += " " + gettext("%(short)s is not there yet and follows from later sales.") % said
    return back, gettext("%(held)s is let go, back to where it was taken from.") % said


class DecideDispute(_DisputeAct):
    """Staff decide; above the threshold one proposes and another decides the same."""

    title = _("Decide a dispute")
    words = _(
        "For the payer, what is held goes back at once and what is short follows. For the payee,"
        " the hold is let go. It cannot be decided again."
    )
    button = _("Decide")
    is_grave = True
    form_class = OutcomeForm

    def facts(self) -> list[Fact]:
        """Show both sides and, while it is open, what each decision would move."""
        both = super().facts()
        if self.dispute.state not in OPEN_DISPUTES:
            return both
        payer, payee = outcome_words(self.dispute)
        return [
            *both,
            Fact(_("Decided for the payer"), payer),
            Fact(_("Decided for the payee"), payee),
        ]

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Decide it, or propose to."""
        dispute = decide_dispute(
            staff=staff,
            dispute_id=self.dispute.public_id,
            outcome=answers["outcome"],
            reason=answers["reason"],
        )
        if dispute.decided_by is None:
            return gettext("Proposed. A colleague has to decide the same.")
        return gettext("The dispute is decided.")


class ConfirmBlock(_DisputeAct):
    """Staff keep a precautionary block until the dispute is decided."""

    title = _("Keep the money blocked")
    words = _("Without this the precautionary block ends by itself while the analysis goes on.")
    button = _("Keep the block")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Keep it."""
        confirm_block(staff=staff, dispute_id=self.dispute.public_id, reason=answers["reason"])
        return gettext("The block stands until the dispute is decided.")


class PayBackAgain(_DisputeAct):
    """Staff begin another refund after the payer's bank refused one."""

    title = _("Pay back once more")
    words = _("A new refund with an id of its own, to the same account; the old is never resent.")
    button = _("Pay it back")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Begin it."""
        pay_back_again(staff=staff, dispute_id=self.dispute.public_id, reason=answers["reason"])
        return gettext("A new refund is on its way.")
