"""Signed receipts on the staff's site, by their code or their payment."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, amount, recent_filter, record_link
from payments.admin.rows import mono
from payments.models import Receipt, ReceiptKey
from payments.receipt_codes import read_code, shown_code


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Signed receipts, by their code or their payment."""

    list_display = ("shown", "paid", "money", "issued_at", "key")
    list_filter = (recent_filter("issued_at", _("issued")),)
    list_select_related = ("payment", "key")
    search_fields = ("code__exact", "payment__public_id__exact")
    search_help_text = _("Receipt's code, with or without dashes, or payment's id.")
    readonly_fields = ("shown", "paid", "money")
    fields = ("shown", "paid", "money", "issued_at", "key", "signed_text", "signature")
    ordering = ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Read a code as people type it."""
        code = read_code(search_term)
        return super().get_search_results(request, queryset, code or search_term)

    @admin.display(description=_("code"))
    def shown(self, receipt: Receipt) -> SafeString:
        """Show the code in groups."""
        return mono(shown_code(receipt.code))

    @admin.display(description=_("payment"))
    def paid(self, receipt: Receipt) -> SafeString:
        """Lead to the payment."""
        payment = receipt.payment
        return record_link("payments_payment", payment.pk, payment.public_id)

    @admin.display(description=_("amount"))
    def money(self, receipt: Receipt) -> str:
        """Show how much."""
        return amount(receipt.payment.amount_minor, receipt.payment.currency)


@admin.register(ReceiptKey)
class ReceiptKeyAdmin(ReadOnlyAdmin):
    """The public keys that receipts were signed with."""

    list_display = ("key_id", "valid_from", "valid_to")
    search_fields = ("key_id__startswith",)
    ordering = ("-id",)
