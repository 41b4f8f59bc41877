"""Where a call comes from, and lists of addresses that something is for."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAPPED_BITS = 96
"""How many bits of an IPv6 address say that the rest is one of IPv4 (RFC 4291, 2.5.5.2)."""


def address_of(request: HttpRequest) -> Address | None:
    """Return the address that a call comes from; None where nobody who is believed says it.

    A connection by TCP has its own. Over a Unix socket only our own front calls, which throws
    away what callers claim and writes down last whom it was called by: a proxy that
    ``TROCO_TRUSTED_PROXIES`` names is looked behind, any other is the caller itself.
    """
    socket = str(request.META.get("REMOTE_ADDR", ""))
    passed = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2]
    try:
        return _plain(ip_address(socket or passed.strip()))
    except ValueError:
        return None


def network_of(text: str) -> Network:
    """Read an address, or a range like ``203.0.113.0/24`` or ``2001:db8::/32``.

    Raises:
        ValueError: It is neither, names a host within a range, or is everywhere.
    """
    if "%" in text:
        raise ValueError(text)
    found = ip_network(text)
    mapped = getattr(found.network_address, "ipv4_mapped", None)
    if mapped is not None and found.prefixlen >= _MAPPED_BITS:
        found = ip_network((mapped, found.prefixlen - _MAPPED_BITS))
    if not found.prefixlen:
        raise ValueError(text)
    return found


def is_within(address: Address | None, networks: Iterable[str]) -> bool:
    """Tell whether an address lies in one of some ranges, each as ``network_of`` reads it."""
    return address is not None and any(address in _read(each) for each in networks)


def _plain(address: Address) -> Address:
    """Return IPv4 that came in the clothes of IPv6 as what it is."""
    return getattr(address, "ipv4_mapped", None) or address


_read = lru_cache(maxsize=1024)(network_of)
