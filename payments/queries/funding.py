"""Reading funding sources and payout accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from payments.enums import SourceKind
from payments.models import Bank, FundingSource, PayoutAccount


@dataclass(frozen=True, slots=True)
class PaidTo:
    """Where a shop is paid out to: the bank's slug and name, and the end of the account."""

    bank: str
    bank_name: str
    last4: str


RECEIVING_KINDS = (SourceKind.BANK_ACCOUNT.value,)


def list_sources(party_id: int) -> list[FundingSource]:
    """Return a party's funding sources that were not removed, newest first; one query."""
    kept = FundingSource.objects.filter(party_id=party_id, removed_at__isnull=True)
    return list(kept.order_by("-id"))


def source_of(party_id: int, public_id: str) -> FundingSource | None:
    """Return a party's own source that was not removed, or None; one query."""
    return FundingSource.objects.filter(
        party_id=party_id, public_id=public_id, removed_at__isnull=True
    ).first()


def default_source(party_id: int) -> FundingSource | None:
    """Return the source a party pays from unless it says otherwise, or None; one query."""
    return FundingSource.objects.filter(party_id=party_id, is_default=True).first()


def receiving_source(party_id: int) -> FundingSource | None:
    """Return the verified bank account that a party receives on, or None; one query.

    Its default where that can receive, the oldest verified account otherwise.
    """
    usable = FundingSource.objects.filter(
        party_id=party_id,
        kind__in=RECEIVING_KINDS,
        verified_at__isnull=False,
        removed_at__isnull=True,
    )
    return usable.order_by(F("is_default").desc(), "id").first()


def account_changed_since(party_id: int, since: datetime) -> bool:
    """Tell whether a party receives on another account than before since; two queries at most."""
    payouts = PayoutAccount.objects.filter(party_id=party_id)
    if payouts.filter(replaced_at__gte=since).exists():
        return True
    verified = FundingSource.objects.filter(
        party_id=party_id, kind__in=RECEIVING_KINDS, verified_at__isnull=False
    )
    earlier = verified.filter(verified_at__lt=OuterRef("verified_at"))
    return verified.filter(
        Exists(earlier), verified_at__gte=since, removed_at__isnull=True
    ).exists()


def payout_account_of(party_id: int) -> PayoutAccount | None:
    """Return the account that a shop is paid out to now, or None; one query."""
    return PayoutAccount.objects.filter(party_id=party_id, replaced_at__isnull=True).first()


def paid_to(party_id: int) -> PaidTo | None:
    """Return where that account is, as its owner knows it, or None; one query."""
    named = Bank.objects.filter(slug=OuterRef("bank")).values("name")
    rows = PayoutAccount.objects.filter(party_id=party_id, replaced_at__isnull=True)
    row = rows.values_list("bank", Coalesce(Subquery(named), "bank"), "last4").first()
    return PaidTo(*row) if row else None


def payout_accounts_of(party_ids: Iterable[int]) -> dict[int, PayoutAccount]:
    """Return the current payout account of each party that has one; one query."""
    found = PayoutAccount.objects.filter(party_id__in=set(party_ids), replaced_at__isnull=True)
    return {account.party_id: account for account in found}
