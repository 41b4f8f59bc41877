"""What fails with one bank while the others go on, and what is too large for it."""

from collections.abc import Sequence

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, amount, choice_filter, row_filter
from payments.admin.rows import bank_choices, party_link, put_parties
from payments.enums import BankWork
from payments.models import BankTrouble, TooLarge
from people.queries import parties_by_ids


@admin.register(BankTrouble)
class BankTroubleAdmin(ReadOnlyAdmin):
    """Works with banks that failed the last time, the oldest trouble first."""

    list_display = ("bank", "work", "error", "times", "since_at", "last_at")
    list_filter = (
        choice_filter("work", _("work"), BankWork.values),
        row_filter("bank_id", _("bank"), bank_choices),
    )
    list_select_related = ("bank",)
    search_fields = ("bank__slug__startswith",)
    ordering = ("since_at",)
    fields = ("bank", "work", "error", "times", "since_at", "last_at")


@admin.register(TooLarge)
class TooLargeAdmin(ReadOnlyAdmin):
    """Sales and entries above their bank's limit for one payout, the oldest first."""

    list_display = ("name", "shop", "bank", "money", "limit", "since_at")
    list_filter = (row_filter("bank_id", _("bank"), bank_choices),)
    list_select_related = ("bank", "payment", "entry")
    search_fields = ("payment__public_id__exact", "entry__public_id__exact")
    search_help_text = _("The payment, or the entry.")
    ordering = ("since_at",)
    readonly_fields = ("name", "shop", "money", "limit")
    fields = ("name", "shop", "bank", "money", "limit", "since_at")

    def prepare_rows(self, rows: Sequence[TooLarge]) -> None:
        """Read the shops of a page at once."""
        put_parties(rows, shop_facts="party_id")

    @admin.display(description=_("what waits"))
    def name(self, row: TooLarge) -> str:
        """Name the sale or entry."""
        return row.reference

    @admin.display(description=_("shop"))
    def shop(self, row: TooLarge) -> SafeString | str:
        """Name the shop."""
        read = vars(row).get("shop_facts")  # With the list's page.
        return party_link(read or parties_by_ids([row.party_id]).get(row.party_id))

    @admin.display(description=_("amount"))
    def money(self, row: TooLarge) -> str:
        """Show what the shop is owed by it."""
        return amount(row.amount_minor, row.currency)

    @admin.display(description=_("the bank's limit for one payout"))
    def limit(self, row: TooLarge) -> str:
        """Show what the bank takes at most."""
        return amount(row.limit_minor, row.currency)
