"""The books: accounts and the lines between them."""

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, amount, choice_filter, link, recent_filter, row_filter
from payments.admin.rows import account_names, bank_slugs, party_link, party_named, put_parties
from payments.enums import LedgerKind, TransferKind
from payments.models import LedgerAccount, LedgerInbox, LedgerTransfer
from people.queries import party_by_id


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    """Accounts of the chart, with what is folded in and what waits in the inbox."""

    list_display = ("__str__", "owner", "currency", "money", "waiting", "floor", "takes_inbox")
    list_filter = (
        choice_filter("kind", _("kind"), LedgerKind),
        row_filter("bank", _("bank"), bank_slugs),
    )
    search_fields = ("kind__startswith", "bank__startswith")
    search_help_text = _("Kind, bank, party's id, or phone with country code.")
    ordering = ("id",)
    readonly_fields = ("owner", "money", "waiting", "lines")
    fields = ("kind", "owner", "bank", "currency", "money", "waiting", "floor", "lines")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LedgerAccount], search_term: str
    ) -> tuple[QuerySet[LedgerAccount], bool]:
        """Find a party's accounts as well."""
        term = search_term.strip()
        if term.startswith(("pty_", "+")):
            return queryset.filter(party_id=party_named(term) or 0), False
        return super().get_search_results(request, queryset, term)

    def prepare_rows(self, rows: Sequence[LedgerAccount]) -> None:
        """Read owners and inboxes of a page, in two queries."""
        put_parties(rows, owner_facts="party_id")
        sums = LedgerInbox.objects.filter(account_id__in=[row.pk for row in rows])
        found = dict(sums.values_list("account_id").annotate(total=Sum("delta_minor")))
        for row in rows:
            row.inbox_minor = found.get(row.pk, 0)  # type: ignore[attr-defined]

    @admin.display(description=_("owner"))
    def owner(self, account: LedgerAccount) -> SafeString | str:
        """Name whose it is."""
        if not hasattr(account, "owner_facts"):
            return party_link(party_by_id(account.party_id) if account.party_id else None)
        return party_link(account.owner_facts)

    @admin.display(description=_("balance, folded"), ordering="balance")
    def money(self, account: LedgerAccount) -> str:
        """Show the balance."""
        return amount(account.balance, account.currency)

    @admin.display(description=_("in the inbox"))
    def waiting(self, account: LedgerAccount) -> str:
        """Show what is not folded in yet."""
        if not hasattr(account, "inbox_minor"):
            self.prepare_rows([account])
        return amount(account.inbox_minor, account.currency)  # type: ignore[attr-defined]

    @admin.display(description=_("lines"))
    def lines(self, account: LedgerAccount) -> SafeString:
        """Lead to the account's lines."""
        url = reverse("admin:payments_ledgertransfer_changelist")
        return link(f"{url}?q=account:{account.pk}", _("Lines of this account"))


@admin.register(LedgerTransfer)
class LedgerTransferAdmin(ReadOnlyAdmin):
    """Lines of the books, newest first; nothing ever changes them."""

    list_display = ("seq", "at", "kind", "debit", "credit", "money", "payment_ref")
    list_filter = (
        choice_filter("kind", _("verb"), TransferKind),
        recent_filter("at", _("posted")),
    )
    search_fields = ("payment_ref__exact",)
    search_help_text = _("Payment or payout id; account:NUMBER for one account's lines.")
    ordering = ("-seq",)
    audit_field = "payment_ref"
    readonly_fields = ("debit", "credit", "money")
    fields = (
        "seq",
        "id",
        "journal",
        "kind",
        "debit",
        "debit_after",
        "credit",
        "credit_after",
        "money",
        "payment_ref",
        "at",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LedgerTransfer], search_term: str
    ) -> tuple[QuerySet[LedgerTransfer], bool]:
        """Find by payment, payout or account."""
        account = search_term.strip().removeprefix("account:")
        if account != search_term.strip() and account.isdigit():
            number = int(account)
            return queryset.filter(debit_id=number) | queryset.filter(credit_id=number), False
        return super().get_search_results(request, queryset, search_term)

    def prepare_rows(self, rows: Sequence[LedgerTransfer]) -> None:
        """Read the accounts of a page at once."""
        names = account_names([side for row in rows for side in (row.debit_id, row.credit_id)])
        for row in rows:
            row.names = names  # type: ignore[attr-defined]

    @admin.display(description=_("from (debit)"))
    def debit(self, line: LedgerTransfer) -> object:
        """Name the debited account."""
        return self._named(line, line.debit_id)

    @admin.display(description=_("to (credit)"))
    def credit(self, line: LedgerTransfer) -> object:
        """Name the credited account."""
        return self._named(line, line.credit_id)

    @admin.display(description=_("amount"))
    def money(self, line: LedgerTransfer) -> str:
        """Show the amount."""
        return amount(line.amount_minor, line.currency)

    def _named(self, line: LedgerTransfer, account_id: int) -> object:
        if not hasattr(line, "names"):
            self.prepare_rows([line])
        return line.names.get(account_id, account_id)  # type: ignore[attr-defined]
