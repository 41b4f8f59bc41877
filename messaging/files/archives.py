"""ZIP archives and what is written in them, such as office documents; nothing is unpacked.

An archive's directory stands at its end. Before it is read it is made sure that it is small, that
it ends where the file ends, and that nothing lies between it and the files: an archive that was
glued behind something else, or has something glued to it, is refused.

Sources: PKWARE's APPNOTE 6.3.10, ECMA-376 (Open Packaging), OpenDocument 1.3 part 2, and
Microsoft's [MS-CFB] 2.2 and 2.6.
"""

import struct
import zipfile
from typing import BinaryIO, Final

from messaging.files import types
from messaging.files.errors import MediaBroken, MediaTypeRefused, MediaUnpacksTooLarge
from messaging.files.types import FileType

_END: Final = struct.Struct("<4s4H2IH")
_END_MARK: Final = b"PK\x05\x06"
_LONGEST_COMMENT: Final = 65_535
_MOST_ENTRIES: Final = 20_000
_MOST_DIRECTORY: Final = 8_000_000
# One GB, or two hundred times the archive, whichever is more.
_MOST_UNPACKED: Final = 1_000_000_000
_MOST_RATIO: Final = 200
_MOST_MIME: Final = 100

_OFFICE: Final = (("word/", types.DOCX), ("xl/", types.XLSX), ("ppt/", types.PPTX))
_OPEN_DOCUMENTS: Final = {each.mime.encode(): each for each in (types.ODT, types.ODS, types.ODP)}
_COMPOUND: Final = (
    ("WordDocument", types.DOC),
    ("Workbook", types.XLS),
    ("PowerPoint Document", types.PPT),
)


def zip_type(file: BinaryIO, size: int, _head: bytes) -> FileType:
    """Say which office document an archive is, or that it is only an archive.

    Raises:
        MediaBroken: Its directory is missing or does not fit the file.
        MediaTypeRefused: It holds macros, or more entries than anybody sends.
        MediaUnpacksTooLarge: It is a bomb.
    """
    _check_end(file, size)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            if sum(each.file_size for each in entries) > max(_MOST_UNPACKED, size * _MOST_RATIO):
                raise MediaUnpacksTooLarge
            return _type_of_entries(archive, entries)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError) as error:
        raise MediaBroken from error


def ends_like_zip(file: BinaryIO, size: int) -> bool:
    """Tell whether a file of another type is an archive as well: those are read from their end."""
    file.seek(max(0, size - _END.size - _LONGEST_COMMENT))
    tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or at + _END.size > len(tail):
        return False
    comment: int = _END.unpack_from(tail, at)[-1]
    return at + _END.size + comment == len(tail)


def _check_end(file: BinaryIO, size: int) -> None:
    """Check the record at the end before anything believes it."""
    tail_at = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or at + _END.size > len(tail):
        raise MediaBroken
    _mark, disk, first, here, total, length, start, comment = _END.unpack_from(tail, at)
    if (disk, first, here) != (0, 0, total) or total > _MOST_ENTRIES or length > _MOST_DIRECTORY:
        raise MediaTypeRefused
    end = tail_at + at
    if start + length != end or end + _END.size + comment != size:
        raise MediaBroken


def _type_of_entries(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> FileType:
    names = [each.filename for each in entries]
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise MediaTypeRefused
    if "[Content_Types].xml" in names:
        for folder, kind in _OFFICE:
            if any(name.startswith(folder) for name in names):
                return kind
    if names and names[0] == "mimetype" and entries[0].file_size <= _MOST_MIME:
        return _OPEN_DOCUMENTS.get(archive.read(entries[0]), types.ZIP)
    return types.ZIP


def compound_type(file: BinaryIO, size: int, head: bytes) -> FileType:
    """Say which of the old office formats a compound file is, by its directory's names.

    Raises:
        MediaBroken: Its directory lies behind its end.
        MediaTypeRefused: It is none of them: an installer, a mailbox.
    """
    if len(head) < 512:  # noqa: PLR2004 - The file's own head.
        raise MediaBroken
    shift = struct.unpack_from("<H", head, 30)[0]
    if shift not in {9, 12}:
        raise MediaBroken
    place = (struct.unpack_from("<I", head, 48)[0] + 1) << shift
    if place >= size:
        raise MediaBroken
    file.seek(place)
    directory = file.read(4096)
    for name, kind in _COMPOUND:
        if name.encode("utf-16-le") in directory:
            return kind
    raise MediaTypeRefused
