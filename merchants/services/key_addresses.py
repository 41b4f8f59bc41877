"""From where a shop's key opens: said by its team, and looked at with each call."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from core.api import Address, Network, is_within, network_of
from core.clock import wall_now
from core.errors import Forbidden, NotFound
from core.transactions import owns
from merchants.models import ShopKey
from merchants.models.keys import MOST_RANGES
from merchants.queries.keys import KeyFacts
from merchants.services.keys import check_scopes, lock_shop
from merchants.services.texts import refusal
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

_EVERYWHERE: Final = _("That is everywhere. Leave the list empty for it.")


class KeyAddressRefused(Forbidden):
    """The key is good, and called from an address that its shop has not named."""

    code = "key_address_refused"
    words: ClassVar[object] = _(
        "This key opens only from the addresses that its shop has named. Name this one, too."
    )


@owns
def limit_addresses(
    *, shop_id: int, actor: "Person", key_id: str, addresses: Sequence[str]
) -> ShopKey:
    """Say from where a key opens; the next call from elsewhere is refused.

    Changes: ``ShopKey.addresses``; recorded in the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team says it.
        key_id: Public id of the key.
        addresses: IPv4 and IPv6, or ranges of them like ``203.0.113.0/24``; none is everywhere.

    Raises:
        NotFound: The shop has no such living key.
        InputInvalid: One is no address, or there are more than fifty; ``addresses`` says which.
        Forbidden: It opens refunds, and who says it is no owner.

    Transaction: owns.
    """
    wanted = _read_addresses(addresses)
    shop = lock_shop(shop_id=shop_id)
    rows = ShopKey.objects.select_for_update(of=("self",)).filter(revoked_at__isnull=True)
    key = rows.filter(shop=shop, public_id=key_id).first()
    if key is None or (key.ends_at is not None and key.ends_at <= wall_now()):
        raise NotFound
    check_scopes(shop, actor, key.scopes)
    if key.addresses != wanted:
        before, key.addresses = key.addresses, wanted
        key.save(update_fields=["addresses"])
        record(
            actor=actor,
            action="shop_key.addresses_changed",
            object_ref=shop.public_id,
            before={"key": key.public_id, "addresses": before},
            after={"addresses": wanted},
            reason="",
        )
    return key


def check_address(*, key: KeyFacts, address: Address | None) -> None:
    """Refuse a key's call that comes from where its shop did not allow it.

    Raises:
        KeyAddressRefused: As it says, with the address.

    Transaction: none.
    """
    if key.addresses and not is_within(address, key.addresses):
        raise KeyAddressRefused(address=str(address) if address else None)


def _read_addresses(addresses: Sequence[str]) -> list[str]:
    """Return addresses and ranges as they are kept: each once, in order."""
    found = []
    for text in addresses:
        try:
            found.append(network_of(text.strip()))
        except ValueError as error:
            raise refusal("addresses", _address_words(text)) from error
    if len(found) > MOST_RANGES:
        raise refusal("addresses", _("A key has fifty addresses at most. Name ranges instead."))
    if _cover_everything(found):
        raise refusal("addresses", str(_EVERYWHERE))
    unique = sorted(set(found), key=lambda each: (each.version, int(each[0]), each.prefixlen))
    return [str(each) if each.num_addresses > 1 else str(each[0]) for each in unique]


def _cover_everything(found: Iterable[Network]) -> bool:
    """Tell whether ranges that are less each are everywhere together, as two halves are."""
    fours = collapse_addresses(each for each in found if isinstance(each, IPv4Network))
    sixes = collapse_addresses(each for each in found if isinstance(each, IPv6Network))
    return any(not four.prefixlen for four in fours) or any(not six.prefixlen for six in sixes)


def _address_words(text: str) -> str:
    """Say what is wrong with an address; where bits are set that its range leaves open, which."""
    try:
        meant = "" if "%" in text else str(ip_network(text.strip(), strict=False))
    except ValueError:
        meant = ""
    if not meant:
        words = _("“%(text)s” is no address. Write one like 203.0.113.7, or 2001:db8::/32.")
        return str(words) % {"text": text.strip()[:60]}
    if meant.endswith("/0"):
        return str(_EVERYWHERE)
    words = _("“%(text)s” is no range: write %(meant)s, or the address alone.")
    return str(words) % {"text": text.strip()[:60], "meant": meant}
