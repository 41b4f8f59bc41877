"""Handing a file out, by the front where there is one: a slow reader then holds no thread here.

The front says with each call that it takes files (a client's own word for it is dropped there). The
answer then names the part of the file instead of holding it, and the front sends that part after it
has let go of this side.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from messaging.files import vault

TAKES: Final = "X-Troco-Takes-Files"
HANDED: Final = "X-Troco-File"
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Part:
    """Which bytes of a file go out.

    Attributes:
        key: Where the file lies.
        start: The first byte's place.
        length: How many.
    """

    key: str
    start: int
    length: int

    def __str__(self) -> str:
        """Return the part as it stands in a header."""
        return f"{self.key} {self.start} {self.length}"

    def open(self) -> BinaryIO:
        """Open it, to be read from its own beginning to its own end.

        Raises:
            FileNotFoundError: The file has gone.
        """
        return vault.read_part(self.key, self.start, self.length)


def read_part(text: str) -> Part:
    """Return the part that a header names."""
    key, start, length = text.split(" ")
    return Part(key, int(start), int(length))


def answer_with(request: HttpRequest, part: Part) -> HttpResponseBase:
    """Answer with a part of a file; what it is, the caller adds.

    Raises:
        FileNotFoundError: The file has gone.
    """
    if TAKES in request.headers:
        response = HttpResponse()
        response[HANDED] = str(part)
        return response
    streamed = StreamingHttpResponse(_pieces(part.open()))
    streamed["Content-Length"] = str(part.length)
    return streamed


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_CHUNK):
            yield piece
