"""Files through the whole product: the front takes them in, and nobody's memory grows."""

import http.client
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest

from tests.messaging import samples
from tests.processes.cast import Someone
from tests.processes.instance import Instance

pytestmark = pytest.mark.processes

MEGABYTE = 1_000_000
LENGTH = 30 * MEGABYTE
AT_ONCE = 4
_HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="livro.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
)
_TAIL = b"\r\n--x--\r\n"


def send(who: Someone, content: bytes | Iterator[bytes], length: int) -> tuple[int, dict[str, Any]]:
    """Upload a file as it comes; return the status and the answer."""
    wire = http.client.HTTPConnection("127.0.0.1", who.instance.port, timeout=120)
    wire.putrequest("POST", "/v1/media")
    wire.putheader("Authorization", f"Bearer {who.api.token}")
    wire.putheader("Content-Type", "multipart/form-data; boundary=x")
    wire.putheader("Content-Length", str(len(_HEAD) + length + len(_TAIL)))
    wire.endheaders(_HEAD)
    for piece in [content] if isinstance(content, bytes) else content:
        wire.send(piece)
    wire.send(_TAIL)
    answer = wire.getresponse()
    said = json.loads(answer.read())
    wire.close()
    return answer.status, said


def pages(length: int) -> Iterator[bytes]:
    """Make a text of so many bytes while it is sent."""
    page = b"Bom dia!\n" * 7_000
    for start in range(0, length, len(page)):
        yield page[: min(len(page), length - start)]


def memory(instance: Instance) -> int:
    """Return what front and web hold, with the web's workers."""
    pids = instance.pids()
    family = [psutil.Process(pids[name]) for name in ("front", "web")]
    family += [each for process in family for each in process.children(recursive=True)]
    return sum(int(each.memory_info().rss) for each in family)


def test_large_files_need_no_memory(instance: Instance) -> None:
    ana = Someone(instance, "Ana")
    assert send(ana, pages(MEGABYTE * 2), MEGABYTE * 2)[0] == 201
    before = memory(instance)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        kept = list(pool.map(lambda _turn: send(ana, pages(LENGTH), LENGTH), range(AT_ONCE)))
    grown = memory(instance) - before
    assert [(code, said["byte_count"]) for code, said in kept] == [(201, LENGTH)] * AT_ONCE
    # Held in memory once, by the front or the web, they would be 120 MB.
    assert grown < LENGTH
    folder = instance.home / "media" / "incoming"
    assert list(folder.iterdir()) == []
    reply = fetch(ana, kept[0][1]["id"])
    assert (reply.status, reply.headers["X-Troco-File"]) == (200, None)
    content = reply.read()
    assert (len(content), content[:9], content[-9:]) == (
        LENGTH,
        b"Bom dia!\n",
        b"".join(pages(LENGTH))[-9:],
    )


def fetch(who: Someone, media_id: str, **headers: str) -> http.client.HTTPResponse:
    wire = http.client.HTTPConnection("127.0.0.1", who.instance.port, timeout=120)
    wire.request(
        "GET",
        f"/v1/media/{media_id}",
        headers={"Authorization": f"Bearer {who.api.token}", **headers},
    )
    return wire.getresponse()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (samples.png_bomb(5001, 5000), (422, "media_too_many_pixels")),
        (samples.archive({"a.txt": b"a"}) + samples.pdf(), (422, "media_broken")),
        (samples.pdf() + samples.archive({"a.txt": b"a"}), (422, "media_broken")),
        (samples.picture() + bytes(10 * MEGABYTE), (413, "media_too_large")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", (422, "media_type_refused")),
    ],
)
def test_what_may_not_be_sent_is_refused_and_leaves_nothing(
    instance: Instance, content: bytes, refusal: tuple[int, str]
) -> None:
    bruno = Someone(instance, "Bruno")
    code, said = send(bruno, content, len(content))
    assert (code, said["code"]) == refusal
    kept = "SELECT count(*) FROM messaging_mediafile WHERE owner_id = %s"
    assert instance.one(kept, bruno.party_id) == 0


def test_a_part_of_a_picture_comes_through_the_front(instance: Instance) -> None:
    ana = Someone(instance, "Ana")
    picture = samples.picture("PNG", (5000, 5000))
    code, said = send(ana, picture, len(picture))
    assert (code, said["width"], said["height"]) == (201, 5000, 5000)
    whole = fetch(ana, said["id"])
    content = whole.read()
    assert (whole.status, len(content)) == (200, said["byte_count"])
    part = fetch(ana, said["id"], Range="bytes=100-199")
    assert (part.status, part.headers["Content-Range"]) == (206, f"bytes 100-199/{len(content)}")
    assert part.read() == content[100:200]
    assert fetch(ana, said["id"], **{"If-None-Match": str(whole.headers["ETag"])}).status == 304
