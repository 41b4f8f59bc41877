"""What a file is, by its bytes; and what is no file for a conversation."""

import io

import pytest
from PIL import Image

from messaging.files import types
from messaging.files.errors import (
    MediaBroken,
    MediaTooManyPixels,
    MediaTypeRefused,
    MediaUnpacksTooLarge,
)
from messaging.files.images import clean_picture, make_thumbnail
from messaging.files.recognise import most_bytes, type_of
from messaging.files.types import FileType
from messaging.services.media import clean_name
from tests.messaging import samples

PNG = samples.picture("PNG")


def kind_of(content: bytes) -> FileType:
    return type_of(io.BytesIO(content), len(content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (samples.picture("JPEG"), types.JPEG),
        (PNG, types.PNG),
        (samples.picture("WEBP"), types.WEBP),
        (samples.moving_gif(), types.GIF),
        (samples.ogg(), types.OGG),
        (samples.mp3(), types.MP3),
        (b"\xff\xfb\x90\x64" + bytes(413), types.MP3),
        (b"\xff\xf1\x50\x80\x01\x1f\xfc\x00" + b"\xff\xf1" + bytes(20), types.AAC),
        (b"#!AMR\n" + bytes(32), types.AMR),
        (samples.iso(b"M4A ", b"soun"), types.M4A),
        (samples.iso(b"isom", b"soun"), types.M4A),
        (samples.iso(b"isom", b"vide", b"soun"), types.MP4),
        (samples.iso(b"3gp4", b"vide"), types.GP3),
        (samples.webm(b"V_VP9"), types.WEBM),
        (samples.webm(b"A_OPUS"), types.WEBM_AUDIO),
        (samples.pdf(), types.PDF),
        (samples.archive({"a.txt": b"a"}), types.ZIP),
        (samples.office("word"), types.DOCX),
        (samples.office("xl"), types.XLSX),
        (samples.office("ppt"), types.PPTX),
        (samples.archive({"mimetype": types.ODS.mime.encode()}, stored=True), types.ODS),
        ("Pão de queijo, 12 un.\r\n".encode(), types.TEXT),
        (b"\xef\xbb\xbfnome;pre\xc3\xa7o\n", types.TEXT),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, kind: FileType) -> None:
    assert kind_of(content) is kind


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"\xef\xbb\xbf \n<!DOCTYPE html><html></html>",
        b"<html>" + samples.pdf(),
        b"MZ\x90\x00" + bytes(60),
        b"\x7fELF" + bytes(60),
        b"text with a \x00 in it",
        "lat\xednim".encode("latin-1"),
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        samples.iso(b"heic", b"pict"),
        samples.iso(b"qt  ", b"vide"),
        samples.iso(b"isom", b"text"),
        b"\x1aE\xdf\xa3\x9f\x42\x82\x88matroska" + bytes(60),
        samples.webm(b"S_TEXT"),
        b"OggS" + bytes(24) + b"\x80theora" + bytes(40),
        b"\xff\xff\xff\xff" + bytes(60),
        samples.office("word", **{"vbaProject.bin": b"macros"}),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\x00" + bytes(2000),
    ],
)
def test_what_may_not_be_sent_is_refused(content: bytes) -> None:
    with pytest.raises(MediaTypeRefused):
        kind_of(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        samples.pdf()[:-7],
        samples.pdf() + bytes(2000),
        samples.pdf() + samples.archive({"a": b"a"}),
        samples.pdf() + b"<html>",
        samples.pdf() + samples.archive({"a": b"a"})[:-2] + b"\x07\x00 %%EOF\n",
        samples.mp3() + samples.archive({"a": b"a"}),
        samples.ogg() + samples.archive({"a": b"a"}),
        samples.iso(b"isom", b"vide")[:-5],
        samples.iso(b"isom", b"vide") + b"GIF89a",
        samples.iso(b"isom", b"vide")[:500],
        samples.archive({"a": b"a"})[:-4],
        samples.archive({"a": b"a"}) + b"<html>",
        samples.archive({"a": b"a"}) + samples.archive({"b": b"b"}),
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(100),
    ],
)
def test_what_is_cut_off_or_glued_to_is_refused(content: bytes) -> None:
    with pytest.raises(MediaBroken):
        kind_of(content)


def test_an_archive_that_unpacks_to_far_more_is_refused() -> None:
    bomb = bytearray(samples.archive({"a": bytes(1000)}))
    # What the directory says of the one file's length.
    at = bomb.index(b"PK\x01\x02") + 24
    bomb[at : at + 4] = (1_500_000_000).to_bytes(4, "little")
    with pytest.raises(MediaUnpacksTooLarge):
        kind_of(bytes(bomb))


def test_the_beginning_tells_how_much_may_come() -> None:
    assert most_bytes(PNG[:100]) == 10_000_000
    assert most_bytes(samples.mp3()) == 16_000_000
    assert most_bytes(samples.pdf()) == 100_000_000
    assert most_bytes(b"Bom dia") == 100_000_000


