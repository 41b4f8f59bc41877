"""Pictures: measured before they are unpacked, then written anew from their pixels.

A picture is a program for a decoder; a few kilobytes can ask for gigabytes. So its size is read
from its head by the few lines here, before any decoder sees it. One picture at a time is decoded
in each process: twenty-five million pixels take a hundred megabytes. A few wait for their turn,
each in one of the threads that everybody is served by; one more is refused at once.
"""

import struct
import tempfile
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from PIL import Image, ImageOps

from core.errors import TooManyRequests
from messaging.files import types
from messaging.files.errors import MediaBroken, MediaTooManyPixels
from messaging.files.types import FileType

MOST_IN_TURN: Final = 5
MAX_PIXELS: Final = 25_000_000
THUMBNAIL_EDGE: Final = 320
_IN_MEMORY: Final = 1_000_000
_QUALITY: Final = 85
_THUMBNAIL_QUALITY: Final = 80
# Twice this is an error to Pillow and less is a warning, which says nothing new here.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_FORMATS: Final = {types.JPEG: "JPEG", types.PNG: "PNG", types.WEBP: "WEBP", types.GIF: "GIF"}
_WRITTEN_AS: Final = {**{each: each for each in _FORMATS}, types.GIF: types.PNG}
_OPTIONS: Final[dict[FileType, dict[str, int]]] = {
    types.JPEG: {"quality": _QUALITY},
    # The next better levels take three times as long for a twentieth less.
    types.PNG: {"compress_level": 4},
    types.WEBP: {"quality": _QUALITY, "method": 3},
}
# Of a JPEG: what may stand before a frame's segment, segments without a length, and those that
# begin a frame (0xC4, 0xC8 and 0xCC lie among them and are none).
_MOST_SEGMENTS: Final = 1000
_ENDS: Final = frozenset({0x00, 0xD9, 0xDA})
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Whatever a decoder may stumble over: SyntaxError is what Pillow raises for a bad PNG.
_TROUBLE: Final = (OSError, ValueError, SyntaxError, struct.error, EOFError, IndexError, KeyError)

_one_at_a_time = threading.BoundedSemaphore(1)
_in_turn = threading.BoundedSemaphore(MOST_IN_TURN)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was written anew."""

    file: BinaryIO
    type: FileType
    width: int
    height: int
    byte_count: int


def clean_picture(file: BinaryIO, kind: FileType) -> Picture:
    """Return a picture's pixels as a new file: turned the right way up, and nothing else in it.

    Of a moving picture the first one is kept.

    Args:
        file: As it came.
        kind: JPEG, PNG, WebP or GIF, which becomes PNG.

    Raises:
        MediaTooManyPixels: It has over 25 million, by what its head says or its decoder finds.
        MediaBroken: It cannot be decoded to its end.
        TooManyRequests: Others wait for their turn, as many as may.
    """
    _check_size(file, kind)
    written_as = _WRITTEN_AS[kind]
    with _turn():
        try:
            picture = _pixels(file, kind, alpha=written_as is not types.JPEG)
        except Image.DecompressionBombError as error:
            raise MediaTooManyPixels from error
        except _TROUBLE as error:
            raise MediaBroken from error
        new = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - Its reader closes it.
        picture.save(new, _FORMATS[written_as], **_OPTIONS[written_as])
    return Picture(new, written_as, picture.width, picture.height, new.tell())


@contextmanager
def _turn() -> Iterator[None]:
    if not _in_turn.acquire(blocking=False):
        raise TooManyRequests(retry_after_seconds=2)
    try:
        with _one_at_a_time:
            yield
    finally:
        _in_turn.release()


def make_thumbnail(file: BinaryIO) -> BinaryIO:
    """Return a small JPEG of a picture that ``clean_picture`` wrote; what is clear becomes white.

    Raises:
        MediaBroken: The kept file cannot be read any more.
    """
    with _one_at_a_time:
        try:
            picture = Image.open(file, formats=("JPEG", "PNG", "WEBP"))
            picture.draft("RGB", (THUMBNAIL_EDGE, THUMBNAIL_EDGE))
            picture.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
            small = picture.convert("RGBA")
        except _TROUBLE as error:
            raise MediaBroken from error
        page = Image.new("RGBA", small.size, "white")
        page.alpha_composite(small)
        new = cast("BinaryIO", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        page.convert("RGB").save(new, "JPEG", quality=_THUMBNAIL_QUALITY)
    return new


def _pixels(file: BinaryIO, kind: FileType, *, alpha: bool) -> Image.Image:
    """Decode the first picture of a file, in colours that every format here can keep."""
    file.seek(0)
    picture = Image.open(file, formats=(_FORMATS[kind],))
    picture.load()
    turned = ImageOps.exif_transpose(picture)
    is_clear = alpha and turned.has_transparency_data
    plain = turned.convert("RGBA" if is_clear else "L" if turned.mode in {"1", "L"} else "RGB")
    # What an encoder would take over unasked: comments, colour profiles, where it was taken.
    plain.info = {}
    return plain


def _check_size(file: BinaryIO, kind: FileType) -> None:
    file.seek(0)
    try:
        width, height = _SIZES[kind](file)
    except struct.error as error:
        raise MediaBroken from error
    if width < 1 or height < 1:
        raise MediaBroken
    if width * height > MAX_PIXELS:
        raise MediaTooManyPixels


def _png_size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(24)
    if head[12:16] != b"IHDR":
        raise MediaBroken
    width, height = struct.unpack(">2I", head[16:24])
    return width, height


def _gif_size(file: BinaryIO) -> tuple[int, int]:
    width, height = struct.unpack("<2H", file.read(10)[6:])
    return width, height


def _jpeg_size(file: BinaryIO) -> tuple[int, int]:
    """Go from segment to segment until the one that begins a frame."""
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        code = _next_marker(file)
        if code in _ENDS:
            raise MediaBroken
        if code in _ALONE:
            continue
        (length,) = struct.unpack(">H", file.read(2))
        if code in _FRAMES:
            height, width = struct.unpack(">2H", file.read(5)[1:])
            return width, height
        file.seek(length - 2, 1)
    raise MediaBroken


def _next_marker(file: BinaryIO) -> int:
    """Return the code of the segment that begins here; fill bytes may stand before it."""
    if file.read(1) != b"\xff":
        raise MediaBroken
    while (code := file.read(1)) == b"\xff":
        pass
    return code[0] if code else 0


def _webp_size(file: BinaryIO) -> tuple[int, int]:
    head = file.read(30)
    chunk = head[12:16]
    if chunk == b"VP8X":
        width, height = head[24:27], head[27:30]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1
    if chunk == b"VP8L":
        (bits,) = struct.unpack("<I", head[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack("<2H", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise MediaBroken


_SIZES: Final = {
    types.JPEG: _jpeg_size,
    types.PNG: _png_size,
    types.GIF: _gif_size,
    types.WEBP: _webp_size,
}
