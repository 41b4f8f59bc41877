"""A quick reply brings a picture or a PDF along, and what was sent with it stays whole."""

import io
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from core.clock import wall_now
from merchants.models import QuickReply, Shop
from merchants.services.looks import put_logo
from messaging.models import MediaFile, Message
from messaging.services.changes import delete_message
from messaging.services.leftovers import remove_unsent
from messaging.services.media import keep_upload
from messaging.services.messages import Sender
from tests.merchants import cast as consumers
from tests.messaging import samples
from tests.portal import cast
from tests.portal.test_talk import write

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
TEXT = "{name}, nossos preços."


@pytest.fixture
def talk(ana: consumers.Caller, shop: Shop) -> str:
    return write(ana, shop, "Quanto custa?")


def keep(owner: cast.Clerk, file: bytes | None = PDF, word: str = "precos", **more: Any) -> Any:
    fields = {"shortcut": word, "text": TEXT, **more}
    if file is not None:
        fields["file"] = SimpleUploadedFile("preços.pdf", file)
    return owner.post("/desk/replies", **fields)


def chosen(owner: cast.Clerk, talk: str, word: str = "precos") -> dict[str, str]:
    replies = owner.get(f"/conversations/{talk}").context["replies"]
    return next(each for each in replies if each["word"] == word)


def send(owner: cast.Clerk, talk: str, reply: dict[str, str], client_id: str = "w1") -> Any:
    fields = {"text": reply["text"], "media": reply["media"], "client_id": client_id}
    return owner.post(f"/conversations/{talk}/text", **fields)


def test_a_word_sends_text_and_file_as_one_message(
    owner: cast.Clerk, talk: str, ana: consumers.Caller
) -> None:
    assert keep(owner).status_code == 303
    assert "preços.pdf" in owner.body("/desk")
    reply = chosen(owner, talk)
    assert (reply["text"], reply["file"]) == ("Ana, nossos preços.", "preços.pdf")
    for _ in range(2):
        assert send(owner, talk, reply).status_code == 303
    said, _asked = ana.get(f"/v1/conversations/{talk}/messages").json()["data"]
    content = said["content"]
    assert (said["type"], content["caption"]) == ("document", "Ana, nossos preços.")
    assert content["name"] == "preços.pdf"
    assert ana.get(f"/v1/media/{content['media']}").status_code == 200


def test_a_picture_goes_too(owner: cast.Clerk, talk: str) -> None:
    assert keep(owner, samples.picture()).status_code == 303
    assert send(owner, talk, chosen(owner, talk)).status_code == 303
    message = Message.objects.order_by("-id")[0]
    assert (message.kind, message.content["caption"]) == ("image", "Ana, nossos preços.")


def test_what_was_sent_outlives_the_word_and_the_word_what_was_taken_back(
    owner: cast.Clerk, talk: str, ana: consumers.Caller, shop: Shop
) -> None:
    keep(owner)
    send(owner, talk, chosen(owner, talk))
    owner.post("/desk", verb="remove_reply", shortcut="precos")
    assert QuickReply.objects.count() == 0
    media = MediaFile.objects.get()
    assert (media.holds, media.expires_at) == (0, None)
    assert ana.get(f"/v1/media/{media.public_id}").status_code == 200
    keep(owner)
    send(owner, talk, chosen(owner, talk), "w2")
    newest = Message.objects.order_by("-id")[0]
    actor = Sender(shop.party_id, owner.person.pk)
    delete_message(actor=actor, message_id=newest.public_id)
    held = MediaFile.objects.order_by("-id")[0]
    assert (held.holds, held.expires_at) == (1, None)


def test_a_file_goes_when_neither_word_nor_message_has_it(owner: cast.Clerk) -> None:
    keep(owner)
    first = MediaFile.objects.get()
    keep(owner, samples.picture())
    first.refresh_from_db()
    assert first.expires_at is not None
    assert keep(owner, None, text="Outro texto").status_code == 303
    reply = QuickReply.objects.get()
    assert reply.text == "Outro texto"
    assert reply.media_id not in {None, first.pk}
    owner.post("/desk", verb="strip_reply", shortcut="Precos")
    assert QuickReply.objects.filter(text="Outro texto", media__isnull=True).count() == 1
    assert owner.post("/desk", verb="strip_reply", shortcut="outra").status_code == 404
    MediaFile.objects.update(expires_at=wall_now() - timedelta(hours=1))
    assert remove_unsent() == 2


def test_what_is_held_from_before_is_counted(owner: cast.Clerk, shop: Shop) -> None:
    keep(owner)
    put_logo(shop_id=shop.pk, actor=owner.person, file=io.BytesIO(samples.picture()))
    free = keep_upload(owner_party_id=shop.party_id, stream=io.BytesIO(PDF))
    MediaFile.objects.update(holds=0)
    count: str = import_module("merchants.migrations.0048_counted_holds").COUNT
    for _again in range(2):
        with connection.cursor() as cursor:
            cursor.execute(count)
        assert list(MediaFile.objects.order_by("id").values_list("holds", flat=True)) == [1, 1, 0]
    assert MediaFile.objects.get(expires_at__isnull=False).public_id == free.public_id


@pytest.mark.parametrize(
    ("file", "text"),
    [(b"MZ", TEXT), (samples.ogg(), TEXT), (PDF, "x" * 1025), (PDF, "")],
    ids=["program", "sound", "long", "empty"],
)
def test_what_cannot_go_along_is_refused(owner: cast.Clerk, file: bytes, text: str) -> None:
    assert keep(owner, file, text=text).status_code == 422
    assert QuickReply.objects.count() == 0
    assert MediaFile.objects.filter(expires_at__isnull=True).count() == 0


def test_a_file_that_is_too_large_is_told_and_nothing_is_kept(owner: cast.Clerk) -> None:
    keep(owner)
    large = samples.picture() + b"0" * 10_000_000
    for word in ("precos", "outros"):
        answer = keep(owner, large, word, text="Outro texto")
        assert answer.status_code == 422
        assert "too large" in answer.content.decode()
    assert QuickReply.objects.values_list("text", "media__mime_type").get() == (
        TEXT,
        "application/pdf",
    )


def test_nobody_sends_a_file_of_others_or_one_that_is_gone(
    owner: cast.Clerk, talk: str, stranger: cast.Clerk, shop: Shop
) -> None:
    other = Shop.objects.exclude(pk=shop.pk).get()
    before = Message.objects.count()
    theirs = keep_upload(owner_party_id=other.party_id, stream=io.BytesIO(PDF)).public_id
    for media in (theirs, "med_nothing"):
        answer = send(owner, talk, {"text": "Oi", "media": media})
        assert answer.status_code == 422
        assert "is gone" in answer.content.decode()
    assert Message.objects.count() == before
    assert stranger.post("/desk", verb="strip_reply", shortcut="x").status_code == 404
