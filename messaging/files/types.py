"""The types of file that may be sent, and how much of each."""

from dataclasses import dataclass
from typing import Final

from messaging.enums import MediaKind

MAX_IMAGE_BYTES: Final = 10_000_000
MAX_SOUND_BYTES: Final = 16_000_000
MAX_DOCUMENT_BYTES: Final = 100_000_000
# A file in its multipart envelope, with the names of its fields.
MAX_UPLOAD_BYTES: Final = MAX_DOCUMENT_BYTES + 1_000_000

_MOST: Final = {
    MediaKind.IMAGE: MAX_IMAGE_BYTES,
    MediaKind.AUDIO: MAX_SOUND_BYTES,
    MediaKind.VIDEO: MAX_SOUND_BYTES,
    MediaKind.DOCUMENT: MAX_DOCUMENT_BYTES,
}


@dataclass(frozen=True, slots=True)
class FileType:
    """What a file is.

    Attributes:
        kind: How it is shown.
        mime: What it is handed out as.
        extensions: How a name of such a file may end, the usual one first.
    """

    kind: MediaKind
    mime: str
    extensions: tuple[str, ...]

    @property
    def max_bytes(self) -> int:
        """How large a file of this kind may be."""
        return _MOST[self.kind]

    def named(self, name: str) -> str:
        """Return a name as a file of this type may be saved under it.

        A name that ends like another type gets the right ending behind it: ``invoice.exe`` that
        is an archive is saved as ``invoice.exe.zip``.
        """
        ending = name.rpartition(".")[2].lower()
        return name if ending in self.extensions else f"{name}.{self.extensions[0]}"


def _image(mime: str, *extensions: str) -> FileType:
    return FileType(MediaKind.IMAGE, mime, extensions)


def _audio(mime: str, *extensions: str) -> FileType:
    return FileType(MediaKind.AUDIO, mime, extensions)


def _video(mime: str, *extensions: str) -> FileType:
    return FileType(MediaKind.VIDEO, mime, extensions)


def _document(mime: str, *extensions: str) -> FileType:
    return FileType(MediaKind.DOCUMENT, mime, extensions)


JPEG: Final = _image("image/jpeg", "jpg", "jpeg")
PNG: Final = _image("image/png", "png")
WEBP: Final = _image("image/webp", "webp")
GIF: Final = _image("image/gif", "gif")

OGG: Final = _audio("audio/ogg", "ogg", "oga", "opus")
MP3: Final = _audio("audio/mpeg", "mp3")
M4A: Final = _audio("audio/mp4", "m4a", "mp4")
AAC: Final = _audio("audio/aac", "aac")
AMR: Final = _audio("audio/amr", "amr")
WEBM_AUDIO: Final = _audio("audio/webm", "weba", "webm")

MP4: Final = _video("video/mp4", "mp4", "m4v")
GP3: Final = _video("video/3gpp", "3gp", "3gpp")
WEBM: Final = _video("video/webm", "webm")

PDF: Final = _document("application/pdf", "pdf")
ZIP: Final = _document("application/zip", "zip")
TEXT: Final = _document("text/plain", "txt", "csv", "md", "log")
_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument"
DOCX: Final = _document(f"{_OPEN_XML}.wordprocessingml.document", "docx")
XLSX: Final = _document(f"{_OPEN_XML}.spreadsheetml.sheet", "xlsx")
PPTX: Final = _document(f"{_OPEN_XML}.presentationml.presentation", "pptx")
ODT: Final = _document("application/vnd.oasis.opendocument.text", "odt")
ODS: Final = _document("application/vnd.oasis.opendocument.spreadsheet", "ods")
ODP: Final = _document("application/vnd.oasis.opendocument.presentation", "odp")
DOC: Final = _document("application/msword", "doc")
XLS: Final = _document("application/vnd.ms-excel", "xls")
PPT: Final = _document("application/vnd.ms-powerpoint", "ppt")

TYPES: Final = {
    each.mime: each
    for each in (
        *(JPEG, PNG, WEBP, GIF),
        *(OGG, MP3, M4A, AAC, AMR, WEBM_AUDIO),
        *(MP4, GP3, WEBM),
        *(PDF, ZIP, TEXT, DOCX, XLSX, PPTX, ODT, ODS, ODP, DOC, XLS, PPT),
    )
}
