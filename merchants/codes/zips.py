"""A ZIP file that is written piece by piece, by processes that know nothing of each other.

Each piece of a file inside is compressed by itself and ends on a byte, so that pieces can be put
one after another; what has to be remembered between two of them is a few numbers. PKWARE's
APPNOTE 6.3.9, sections 4.3 and 4.4; sizes stand behind a file, as they are not known before it.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_HEAD, _BEHIND, _LISTED, _END = 0x04034B50, 0x08074B50, 0x02014B50, 0x06054B50
_VERSION: Final = 20
_FLAGS: Final = 0x0808
"""Sizes stand behind the file, and its name is UTF-8."""

_DEFLATED: Final = 8
_DAY: Final = 0x21
"""The first day that the format knows: a file's age says nothing here."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside: its name, where it begins, its checksum, its length packed and unpacked."""

    name: str
    at: int
    crc: int = 0
    packed: int = 0
    plain: int = 0


def head(name: str) -> bytes:
    """Return what stands before a file inside."""
    raw = name.encode()
    numbers = (_HEAD, _VERSION, _FLAGS, _DEFLATED, 0, _DAY, 0, 0, 0, len(raw), 0)
    return struct.pack("<IHHHHHIIIHH", *numbers) + raw


def piece(member: Member, text: bytes, *, is_last: bool) -> tuple[bytes, Member]:
    """Return a piece of a file inside, and the file as it is with it."""
    packer = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    made = packer.compress(text) + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_FULL_FLUSH)
    grown = Member(
        name=member.name,
        at=member.at,
        crc=zlib.crc32(text, member.crc),
        packed=member.packed + len(made),
        plain=member.plain + len(text),
    )
    return made, grown


def behind(member: Member) -> bytes:
    """Return what stands behind a file inside."""
    return struct.pack("<IIII", _BEHIND, member.crc, member.packed, member.plain)


def tail(members: Sequence[Member], at: int) -> bytes:
    """Return the list of all files, which ends the whole.

    Args:
        members: The files, in their order.
        at: How long everything before is.
    """
    listed = b"".join(_listed(each) for each in members)
    count = len(members)
    return listed + struct.pack("<IHHHHIIH", _END, 0, 0, count, count, len(listed), at, 0)


def _listed(member: Member) -> bytes:
    raw = member.name.encode()
    numbers = (_LISTED, _VERSION, _VERSION, _FLAGS, _DEFLATED, 0, _DAY)
    sizes = (member.crc, member.packed, member.plain)
    rest = (len(raw), 0, 0, 0, 0, 0, member.at)
    return struct.pack("<IHHHHHHIIIHHHHHII", *numbers, *sizes, *rest) + raw
