"""What issuers of cards took back, and noting that a person looked at what needs one."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    Tool,
    amount,
    choice_filter,
    queue_filter,
    recent_filter,
    record_link,
    state_words,
)
from payments.enums import ChargebackState
from payments.models import Chargeback
from payments.services.chargebacks import note_looked_at


@admin.register(Chargeback)
class ChargebackAdmin(ReadOnlyAdmin):
    """Chargebacks, the newest first."""

    list_display = ("chargeback_id", "colour", "money", "reason_code", "bank", "paid", "told_at")
    list_filter = (
        queue_filter(
            "look", _("looked at"), ("needed", _("needed")), lambda rows: rows.exclude(looks_at="")
        ),
        choice_filter("state", _("state"), ChargebackState),
        recent_filter("told_at", _("told")),
    )
    list_select_related = ("payment",)
    search_fields = ("public_id__exact", "chargeback_id__exact", "payment__public_id__exact")
    search_help_text = _("The processor's id, or the payment's.")
    ordering = ("-id",)
    readonly_fields = ("colour", "money", "paid", "disputed")
    fields = (
        "public_id",
        "colour",
        "looks_at",
        "money",
        "reason_code",
        "bank",
        "chargeback_id",
        "reversal_id",
        "paid",
        "disputed",
        "told_at",
        "answered_at",
        "reversed_at",
    )

    def tools(self, chargeback: Chargeback) -> Iterable[Tool]:
        """What needs a person can be noted as looked at."""
        if chargeback.looks_at:
            url = reverse("staff-chargeback-looked-at", args=[chargeback.public_id])
            yield Tool(_("Looked at…"), url, "payments.decide_dispute")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, chargeback: Chargeback) -> SafeString:
        """Show the state."""
        return state_words(chargeback.state)

    @admin.display(description=_("taken back"))
    def money(self, chargeback: Chargeback) -> str:
        """Show what the issuer took."""
        return amount(chargeback.amount_minor, chargeback.currency)

    @admin.display(description=_("payment"))
    def paid(self, chargeback: Chargeback) -> SafeString:
        """Lead to the payment."""
        payment = chargeback.payment
        return record_link("payments_payment", payment.pk, payment.public_id)

    @admin.display(description=_("dispute"))
    def disputed(self, chargeback: Chargeback) -> SafeString | str:
        """Lead to the dispute, if it opened one."""
        dispute = chargeback.dispute
        if dispute is None:
            return "—"
        return record_link("payments_dispute", dispute.pk, dispute.public_id)


class ChargebackLookedAt(Act):
    """A person looked at a chargeback that opened no dispute, or came back too late."""

    permission = "payments.decide_dispute"
    title = _("Note that a chargeback was looked at")
    words = _("It leaves the queue. Nothing of the money changes: say what was found and done.")
    button = _("Note it")
    chargeback: Chargeback

    def find(self) -> None:
        """Load the chargeback."""
        rows = Chargeback.objects.select_related("payment")
        found = rows.filter(public_id=self.kwargs["chargeback_id"]).first()
        if found is None:
            raise Http404
        self.chargeback = found

    def facts(self) -> list[Fact]:
        """Show what was taken, and why somebody has to look."""
        row = self.chargeback
        return [
            Fact(_("Chargeback"), row.chargeback_id),
            Fact(_("Payment"), row.payment.public_id),
            Fact(_("Taken back"), amount(row.amount_minor, row.currency)),
            Fact(_("State"), state_words(row.state)),
            Fact(_("To look at"), row.looks_at or "—"),
        ]

    def back(self) -> str:
        """Return to the chargeback."""
        return reverse("admin:payments_chargeback_change", args=[self.chargeback.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Note it."""
        name = self.chargeback.public_id
        note_looked_at(staff=staff, chargeback_id=name, reason=answers["reason"])
        return gettext("Noted.")
