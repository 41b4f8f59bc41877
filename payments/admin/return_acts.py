"""What staff do about money that could not go back to where it came from."""

from typing import Any

from django import forms
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, ReasonForm, amount, state_words
from payments.models import Payment
from payments.services.redirecting import accounts_for_return, redirect_return


class AccountForm(ReasonForm):
    """To which of the payer's own accounts, and why."""

    field_order = ("source", "reason")

    source = forms.ChoiceField(label=_("Account"))


class RedirectReturn(Act):
    """A person sends refused money back to another account of its payer's."""

    permission = "payments.redirect_payment"
    title = _("Send the money back to another account")
    words = _(
        "The payer's bank refused the money. It is never sent there again; a new instruction goes"
        " to the account that you choose."
    )
    button = _("Send it there")
    form_class = AccountForm
    payment: Payment

    def find(self) -> None:
        """Load the payment."""
        found = Payment.objects.filter(public_id=self.kwargs["payment_id"]).first()
        if found is None:
            raise Http404
        self.payment = found

    def facts(self) -> list[Fact]:
        """Show the payment, and the accounts to choose from."""
        payment = self.payment
        has_any = bool(accounts_for_return(payment))
        return [
            Fact(_("Payment"), payment.public_id),
            Fact(_("State"), state_words(payment.state)),
            Fact(_("Amount"), amount(payment.amount_minor, payment.currency)),
            Fact(
                _("The payer's accounts"),
                gettext("below") if has_any else gettext("none: ask the payer to link one"),
            ),
        ]

    def make_form(self, *given: Any, **more: Any) -> forms.Form:
        """Offer the payer's accounts."""
        form = super().make_form(*given, **more)
        form.fields["source"] = forms.ChoiceField(
            label=_("Account"),
            widget=forms.RadioSelect,
            choices=[
                (each.public_id, f"{each} · {each.public_id}")
                for each in accounts_for_return(self.payment)
            ],
            help_text=_("All are the payer's and verified."),
        )
        return form

    def back(self) -> str:
        """Return to the payment."""
        return reverse("admin:payments_payment_change", args=[self.payment.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Send it."""
        redirect_return(
            staff=staff,
            payment_id=self.payment.public_id,
            source_id=answers["source"],
            reason=answers["reason"],
        )
        return gettext("The bank is asked now.")
