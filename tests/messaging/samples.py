"""Files as people send them, made on the spot."""

import io
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image


def picture(form: str = "JPEG", size: tuple[int, int] = (60, 40), **how: Any) -> bytes:
    """Return a picture, red on the left and blue on the right."""
    mode = how.pop("mode", "RGB")
    image = Image.new(mode, size, "red" if mode == "RGB" else 0)
    if mode == "RGB":
        image.paste("blue", (size[0] // 2, 0, *size))
    file = io.BytesIO()
    image.save(file, form, **how)
    return file.getvalue()


def located(size: tuple[int, int] = (60, 40)) -> bytes:
    """Return a JPEG that was taken lying on its side, and says where."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Ana"
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (23.0, 33.0, 1.0)
    return picture("JPEG", size, exif=exif, comment=b"Rua da Ana, 7", icc_profile=b"profile-of-ana")


def png_chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_bomb(width: int, height: int) -> bytes:
    """Return a few kilobytes that unpack to a picture of this size."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">2I5B", width, height, 1, 0, 0, 0, 0)
    parts = [png_chunk(b"IHDR", head), png_chunk(b"IDAT", data), png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def moving_gif() -> bytes:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue", "green")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=50)
    return file.getvalue()


def archive(files: dict[str, bytes], *, stored: bool = False) -> bytes:
    file = io.BytesIO()
    how = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w", how) as made:
        for name, content in files.items():
            # Without a date, which is in the bytes, two files made alike are alike.
            made.writestr(zipfile.ZipInfo(name), content, how)
    return file.getvalue()


def office(folder: str, **more: bytes) -> bytes:
    files = {"[Content_Types].xml": b"<Types/>", f"{folder}/document.xml": b"<x/>"}
    return archive(files | {f"{folder}/{name}": content for name, content in more.items()})


def pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(data), name) + data


def iso(brand: bytes, *tracks: bytes) -> bytes:
    """Return a container of the MP4 family with tracks of these kinds."""
    handlers = b"".join(box(b"hdlr", bytes(8) + kind + bytes(12)) for kind in tracks)
    head = box(b"ftyp", brand + bytes(4) + brand)
    return head + box(b"mdat", bytes(500)) + box(b"moov", handlers)


def ogg() -> bytes:
    return b"OggS" + bytes(24) + b"OpusHead" + bytes(400)


def webm(codec: bytes) -> bytes:
    return b"\x1aE\xdf\xa3\x9f\x42\x82\x84webm" + bytes(40) + codec + bytes(400)


def mp3() -> bytes:
    return b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10) + b"\xff\xfb\x90\x64" + bytes(413)