def cleaned(content: bytes) -> tuple[FileType, bytes, Image.Image]:
    picture = clean_picture(io.BytesIO(content), kind_of(content))
    picture.file.seek(0)
    kept = picture.file.read()
    assert len(kept) == picture.byte_count
    seen = Image.open(io.BytesIO(kept))
    assert seen.size == (picture.width, picture.height)
    return picture.type, kept, seen


def test_a_picture_keeps_its_pixels_and_nothing_else() -> None:
    came = samples.located((60, 40))
    assert b"Camera of Ana" in came
    kind, kept, seen = cleaned(came)
    assert kind is types.JPEG
    for hidden in (b"Ana", b"Exif", b"profile"):
        assert hidden not in kept
    assert dict(seen.getexif()) == {}
    # It was taken lying on its side: what was left is above now.
    assert seen.size == (40, 60)
    above, below = seen.getpixel((20, 5)), seen.getpixel((20, 55))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert (above[0] > 200, below[2] > 200) == (True, True)


def test_what_lies_behind_a_picture_is_cut_off() -> None:
    for form in ("JPEG", "PNG", "WEBP"):
        came = samples.picture(form) + samples.archive({"evil.js": b"alert(1)"}, stored=True)
        _kind, kept, _seen = cleaned(came)
        assert b"alert" not in kept
        assert b"evil" not in kept


def test_a_gif_that_is_a_script_too_becomes_a_picture() -> None:
    came = samples.moving_gif()
    script = came[:6] + b"/*" + came[8:] + b"*/=1;alert(document.domain)"
    # Its width is now what the comment's beginning says.
    for each, width in ((came, 20), (script, 0x2A2F)):
        kind, kept, seen = cleaned(each)
        assert (kind, seen.format, getattr(seen, "n_frames", 1)) == (types.PNG, "PNG", 1)
        assert seen.size == (width, 10)
        assert b"alert" not in kept


def test_what_is_clear_stays_clear() -> None:
    for form in ("PNG", "WEBP"):
        _kind, _kept, seen = cleaned(samples.picture(form, mode="RGBA"))
        assert seen.mode == "RGBA"
    assert cleaned(samples.picture("JPEG", mode="CMYK"))[2].mode == "RGB"
    assert cleaned(samples.picture("PNG", mode="1"))[2].mode == "L"
    assert cleaned(samples.picture("PNG", mode="I;16"))[2].mode == "RGB"


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_named: object) -> None:
        raise AssertionError("a decoder saw it")

    bomb = samples.png_bomb(9000, 9000)
    assert len(bomb) < 20_000
    gif = b"GIF89a" + (60_000).to_bytes(2, "little") * 2 + bytes(20)
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08\x75\x30\x75\x30\x01" + bytes(20)
    webp = b"RIFF\x20\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + b"\xff\x3f\x00" * 2
    lossless = b"RIFF\x20\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00/\xff\xff\xff\x0f" + bytes(20)
    lossy = b"RIFF\x20\x00\x00\x00WEBPVP8 \x0a\x00\x00\x00" + bytes(6) + b"\xff\x3f\xff\x3f"
    monkeypatch.setattr(Image, "open", never)
    for each in (bomb, gif, jpeg, webp, lossless, lossy):
        with pytest.raises(MediaTooManyPixels):
            clean_picture(io.BytesIO(each), kind_of(each))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_is_cut_off_is_refused(form: str) -> None:
    whole = samples.picture(form, (300, 200))
    for length in (12, 20, 30, len(whole) // 2, len(whole) * 3 // 4):
        with pytest.raises(MediaBroken):
            clean_picture(io.BytesIO(whole[:length]), kind_of(whole))


def test_a_thumbnail_is_small_and_white_where_it_was_clear() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (800, 400), (0, 0, 0, 0)).save(file, "PNG")
    small = make_thumbnail(file)
    small.seek(0)
    seen = Image.open(small)
    assert (seen.format, seen.size, seen.getpixel((9, 9))) == ("JPEG", (320, 160), (255,) * 3)


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("Nota fiscal.pdf", "Nota fiscal.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\foto.jpg", "foto.jpg"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie x=1.txt"),
        ("gpj.\u202eexe.pdf", "gpj.exe.pdf"),
        (" .. ", ""),
        ('a"b<c>.txt', "abc.txt"),
        ("á" * 300 + ".pdf", "á" * 236 + ".pdf"),
        ("x" * 300, "x" * 240),
    ],
)
def test_names_are_made_harmless(came: str, kept: str) -> None:
    assert clean_name(came) == kept


def test_a_name_gets_the_ending_of_what_it_is() -> None:
    assert types.ZIP.named("app.apk") == "app.apk.zip"
    assert types.JPEG.named("Foto.JPEG") == "Foto.JPEG"
    assert types.PDF.named("nota") == "nota.pdf"
