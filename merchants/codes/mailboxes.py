"""One mailbox under the many addresses that lead to it."""

from contextlib import suppress

from django.utils.encoding import punycode


def mailbox_of(address: str) -> str:
    """Return what an address is counted as: its mailbox, however it is spelt.

    Many servers put mail for ``ana.s+anything@`` and ``"Ana.S"@`` where that for ``anas@`` goes.
    Where one does not, two people share a count and nothing else.

    Args:
        address: A mail address that was found to be one.
    """
    name, _at, domain = address.lower().rpartition("@")
    plain = "".join(each for each in name.partition("+")[0] if each.isalnum())
    with suppress(UnicodeError):
        domain = punycode(domain)
    return f"{plain or name}@{domain}"
