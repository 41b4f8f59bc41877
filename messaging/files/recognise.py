"""What a file is, by its bytes.

Sources: the signatures are those of the formats' own definitions: JPEG (ITU-T T.81), PNG (W3C PNG,
third edition), WebP (RFC 9649), GIF89a, Ogg (RFC 3533), MPEG audio (ISO/IEC 11172-3), ADTS
(ISO/IEC 13818-7), AMR (RFC 4867), WebM (RFC 8794, RFC 9559), ISO base media (ISO/IEC 14496-12),
PDF (ISO 32000-2).
"""

import codecs
import re
from collections.abc import Callable
from typing import BinaryIO, Final

from messaging.enums import MediaKind
from messaging.files import containers, types
from messaging.files.archives import compound_type, ends_like_zip, zip_type
from messaging.files.errors import MediaBroken, MediaTypeRefused
from messaging.files.types import FileType

HEAD_BYTES: Final = 65_536
_CHUNK: Final = 65_536
_PDF_TAIL: Final = 1024
# All but tab, line feed, form feed and carriage return.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")

Decider = Callable[[BinaryIO, int, bytes], FileType]


def type_of(file: BinaryIO, size: int) -> FileType:
    """Return what a file is.

    Args:
        file: It can be sought; where it stands afterwards is not said.
        size: Its length in bytes.

    Raises:
        MediaTypeRefused: It is nothing that may be sent: a web page, a program, a drawing (SVG),
            a picture with something in front of it.
        MediaBroken: It is empty, or begins like a type and does not go on like it, or is an
            archive as well.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise MediaBroken
    decide = _decider_for(head) or _text
    found = decide(file, size, head)
    # A picture is written anew without what lies behind it.
    if found.kind != MediaKind.IMAGE and decide is not zip_type and ends_like_zip(file, size):
        raise MediaBroken
    return found


def most_bytes(head: bytes) -> int:
    """Return how large a file that begins so may be; the rest need not come to know that."""
    kind = _BY_DECIDER.get(_decider_for(head))
    return kind.max_bytes if kind is not None else types.MAX_DOCUMENT_BYTES


def _decider_for(head: bytes) -> Decider | None:
    for place, signature, decide in _SIGNATURES:
        if head[place : place + len(signature)] == signature:
            return decide
    return None


def _jpeg(_file: BinaryIO, _size: int, _head: bytes) -> FileType:
    return types.JPEG


def _png(_file: BinaryIO, _size: int, _head: bytes) -> FileType:
    return types.PNG


def _gif(_file: BinaryIO, _size: int, _head: bytes) -> FileType:
    return types.GIF


def _riff(_file: BinaryIO, _size: int, head: bytes) -> FileType:
    if head[8:12] != b"WEBP":
        raise MediaTypeRefused
    return types.WEBP


def _pdf(file: BinaryIO, size: int, _head: bytes) -> FileType:
    """A PDF ends with its mark; one that was cut off has none, one that was glued to has more."""
    file.seek(max(0, size - _PDF_TAIL))
    _before, mark, after = file.read(_PDF_TAIL).rpartition(b"%%EOF")
    if not mark or after.strip(b"\x00\t\n\x0c\r "):
        raise MediaBroken
    return types.PDF


def _text(file: BinaryIO, _size: int, head: bytes) -> FileType:
    """Plain text is UTF-8 without control characters, and no markup that a browser would obey."""
    if head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<":
        raise MediaTypeRefused
    decode = codecs.getincrementaldecoder("utf-8")().decode
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            if _CONTROLS.search(decode(chunk)):
                raise MediaTypeRefused
        decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise MediaTypeRefused from error
    return types.TEXT


_SIGNATURES: Final[tuple[tuple[int, bytes, Decider], ...]] = (
    (0, b"\xff\xd8\xff", _jpeg),
    (0, b"\x89PNG\r\n\x1a\n", _png),
    (0, b"GIF87a", _gif),
    (0, b"GIF89a", _gif),
    (0, b"RIFF", _riff),
    (4, b"ftyp", containers.iso_type),
    (0, b"\x1aE\xdf\xa3", containers.ebml_type),
    (0, b"OggS", containers.ogg_type),
    (0, b"ID3", containers.tagged_type),
    (0, b"\xff\xf1", containers.adts_type),
    (0, b"\xff\xf9", containers.adts_type),
    (0, b"\xff", containers.mpeg_type),
    (0, b"#!AMR\n", containers.amr_type),
    (0, b"#!AMR-WB\n", containers.amr_type),
    (0, b"%PDF-", _pdf),
    (0, b"PK\x03\x04", zip_type),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", compound_type),
)
# For those whose beginning tells how large they may be.
_BY_DECIDER: Final[dict[Decider | None, FileType]] = {
    _jpeg: types.JPEG,
    _png: types.PNG,
    _gif: types.GIF,
    _riff: types.WEBP,
    containers.iso_type: types.MP4,
    containers.ebml_type: types.WEBM,
    containers.ogg_type: types.OGG,
    containers.tagged_type: types.MP3,
    containers.adts_type: types.AAC,
    containers.mpeg_type: types.MP3,
    containers.amr_type: types.AMR,
}
