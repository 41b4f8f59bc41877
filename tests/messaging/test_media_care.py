"""What happens to files after they came: small pictures, links, rations, leftovers."""

import io
import os
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from PIL import Image

from core.clock import wall_now
from core.errors import InputInvalid
from core.models import Duty
from core.transactions import owns_block
from messaging.files import vault
from messaging.models import Conversation, MediaFile, MediaShown
from messaging.queries.media import MediaFacts
from messaging.services import leftovers, thumbnails
from messaging.services.media import attach_media, detach_media, give_up_media, keep_upload
from messaging.tasks import add_thumbnails, remove_leftovers
from tests.messaging import samples
from tests.messaging.cast import Phone
from tests.messaging.test_conversations import problem
from tests.messaging.test_media import fetch, kept_files, upload

pytestmark = pytest.mark.django_db


def keep(phone: Phone, content: bytes = samples.ogg(), **how: Any) -> MediaFacts:
    return keep_upload(owner_party_id=phone.party.id, stream=io.BytesIO(content), **how)


def show(phone: Phone, talk: str, media: MediaFacts) -> None:
    with owns_block():
        attach_media(
            party_id=phone.party.id,
            conversation_id=Conversation.objects.get(public_id=talk).pk,
            kind="document",
            content={"media": media.public_id},
        )


def age(media: MediaFacts, **by: float) -> None:
    earlier = wall_now() - timedelta(**by)
    MediaFile.objects.filter(pk=media.id).update(expires_at=earlier, created_at=earlier)


def test_a_picture_gets_a_small_one(ana: Phone, bruno: Phone, talk: str) -> None:
    told = upload(ana, samples.picture("PNG", (900, 600))).json()
    path = f"{told['id']}/thumbnail"
    duty = Duty.objects.get(event="media.kept")
    assert duty.payload == {"media_id": told["id"]}
    assert thumbnails.add_thumbnail(**duty.payload) == "ready"
    assert thumbnails.add_thumbnail(**duty.payload) is None
    got, content = fetch(ana, path)
    assert (got["Content-Type"], Image.open(io.BytesIO(content)).size) == ("image/jpeg", (320, 213))
    assert problem(fetch(bruno, path)[0]) == (404, "not_found")
    show(ana, talk, keep(ana))
    assert problem(fetch(bruno, path)[0]) == (404, "not_found")


def test_whoever_looks_at_once_waits_for_the_small_picture(ana: Phone) -> None:
    kept = keep(ana, samples.picture())
    assert kept.thumbnail == "waiting"
    got, content = fetch(ana, f"{kept.public_id}/thumbnail")
    assert (got.status_code, Image.open(io.BytesIO(content)).size) == (200, (60, 40))
    assert MediaFile.objects.get().thumbnail == "ready"


def test_what_is_no_picture_has_no_small_one(ana: Phone) -> None:
    kept = keep(ana)
    assert kept.thumbnail == "none"
    assert problem(fetch(ana, f"{kept.public_id}/thumbnail")[0]) == (404, "not_found")
    assert Duty.objects.filter(event="media.kept").count() == 0


def test_the_clock_makes_what_the_workers_did_not(ana: Phone) -> None:
    whole, lost = (keep(ana, samples.picture()) for _ in range(2))
    vault.remove(lost.storage_key)
    assert add_thumbnails() == 0
    MediaFile.objects.update(created_at=wall_now() - timedelta(minutes=1))
    assert add_thumbnails() == 2
    states = dict(MediaFile.objects.values_list("public_id", "thumbnail"))
    assert states == {whole.public_id: "ready", lost.public_id: "failed"}
    assert add_thumbnails() == 0
    # A picture that is gone from the disk is not there; nothing breaks.
    assert problem(fetch(ana, lost.public_id)[0]) == (404, "not_found")


def test_a_link_opens_one_file_for_a_while(ana: Phone, bruno: Phone) -> None:
    kept, other = keep(ana, samples.picture()), keep(ana)
    thumbnails.add_thumbnail(media_id=kept.public_id)
    assert problem(fetch(bruno, f"{kept.public_id}/link")[0]) == (404, "not_found")
    told = ana.client.get(f"/v1/media/{kept.public_id}/link").json()
    base = django_settings.TROCO_PUBLIC_URL
    assert told["url"].startswith(f"{base}/v1/media/{kept.public_id}?link=")
    bruno.client.credentials()
    link = told["url"].partition("?link=")[2]
    small = told["thumbnail_url"].partition("?link=")[2]
    for path, found, status in (
        (kept.public_id, link, 200),
        (f"{kept.public_id}/thumbnail", small, 200),
        (f"{kept.public_id}/thumbnail", link, 401),
        (kept.public_id, small, 401),
        (other.public_id, link, 401),
        (kept.public_id, "9" + link[1:], 401),
        (kept.public_id, link[:-1] + ("A" if link[-1] != "A" else "B"), 401),
        (kept.public_id, "", 401),
        ("med_unknown", link, 401),
    ):
        answer: Any = bruno.client.get(f"/v1/media/{path}", {"link": found})
        assert answer.status_code == status, (path, found)
    MediaFile.objects.filter(pk=kept.id).update(removed_at=wall_now())
    gone: Any = bruno.client.get(f"/v1/media/{kept.public_id}", {"link": link})
    assert problem(gone) == (404, "not_found")


