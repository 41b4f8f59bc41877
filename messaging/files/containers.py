"""Sounds and films: which container, and whether there is a picture in it."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from messaging.files import types
from messaging.files.errors import MediaBroken, MediaTypeRefused
from messaging.files.types import FileType

# A film of 16 MB has an index of some hundred kilobytes.
_MOST_INDEX: Final = 4_000_000
_MOST_BOXES: Final = 10_000
_BOX_HEAD: Final = 8
_LARGE_HEAD: Final = 16
_SOUND_BRANDS: Final = (b"M4A ", b"M4B ")
_FILM_BRANDS: Final = (
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso8", b"iso9"),
    *(b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"dash", b"mmp4"),
)
_OGG_SOUNDS: Final = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")


def iso_type(file: BinaryIO, size: int, head: bytes) -> FileType:
    """MP4, M4A or 3GP; pictures (HEIC, AVIF) and QuickTime in the same container are refused.

    Its boxes must fill the file exactly: one that was cut off, or has something behind it, does
    not. Whether it is a film is told by its tracks, not by its brand.
    """
    brand = head[8:12]
    if brand not in (*_SOUND_BRANDS, *_FILM_BRANDS) and not brand.startswith(b"3g"):
        raise MediaTypeRefused
    index = _index_of(file, size)
    if b"vide" in index:
        return types.GP3 if brand.startswith(b"3g") else types.MP4
    if b"soun" not in index:
        raise MediaTypeRefused
    return types.M4A


def _index_of(file: BinaryIO, size: int) -> bytes:
    """Return the kinds of track that the index (``moov``) names."""
    for name, start, length in _boxes(file, size):
        if name == b"moov":
            found_at, found_length = start, length
            break
    else:
        raise MediaBroken
    # The rest of the file must hold too.
    if sum(length for _name, _start, length in _boxes(file, size)) != size:
        raise MediaBroken
    if found_length > _MOST_INDEX:
        raise MediaTypeRefused
    file.seek(found_at)
    index = file.read(found_length)
    # A handler's box: its head, version and flags, four bytes of nothing, then the kind.
    return b" ".join(part[8:12] for part in index.split(b"hdlr")[1:])


def _boxes(file: BinaryIO, size: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place and length of each box of the file's first level."""
    place = 0
    for _ in range(_MOST_BOXES):
        if place >= size:
            return
        file.seek(place)
        head = file.read(_LARGE_HEAD)
        if len(head) < _BOX_HEAD:
            raise MediaBroken
        length, name = struct.unpack(">I4s", head[:_BOX_HEAD])
        if length == 1 and len(head) == _LARGE_HEAD:
            length = struct.unpack(">Q", head[_BOX_HEAD:])[0]
        elif length == 0:
            length = size - place
        if length < _BOX_HEAD or place + length > size:
            raise MediaBroken
        yield name, place, length
        place += length
    raise MediaBroken


def ebml_type(_file: BinaryIO, _size: int, head: bytes) -> FileType:
    """WebM: with a video codec among its tracks it is a film. Matroska is refused."""
    if b"\x42\x82\x84webm" not in head[:64]:
        raise MediaTypeRefused
    if b"V_VP8" in head or b"V_VP9" in head or b"V_AV1" in head:
        return types.WEBM
    if b"A_OPUS" in head or b"A_VORBIS" in head:
        return types.WEBM_AUDIO
    raise MediaTypeRefused


def ogg_type(_file: BinaryIO, _size: int, head: bytes) -> FileType:
    """Ogg with a sound in it; films in Ogg are refused."""
    if not any(mark in head[:64] for mark in _OGG_SOUNDS):
        raise MediaTypeRefused
    return types.OGG


def tagged_type(file: BinaryIO, size: int, head: bytes) -> FileType:
    """MPEG audio behind an ID3 tag, whose length is told in four times seven bits."""
    if len(head) < 10:  # noqa: PLR2004 - The tag's own head.
        raise MediaBroken
    length = 0
    for each in head[6:10]:
        length = length << 7 | each & 0x7F
    if 10 + length + 4 > size:
        raise MediaBroken
    file.seek(10 + length)
    return mpeg_type(file, size, file.read(2048).lstrip(b"\x00")[:4])


def mpeg_type(_file: BinaryIO, _size: int, head: bytes) -> FileType:
    """MPEG audio, layer III: the first frame's head holds no forbidden value."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:  # noqa: PLR2004
        raise MediaTypeRefused
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer != 1 or bit_rate in {0, 15} or sample_rate == 3:  # noqa: PLR2004
        raise MediaTypeRefused
    return types.MP3


def adts_type(file: BinaryIO, size: int, head: bytes) -> FileType:
    """AAC in ADTS frames: where the first one ends, the second begins."""
    if len(head) < 7 or head[2] >> 2 & 15 > 12:  # noqa: PLR2004 - Reserved sampling rates.
        raise MediaTypeRefused
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    file.seek(length)
    follows = file.read(2)
    if length < 7 or length > size or follows not in {b"", head[:2]}:  # noqa: PLR2004
        raise MediaBroken
    return types.AAC


def amr_type(_file: BinaryIO, _size: int, _head: bytes) -> FileType:
    """AMR, as phones record it."""
    return types.AMR
