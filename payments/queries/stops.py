"""Which parties nothing is paid out to, because a room above says so."""

from payments.models import PayoutStop


def unpaid_parties() -> frozenset[int]:
    """Return the parties whose payouts are stopped; one query over what stands."""
    standing = PayoutStop.objects.filter(lifted_at__isnull=True)
    return frozenset(standing.values_list("party_id", flat=True))


def is_unpaid(party_id: int) -> bool:
    """Tell whether a party's payouts are stopped; one query."""
    return PayoutStop.objects.filter(party_id=party_id, lifted_at__isnull=True).exists()