def test_a_link_ends(ana: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = keep(ana)
    told = ana.client.get(f"/v1/media/{kept.public_id}/link").json()
    assert told["thumbnail_url"] is None
    link = told["url"].partition("?link=")[2]
    now = wall_now()
    monkeypatch.setattr("messaging.api.media.wall_now", lambda: now + timedelta(minutes=9))
    assert ana.client.get(f"/v1/media/{kept.public_id}", {"link": link}).status_code == 200
    monkeypatch.setattr("messaging.api.media.wall_now", lambda: now + timedelta(minutes=11))
    ended: Any = ana.client.get(f"/v1/media/{kept.public_id}", {"link": link})
    assert problem(ended) == (401, "unauthenticated")


def test_a_day_allows_so_much(ana: Phone, bruno: Phone, settings: Any) -> None:
    settings.TROCO_MEDIA_DAILY_FILES = 2
    first = keep(ana)
    age(first, hours=25)
    keep(ana)
    keep(ana)
    before = kept_files()
    refused = upload(ana, samples.ogg())
    assert problem(refused) == (429, "media_quota_reached")
    assert refused.json()["detail"] == ("You may send 2 files and 1000 MB a day. Try again later.")
    assert 86_000 < refused.json()["retry_after_seconds"] <= 86_400
    assert kept_files() == before
    settings.TROCO_MEDIA_DAILY_FILES, settings.TROCO_MEDIA_DAILY_BYTES = 100, 1000
    assert problem(upload(ana, samples.ogg())) == (429, "media_quota_reached")
    assert kept_files() == before
    assert upload(bruno, samples.ogg()).status_code == 201


def test_what_nobody_sent_goes_away(ana: Phone, talk: str) -> None:
    old, sent, young, long_lived = keep(ana, samples.picture()), keep(ana), keep(ana), keep(ana)
    thumbnails.add_thumbnail(media_id=old.public_id)
    show(ana, talk, sent)
    for media in (old, long_lived):
        age(media, hours=1)
    MediaFile.objects.filter(pk=long_lived.id).update(expires_at=wall_now() + timedelta(days=29))
    before = set(kept_files())
    assert remove_leftovers() == 1
    gone = before - set(kept_files())
    assert gone == {old.storage_key, vault.thumbnail_key(old.storage_key)}
    left = set(MediaFile.objects.values_list("public_id", flat=True))
    assert left == {sent.public_id, young.public_id, long_lived.public_id}
    assert problem(fetch(ana, old.public_id)[0]) == (404, "not_found")
    assert remove_leftovers() == 0


def test_what_was_taken_back_everywhere_goes_away_later(ana: Phone, talk: str) -> None:
    media = keep(ana)
    show(ana, talk, media)
    conversation = Conversation.objects.get(public_id=talk).pk
    with owns_block():
        detach_media(conversation_id=conversation, seq=1, media_id=media.public_id)
    expires = MediaFile.objects.get().expires_at
    assert expires is not None
    age(media, hours=1)
    assert remove_leftovers() == 1
    assert (MediaFile.objects.count(), MediaShown.objects.count()) == (0, 0)


def test_a_file_that_is_being_removed_cannot_be_shown(ana: Phone, talk: str) -> None:
    media = keep(ana)
    give_up_media(owner_party_id=ana.party.id, media_id=str(media.number))
    with pytest.raises(InputInvalid):
        show(ana, talk, media)
    assert problem(fetch(ana, media.public_id)[0]) == (404, "not_found")
    assert remove_leftovers() == 1


def test_a_removal_that_was_cut_short_goes_on(ana: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    media = keep(ana)
    age(media, hours=1)

    def dies(**_named: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(leftovers, "_forget", dies)
        with pytest.raises(OSError, match="killed"):
            remove_leftovers()
    assert MediaFile.objects.get().removed_at is not None
    assert remove_leftovers() == 1
    assert MediaFile.objects.count() == 0


def test_a_file_without_a_row_goes_away_after_an_hour(
    ana: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(ana, samples.picture())
    thumbnails.add_thumbnail(media_id=kept.public_id)
    before = kept_files()

    class Killed(BaseException):
        pass

    def dies(**_named: object) -> None:
        raise Killed

    # Killed between the file and its row: nothing can tidy up any more.
    with monkeypatch.context() as patch:
        patch.setattr("messaging.services.media._keep_row", dies)
        patch.setattr("messaging.files.vault.remove", lambda _key: None)
        with pytest.raises(Killed):
            keep(ana)
    (stray,) = set(kept_files()) - set(before)
    root = django_settings.TROCO_MEDIA_ROOT
    (root / "incoming" / "half").write_bytes(b"half")
    assert leftovers.remove_strays() == 0
    for name in (stray, "incoming/half", kept.storage_key):
        long_ago = time.time() - 3700
        os.utime(root / name, (long_ago, long_ago))
    assert leftovers.remove_strays() == 2
    assert kept_files() == before


def test_a_file_is_there_as_a_whole_or_not_at_all(
    ana: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept_files()

    def fails(_handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        keep(ana)
    assert kept_files() == before
    assert MediaFile.objects.count() == 0
