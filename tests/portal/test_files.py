"""Files in the shop's conversations: sending them, seeing them, and what is refused."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchants.models import Shop
from messaging.models import MediaFile, Message
from tests.merchants import cast as consumers
from tests.messaging import samples
from tests.portal import cast
from tests.portal.test_talk import write

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(ana: consumers.Caller, shop: Shop) -> str:
    return write(ana, shop, "Tem bolo?")


def send(clerk: cast.Clerk, talk: str, content: bytes, name: str, **more: str) -> Any:
    file = SimpleUploadedFile(name, content)
    return clerk.client.post(f"/portal/files/{talk}", {"file": file, **more})


def test_the_shop_sends_a_picture_and_sees_it(
    owner: cast.Clerk, talk: str, shop: Shop, ana: consumers.Caller
) -> None:
    answer = send(
        owner, talk, samples.located(), "bolo.jpg", text="De <b>fubá</b>", client_id="w-1"
    )
    assert (answer.status_code, answer["Location"]) == (303, f"/portal/conversations/{talk}")
    again = send(owner, talk, samples.located(), "bolo.jpg", text="De <b>fubá</b>", client_id="w-1")
    assert again.status_code == 303
    message = Message.objects.get(kind="image")
    assert (message.sender_id, message.author_id) == (shop.party_id, owner.person.pk)
    assert (message.content["caption"], message.content["width"]) == ("De <b>fubá</b>", 40)
    page = owner.body(f"/conversations/{talk}")
    party = consumers.facts(shop).party_public_id
    path = f"/v1/media/{message.content['media']}"
    assert f'src="{path}/thumbnail?party={party}" alt="De &lt;b&gt;fubá&lt;/b&gt;"' in page
    for part in ("", "/thumbnail"):
        seen: Any = owner.client.get(f"{path}{part}?party={party}")
        assert (seen.status_code, seen["Content-Type"]) == (200, "image/jpeg")
    assert ana.get(path).status_code == 200
    assert "default-src 'none'" in owner.get("")["Content-Security-Policy"]
    assert "media-src 'self'" in owner.get("")["Content-Security-Policy"]


def test_documents_sounds_and_films_are_shown_as_what_they_are(
    owner: cast.Clerk, talk: str
) -> None:
    send(owner, talk, samples.pdf(), "orçamento.pdf")
    send(owner, talk, samples.ogg(), "voz.ogg", text="A sound has no caption")
    send(owner, talk, samples.iso(b"isom", b"vide"), "bolo.mp4")
    kinds = list(Message.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["text", "document", "audio", "video"]
    page = owner.body(f"/conversations/{talk}")
    said = f"<small>{len(samples.pdf())}\xa0bytes</small>"
    assert f'<strong dir="auto">orçamento.pdf</strong>{said}' in page
    assert "<audio controls" in page
    assert "<video controls" in page
    assert [row["last_text"] for row in owner.get("/conversations").context["conversations"]] == [
        "Video"
    ]


def test_a_refused_file_says_why_and_sends_nothing(owner: cast.Clerk, talk: str) -> None:
    for content, words in (
        (b"<svg/>", "This kind of file cannot be sent."),
        (samples.picture()[:300], "This file is damaged or incomplete."),
        (samples.picture() + bytes(10_000_000), "This file is too large."),
    ):
        assert send(owner, talk, content, "a.jpg").status_code == 303
        assert words in owner.body(f"/conversations/{talk}")
    assert owner.client.post(f"/portal/files/{talk}", {}).status_code == 303
    assert (MediaFile.objects.count(), Message.objects.count()) == (0, 1)


def test_nothing_is_sent_into_somebody_elses_conversation(
    owner: cast.Clerk, talk: str, carla: consumers.Caller, ana: consumers.Caller
) -> None:
    party = ana.person.party
    assert party is not None
    theirs = carla.post("/v1/conversations", {"with": [party.public_id]}).json()["id"]
    for unknown in (theirs, "cnv_unknown"):
        assert send(owner, unknown, samples.pdf(), "a.pdf").status_code == 404
    assert MediaFile.objects.count() == 0


def test_strangers_see_nothing_of_a_shops_files(
    owner: cast.Clerk, talk: str, shop: Shop, carla: consumers.Caller
) -> None:
    send(owner, talk, samples.pdf(), "a.pdf")
    path = f"/v1/media/{MediaFile.objects.get().public_id}"
    party = consumers.facts(shop).party_public_id
    assert carla.get(path).status_code == 404
    assert carla.get(f"{path}?party={party}").status_code == 404
    # The cookie of the portal does not work from a page of somebody else's.
    foreign: Any = owner.client.get(
        f"{path}?party={party}", headers={"sec-fetch-site": "cross-site"}
    )
    assert foreign.status_code == 401
    own: Any = owner.client.get(f"{path}?party={party}", headers={"sec-fetch-site": "same-origin"})
    assert b"".join(own.streaming_content) == samples.pdf()
