"""What staff do about money: release a batch, replace a payout, ask a bank."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, amount, state_words
from core.errors import BankUnavailable
from core.events import Later
from core.transactions import owns_block
from payments.enums import BatchState
from payments.models import Payment, Payout, SettlementBatch
from payments.services.batches import approve_batch, reissue_payout
from payments.services.charging import look_up_payment
from people.services.audit import record

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


class ApproveBatch(Act):
    """A second person releases a batch."""

    permission = "payments.approve_settlementbatch"
    title = _("Approve a settlement batch")
    words = _(
        "The clock then sends the file to the bank, once. Totals were frozen at the cutoff and"
        " cannot change any more. Whoever prepared the batch cannot approve it."
    )
    button = _("Approve the batch")
    form_class = forms.Form
    batch: SettlementBatch

    def find(self) -> None:
        """Load the batch."""
        rows = SettlementBatch.objects.select_related("bank", "window", "prepared_by")
        self.batch = _found(rows, public_id=self.kwargs["batch_id"])

    def facts(self) -> list[Fact]:
        """Show what would be sent."""
        batch = self.batch
        is_large = batch.total_minor > batch.approval_above_minor
        return [
            Fact(_("Batch"), batch.public_id),
            Fact(_("Bank"), batch.bank),
            Fact(_("Business day"), batch.window.business_date),
            Fact(_("State"), state_words(batch.state)),
            Fact(_("Payouts"), batch.payout_count),
            Fact(_("Total"), amount(batch.total_minor, batch.currency)),
            Fact(_("Threshold"), amount(batch.approval_above_minor, batch.currency)),
            Fact(_("Above it"), gettext("yes") if is_large else gettext("no")),
            Fact(_("Prepared by"), batch.prepared_by or gettext("the clock")),
        ]

    def back(self) -> str:
        """Return to the batch."""
        return reverse("admin:payments_settlementbatch_change", args=[self.batch.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:  # noqa: ARG002 - asks for nothing.
        """Approve it."""
        batch = approve_batch(batch_id=self.batch.public_id, staff=staff)
        if batch.state != BatchState.APPROVED:
            return gettext("The batch has moved on already.")
        return gettext("The batch is approved; it is sent at the clock's next tick.")


class ReissuePayout(Act):
    """A person replaces a payout that was definitely not executed."""

    permission = "payments.reissue_payout"
    title = _("Reissue a payout")
    words = _(
        "The old instruction is never sent again. A new one, with an id of its own, goes to the"
        " shop's present account with the next batch."
    )
    button = _("Make the new payout")
    payout: Payout

    def find(self) -> None:
        """Load the payout."""
        rows = Payout.objects.select_related("party", "bank")
        self.payout = _found(rows, public_id=self.kwargs["payout_id"])

    def facts(self) -> list[Fact]:
        """Show the old payout and why it failed."""
        payout = self.payout
        return [
            Fact(_("Payout"), payout.public_id),
            Fact(_("Shop"), payout.party),
            Fact(_("Net"), amount(payout.net_minor, payout.currency)),
            Fact(_("Bank"), payout.bank),
            Fact(_("Account"), f"···{payout.account_last4}"),
            Fact(_("State"), state_words(payout.state)),
            Fact(_("The bank's reason"), payout.reason or "—"),
        ]

    def back(self) -> str:
        """Return to the payout."""
        return reverse("admin:payments_payout_change", args=[self.payout.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Replace it."""
        new = reissue_payout(staff=staff, payout_id=self.payout.public_id, reason=answers["reason"])
        return gettext("The new payout is %(payout)s.") % {"payout": new.public_id}


class LookUp(Act):
    """A person has the bank asked about a payment."""

    permission = "payments.look_up_payment"
    title = _("Ask the bank about a payment")
    words = _(
        "The bank is asked what became of the instruction; nothing is sent again. Only a"
        " definitive answer changes anything. The bank may take ten seconds."
    )
    button = _("Ask the bank")
    payment: Payment

    def find(self) -> None:
        """Load the payment."""
        self.payment = _found(Payment.objects.all(), public_id=self.kwargs["payment_id"])

    def facts(self) -> list[Fact]:
        """Show the payment and what was asked so far."""
        payment = self.payment
        legs = payment.legs.select_related("attempt").order_by("id")
        asked = [
            f"{leg.kind} {leg.bank}: {leg.state}, {leg.attempt.look_ups} look-ups"
            for leg in legs
            if hasattr(leg, "attempt")
        ]
        return [
            Fact(_("Payment"), payment.public_id),
            Fact(_("State"), state_words(payment.state)),
            Fact(_("Amount"), amount(payment.amount_minor, payment.currency)),
            Fact(_("Banks"), "; ".join(asked) or "—"),
        ]

    def back(self) -> str:
        """Return to the payment."""
        return reverse("admin:payments_payment_change", args=[self.payment.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Write who asks, then ask, with no transaction open."""
        with owns_block("payments.admin.look_up"):
            record(
                actor=staff,
                action="payment.looked_up",
                object_ref=self.payment.public_id,
                before={"state": self.payment.state},
                after={},
                reason=answers["reason"],
            )
        try:
            look_up_payment(payment_id=self.payment.public_id)
        except Later as later:
            raise BankUnavailable from later
        self.payment.refresh_from_db(fields=["state"])
        return gettext("The payment is now: %(state)s.") % {"state": self.payment.state}


def _found(rows: "QuerySet[Any]", **wanted: Any) -> Any:
    """Return the one row that an address names.

    Raises:
        Http404: There is none.
    """
    row: Model | None = rows.filter(**wanted).first()
    if row is None:
        raise Http404
    return row
