"""Sending files and fetching them, over HTTP."""

import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from PIL import Image

from core.errors import InputInvalid
from core.transactions import owns_block
from messaging.api.media import MediaUploadView
from messaging.models import Conversation, MediaFile, MediaShown
from messaging.queries.media import media_for
from messaging.services.media import attach_media, keep_upload
from tests.messaging import samples
from tests.messaging.cast import Phone
from tests.messaging.test_conversations import problem

pytestmark = pytest.mark.django_db


def upload(phone: Phone, content: bytes, name: str = "foto.jpg", **headers: Any) -> Any:
    file = SimpleUploadedFile(name, content, "application/x-whatever")
    return phone.client.post("/v1/media", {"file": file}, format="multipart", **headers)


def fetch(phone: Phone, media_id: str, **headers: Any) -> tuple[Any, bytes]:
    """Return an answer and its body."""
    answer: Any = phone.client.get(f"/v1/media/{media_id}", **headers)
    return answer, b"".join(answer.streaming_content if answer.streaming else [answer.content])


def kept_files() -> list[str]:
    root = Path(settings.TROCO_MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def show(phone: Phone, talk: str, media_id: str, kind: str = "image") -> dict[str, Any]:
    with owns_block():
        return attach_media(
            party_id=phone.party.id,
            conversation_id=Conversation.objects.get(public_id=talk).pk,
            kind=kind,
            content={"media": media_id, "caption": "Olha!"},
        )


def test_a_picture_comes_back_without_what_was_hidden_in_it(ana: Phone) -> None:
    before = kept_files()
    answer = upload(ana, samples.located())
    assert answer.status_code == 201
    told = answer.json()
    assert (told["kind"], told["mime_type"], told["width"], told["height"]) == (
        "image",
        "image/jpeg",
        40,
        60,
    )
    assert told["thumbnail"] == "waiting"
    assert told["number"].isdigit()
    assert told["number"][0] == "7"
    got, content = fetch(ana, told["id"])
    assert got.status_code == 200
    assert (len(content), got["Content-Length"]) == (told["byte_count"], str(told["byte_count"]))
    assert Image.open(io.BytesIO(content)).size == (40, 60)
    assert b"Ana" not in content
    assert got["Content-Type"] == "image/jpeg"
    assert got["Content-Disposition"] == 'inline; filename="foto.jpg"'
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert len(kept_files()) == len(before) + 1


def test_a_document_is_only_ever_saved(ana: Phone) -> None:
    told = upload(ana, samples.pdf(), "conta.html").json()
    assert (told["kind"], told["mime_type"], told["filename"]) == (
        "document",
        "application/pdf",
        "conta.html.pdf",
    )
    assert (told["width"], told["thumbnail"]) == (None, "none")
    got, content = fetch(ana, told["number"])
    assert got["Content-Disposition"] == 'attachment; filename="conta.html.pdf"'
    assert content == samples.pdf()


def test_only_the_owner_and_members_of_a_talk_that_shows_it_may_fetch(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    told = upload(ana, samples.picture()).json()
    unknown = bruno.client.get("/v1/media/med_unknown")
    assert problem(unknown) == (404, "not_found")
    for media_id in (told["id"], told["number"]):
        assert problem(bruno.client.get(f"/v1/media/{media_id}")) == (404, "not_found")
    show(ana, talk, told["id"])
    assert bruno.client.get(f"/v1/media/{told['id']}").status_code == 200
    other = carla.client.get(f"/v1/media/{told['id']}")
    assert problem(other) == (404, "not_found")
    assert other.json().keys() == unknown.json().keys()
    carla.client.credentials()
    assert problem(carla.client.get(f"/v1/media/{told['id']}")) == (401, "unauthenticated")


def test_what_is_shown_says_what_is_so(ana: Phone, bruno: Phone, talk: str) -> None:
    told = upload(ana, samples.picture()).json()
    content = show(ana, talk, told["id"])
    assert content == {
        "media": told["id"],
        "caption": "Olha!",
        "mime_type": "image/jpeg",
        "byte_count": told["byte_count"],
        "sha256": told["sha256"],
        "width": 60,
        "height": 40,
    }
    assert MediaFile.objects.get().expires_at is None
    # Whoever was shown it may show it to others.
    show(bruno, talk, told["number"])
    paper = upload(ana, samples.pdf(), "nota").json()
    assert show(ana, talk, paper["id"], "document")["name"] == "nota.pdf"


def test_a_file_of_others_or_of_another_kind_cannot_be_shown(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    told = upload(ana, samples.picture()).json()
    for phone, media_id, kind, code in (
        (bruno, told["id"], "image", "not_found"),
        (ana, "med_unknown", "image", "not_found"),
        (ana, told["id"], "audio", "wrong_kind"),
        (ana, told["id"], "sticker", "wrong_kind"),
    ):
        with pytest.raises(InputInvalid) as refused:
            show(phone, talk, media_id, kind)
        assert refused.value.extra == {"field_errors": {"media": [{"code": code}]}}
    assert MediaShown.objects.count() == 0
    assert MediaFile.objects.get().expires_at is not None


def send(phone: Phone, talk: str, media_id: str, client_id: str) -> str:
    """Say a picture, and return the message's id."""
    body = {"client_id": client_id, "type": "image", "image": {"media": media_id}}
    answer = phone.post(f"conversations/{talk}/messages", body)
    assert answer.status_code == 201
    return str(answer.json()["id"])


def test_what_no_message_shows_any_more_is_hidden_again(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    told = upload(ana, samples.picture()).json()
    messages = [send(ana, talk, told["id"], name) for name in ("1", "2")]
    for message, status in zip(messages, (200, 404), strict=True):
        assert ana.client.delete(f"/v1/messages/{message}").status_code == 204
        assert bruno.client.get(f"/v1/media/{told['id']}").status_code == status
    assert MediaShown.objects.count() == 0


def test_in_a_group_one_fetches_what_one_was_shown(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = ana.post("conversations", {"title": "Pão", "with": [bruno.party.public_id]}).json()[
        "id"
    ]
    members = f"conversations/{group}/members"
    before, between, after = (upload(ana, samples.picture()).json()["id"] for _ in range(3))
    send(ana, group, before, "1")
    assert ana.post(members, {"add": [carla.party.public_id]}).status_code == 200
    shown = send(ana, group, between, "2")
    assert carla.client.delete(f"/v1/{members}/{carla.party.public_id}").status_code == 204
    send(ana, group, after, "3")

    def fetched(who: Phone) -> list[int]:
        return [fetch(who, each)[0].status_code for each in (before, between, after)]

    assert (fetched(bruno), fetched(carla)) == ([200] * 3, [404, 200, 404])
    # Shown before and after, and never while Carla was there.
    send(ana, group, before, "4")
    assert fetched(carla) == [404, 200, 404]
    assert ana.client.delete(f"/v1/messages/{shown}").status_code == 204
    assert fetched(carla) == [404, 404, 404]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "media_broken"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "media_type_refused"),
        (samples.png_bomb(9000, 9000), 422, "media_too_many_pixels"),
        (samples.picture()[:400], 422, "media_broken"),
        (samples.picture() + bytes(10_000_000), 413, "media_too_large"),
        (samples.mp3() + bytes(16_000_000), 413, "media_too_large"),
    ],
)
def test_a_refused_file_leaves_nothing(ana: Phone, content: bytes, status: int, code: str) -> None:
    before = kept_files()
    answer = upload(ana, content)
    assert problem(answer) == (status, code)
    assert answer.json()["detail"] != ""
    assert kept_files() == before
    assert MediaFile.objects.count() == 0


def test_a_call_that_is_no_upload_is_refused(ana: Phone) -> None:
    file = samples.picture()
    two = {"file": [SimpleUploadedFile("a", file), SimpleUploadedFile("b", file)]}
    more = {"file": SimpleUploadedFile("a", file), "owner": "pty_1"}
    raw = "multipart/form-data; boundary=x"
    calls: list[tuple[Any, dict[str, Any], tuple[int, str]]] = [
        ({"a": 1}, {"format": "json"}, (415, "media_type_not_supported")),
        (two, {"format": "multipart"}, (400, "input_invalid")),
        (more, {"format": "multipart"}, (400, "unknown_field")),
        ({}, {"format": "multipart"}, (400, "input_invalid")),
        (b"--x\r\nnonsense", {"content_type": raw}, (400, "input_invalid")),
        (b"nonsense", {"content_type": "multipart/form-data"}, (400, "input_invalid")),
    ]
    for sent, how, code in calls:
        assert problem(ana.client.post("/v1/media", sent, **how)) == code
    ana.client.credentials()
    assert problem(upload(ana, file)) == (401, "unauthenticated")
    assert MediaFile.objects.count() == 0


def test_an_upload_with_a_key_is_kept_once(ana: Phone) -> None:
    first = upload(ana, samples.pdf(), "a.pdf", HTTP_IDEMPOTENCY_KEY="k-1")
    again = upload(ana, samples.pdf(), "a.pdf", HTTP_IDEMPOTENCY_KEY="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = upload(ana, samples.pdf() + b"\n", "a.pdf", HTTP_IDEMPOTENCY_KEY="k-1")
    assert problem(other) == (422, "idempotency_key_reused")
    assert MediaFile.objects.count() == 1


@pytest.mark.parametrize(
    ("asked", "status", "got", "told"),
    [
        ("bytes=0-3", 206, b"OggS", "bytes 0-3/436"),
        ("bytes=430-", 206, bytes(6), "bytes 430-435/436"),
        ("bytes=-2", 206, bytes(2), "bytes 434-435/436"),
        ("bytes=0-999", 206, samples.ogg(), "bytes 0-435/436"),
        ("bytes=436-", 416, b"", "bytes */436"),
        ("bytes=-0", 416, b"", "bytes */436"),
        ("bytes=5-2", 200, samples.ogg(), None),
        ("bytes=0-1,5-6", 200, samples.ogg(), None),
        ("lines=1-2", 200, samples.ogg(), None),
        ("bytes=-", 200, samples.ogg(), None),
    ],
)
def test_a_part_may_be_asked_for(
    ana: Phone, asked: str, status: int, got: bytes, told: str | None
) -> None:
    assert len(samples.ogg()) == 436
    kept = keep_upload(owner_party_id=ana.party.id, stream=io.BytesIO(samples.ogg()))
    answer, content = fetch(ana, kept.public_id, HTTP_RANGE=asked)
    assert (answer.status_code, answer.headers.get("Content-Range")) == (status, told)
    assert content == got


def test_what_a_browser_has_is_not_sent_again(ana: Phone) -> None:
    kept = keep_upload(owner_party_id=ana.party.id, stream=io.BytesIO(samples.ogg()))
    path = f"/v1/media/{kept.public_id}"
    tag = ana.client.get(path)["ETag"]
    assert ana.client.get(path, HTTP_IF_NONE_MATCH=tag).status_code == 304
    old = ana.client.get(path, HTTP_RANGE="bytes=0-3", HTTP_IF_RANGE='"older"')
    assert old.status_code == 200


def test_numbers_are_names_too(ana: Phone) -> None:
    kept = [
        keep_upload(owner_party_id=ana.party.id, stream=io.BytesIO(samples.ogg())) for _ in range(3)
    ]
    numbers = {each.number for each in kept}
    assert len(numbers) == 3
    assert all(7 * 10**15 <= number < 8 * 10**15 for number in numbers)
    assert media_for(ana.party.id, str(kept[1].number)) == kept[1]


class Coming(io.RawIOBase):
    """A body that is made while it is read."""

    def __init__(self, head: bytes, length: int, tail: bytes) -> None:
        self.parts: list[bytes | int] = [head, length, tail]

    def read(self, size: int = -1) -> bytes:
        while self.parts and not self.parts[0]:
            self.parts.pop(0)
        if not self.parts:
            return b""
        part, size = self.parts[0], size if size > 0 else 65_536
        if isinstance(part, int):
            self.parts[0] = part - min(size, part)
            return b"Bom dia\n" * (min(size, part) // 8) + b"." * (min(size, part) % 8)
        self.parts[0] = part[size:]
        return part[:size]


def test_a_large_document_needs_no_more_memory_than_a_small_one(ana: Phone) -> None:
    length = 99_000_000
    head = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="livro.txt"\r\n'
        b"Content-Type: text/html\r\n\r\n"
    )
    tail = b"\r\n--x--\r\n"
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/v1/media",
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "CONTENT_LENGTH": str(len(head) + length + len(tail)),
            "HTTP_AUTHORIZATION": f"Bearer {ana.token}",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "wsgi.input": Coming(head, length, tail),
            "wsgi.url_scheme": "http",
        }
    )
    tracemalloc.start()
    answer: Any = MediaUploadView.as_view()(request)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.status_code, answer.data["byte_count"]) == (201, length)
    assert (answer.data["mime_type"], answer.data["filename"]) == ("text/plain", "livro.txt")
    assert peak < 5_000_000
