"""Payments, with everything that was written about them, and where payers' money comes from."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    Tool,
    amount,
    choice_filter,
    link,
    recent_filter,
    record_link,
    row_filter,
    state_words,
    table,
)
from payments.admin.rows import (
    account_names,
    bank_slugs,
    mono,
    party_link,
    party_named,
    put_parties,
)
from payments.enums import PaymentKind, PaymentState, SourceKind
from payments.models import Attempt, FundingSource, LedgerTransfer, Payment, PayoutAccount
from payments.queries.queues import REFUSED_BACK
from payments.states import REFUNDABLE
from people.queries import parties_by_ids

_UNDER_WAY = (PaymentState.PROCESSING, PaymentState.UNKNOWN)


class BackFilter(admin.SimpleListFilter):
    """Payments whose money the payer's bank would not take back."""

    title = _("way back")
    parameter_name = "back"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: Any,  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Offer the one."""
        return [("refused", _("refused by the payer's bank"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        """Narrow the list."""
        return queryset.filter(failure_code=REFUSED_BACK) if self.value() else queryset


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Payments: the list searches by the payment's, order's, instruction's or party's id."""

    list_display = ("public_id", "colour", "money", "kind", "payer", "payee", "created_at")
    list_filter = (
        choice_filter("state", _("state"), PaymentState),
        choice_filter("kind", _("kind"), PaymentKind),
        BackFilter,
        recent_filter("created_at", _("made")),
    )
    search_fields = ("public_id__exact",)
    search_help_text = _("Payment, order, bank instruction, party, or phone with country code.")
    ordering = ("-id",)
    list_select_related = False
    readonly_fields = (
        "colour",
        "money",
        "fee",
        "payer",
        "payee",
        "timeline",
        "legs_table",
        "lines",
        "asked_for",
        "digest",
        "signed_text",
        "proof",
        "settled_in",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "public_id",
                    "colour",
                    "failure_code",
                    "money",
                    "fee",
                    "payer",
                    "payee",
                    "kind",
                    "country",
                    "source",
                    "asked_for",
                    "settled_in",
                    "created_at",
                    "arrives_by",
                    "claim_until",
                    "completed_at",
                )
            },
        ),
        (_("Timeline"), {"fields": ("timeline",)}),
        (_("Banks: legs and attempts"), {"fields": ("legs_table",)}),
        (_("Lines of the books"), {"fields": ("lines",)}),
        (_("What was approved"), {"fields": ("proof", "digest", "signed_text")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        """Read what one payment's page shows together; lists read rows only."""
        rows: QuerySet[Payment] = super().get_queryset(request)
        return rows.defer("limits_taken", "idempotency_key", "note")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find by any id that staff are told; every way is an index."""
        term = search_term.strip()
        if term.startswith("ord_"):
            return queryset.filter(demand__reference=term), False
        if term.startswith(("pty_", "+")):
            party = party_named(term)
            return queryset.filter(Q(payer_id=party) | Q(payee_id=party)), False
        named = Q(instruction_id=term) | Q(end_to_end_id=term)
        attempt = Attempt.objects.filter(named).values("leg__payment_id") if term else None
        if attempt is not None and not term.startswith("pay_"):
            return queryset.filter(id__in=attempt), False
        return super().get_search_results(request, queryset, term)

    def prepare_rows(self, rows: Sequence[Payment]) -> None:
        """Read the parties of a page at once."""
        put_parties(rows, payer_facts="payer_id", payee_facts="payee_id")

    def tools(self, payment: Payment) -> Iterable[Tool]:
        """Ask the bank about what is not known."""
        if payment.state in _UNDER_WAY:
            url = reverse("staff-look-up", args=[payment.public_id])
            yield Tool(_("Ask the bank…"), url, "payments.look_up_payment")
        if payment.kind == PaymentKind.PURCHASE and payment.state in REFUNDABLE:
            url = reverse("staff-refund", args=[payment.public_id])
            yield Tool(_("Refund…"), url, "payments.refund_payment", is_grave=True)
        if payment.failure_code == REFUSED_BACK:
            url = reverse("staff-redirect-return", args=[payment.public_id])
            yield Tool(_("Send it back elsewhere…"), url, "payments.redirect_payment")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, payment: Payment) -> SafeString:
        """Show the state."""
        return state_words(payment.state)

    @admin.display(description=_("amount"))
    def money(self, payment: Payment) -> str:
        """Show what leaves the payer."""
        return amount(payment.amount_minor, payment.currency)

    @admin.display(description=_("fee, borne by the payee"))
    def fee(self, payment: Payment) -> str:
        """Show the fee."""
        return amount(payment.fee_minor, payment.currency)

    @admin.display(description=_("payer"))
    def payer(self, payment: Payment) -> SafeString | str:
        """Name the payer."""
        return party_link(_party_of(payment, "payer"))

    @admin.display(description=_("payee"))
    def payee(self, payment: Payment) -> SafeString | str:
        """Name the payee."""
        return party_link(_party_of(payment, "payee"))

    @admin.display(description=_("moves"))
    def timeline(self, payment: Payment) -> SafeString:
        """Show every move."""
        rows = [
            (move.at, state_words(move.to_state), move.actor, move.reason or "—")
            for move in payment.moves.order_by("position")
        ]
        return table((_("At"), _("State"), _("By"), _("Reason")), rows)

    @admin.display(description=_("legs"))
    def legs_table(self, payment: Payment) -> SafeString:
        """Show what was asked of each bank and what it said."""
        rows = [_leg_row(leg) for leg in payment.legs.select_related("attempt").order_by("id")]
        heads = (
            _("Leg"),
            _("Bank"),
            _("Account"),
            _("Known"),
            _("Instruction"),
            _("Asked"),
            _("Answer"),
            _("Look-ups"),
            _("Bank's reference"),
        )
        return table(heads, rows)

    @admin.display(description=_("lines"))
    def lines(self, payment: Payment) -> SafeString:
        """Show the payment's lines, in the order of the books."""
        found = list(LedgerTransfer.objects.filter(payment_ref=payment.public_id).order_by("seq"))
        names = account_names([side for each in found for side in (each.debit_id, each.credit_id)])
        rows = [
            (
                record_link("payments_ledgertransfer", each.id, each.seq),
                each.kind,
                names.get(each.debit_id, each.debit_id),
                names.get(each.credit_id, each.credit_id),
                amount(each.amount_minor, each.currency),
                each.at,
            )
            for each in found
        ]
        heads = (_("No."), _("Verb"), _("From (debit)"), _("To (credit)"), _("Amount"), _("At"))
        return table(heads, rows)

    @admin.display(description=_("asked for by"))
    def asked_for(self, payment: Payment) -> SafeString | str:
        """Name the order or request that was paid."""
        demand = payment.demand
        if demand is None:
            return "—"
        if demand.kind != "order":
            return f"{demand.kind} {demand.reference}"
        url = reverse("admin:merchants_order_changelist")
        return link(f"{url}?q={demand.reference}", demand.reference)

    @admin.display(description=_("settled in"))
    def settled_in(self, payment: Payment) -> SafeString | str:
        """Name the payout that carried it to the shop."""
        item = getattr(payment, "payout_item", None)
        if item is None:
            return "—"
        return record_link("payments_payout", item.payout_id, item.payout.public_id)

    @admin.display(description=_("digest (SHA-256)"))
    def digest(self, payment: Payment) -> SafeString:
        """Show what PIN and device signed."""
        return mono(bytes(payment.quote.digest).hex())

    @admin.display(description=_("signed text"))
    def signed_text(self, payment: Payment) -> SafeString:
        """Show what the payer was shown, byte for byte."""
        return format_html('<pre class="signed">{}</pre>', payment.quote.signed_text)

    @admin.display(description=_("proof"))
    def proof(self, payment: Payment) -> SafeString:
        """Lead to the proof."""
        url = reverse("admin:people_proof_changelist")
        return link(f"{url}?q={payment.proof_id}", payment.proof_id)


class _PartyRows(ReadOnlyAdmin):
    """Where a party's money comes from or goes to."""

    list_select_related = ("party",)
    search_fields = ("public_id__startswith", "party__public_id__exact")
    ordering = ("-id",)
    exclude = ("token",)

    @admin.display(description=_("account"))
    def masked(self, row: Any) -> str:
        """Show the last digits only."""
        return f"···{row.last4}"


@admin.register(FundingSource)
class FundingSourceAdmin(_PartyRows):
    """Payers' accounts and cards, by their last digits."""

    list_display = ("public_id", "party", "kind", "bank", "masked", "verified_at", "removed_at")
    list_filter = (
        choice_filter("kind", _("kind"), SourceKind),
        row_filter("bank", _("bank"), bank_slugs),
        recent_filter("created_at", _("added")),
    )


@admin.register(PayoutAccount)
class PayoutAccountAdmin(_PartyRows):
    """Shops' accounts, by their last digits."""

    list_display = ("public_id", "party", "bank", "masked", "holder_name", "verified_at")
    list_filter = (
        row_filter("bank", _("bank"), bank_slugs),
        recent_filter("verified_at", _("verified")),
    )


def _party_of(payment: Payment, side: str) -> Any:
    """Return a side's facts, read with the list's page or now."""
    if not hasattr(payment, "payer_facts"):
        found = parties_by_ids([payment.payer_id, payment.payee_id])
        payment.payer_facts = found.get(payment.payer_id)  # type: ignore[attr-defined]
        payment.payee_facts = found.get(payment.payee_id)  # type: ignore[attr-defined]
    return getattr(payment, f"{side}_facts")


def _leg_row(leg: Any) -> tuple[object, ...]:
    attempt: Model | None = getattr(leg, "attempt", None)
    start = (leg.kind, leg.bank or "—", f"···{leg.account_token[-4:]}", state_words(leg.state))
    if not isinstance(attempt, Attempt):
        return (*start, "—", "—", "—", "—", "—")
    answer = " ".join(filter(None, (attempt.outcome or "asked", attempt.reason)))
    return (
        *start,
        mono(" ".join(filter(None, (attempt.instruction_id, attempt.end_to_end_id)))),
        attempt.asked_at,
        answer,
        attempt.look_ups,
        attempt.bank_reference or "—",
    )
