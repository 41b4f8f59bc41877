import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.errors import (
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    InProgress,
    StateConflict,
)
from core.idempotency import (
    Answer,
    answer,
    check_key,
    current_key,
    digest_of,
    older_digests_of,
    record,
)
from core.models import KeptAnswer, Lease
from core.transactions import owns

pytestmark = pytest.mark.django_db(transaction=True)

NO_ONE = "00000000-0000-0000-0000-000000000000"


@owns
def make(name: str) -> Lease:
    made = Lease.objects.create(name=name, holder=NO_ONE, leased_until="2026-01-01T00:00Z")
    record(made)
    return made


@owns
def make_and_refuse(name: str) -> None:
    record(Lease.objects.create(name=name, holder=NO_ONE, leased_until="2026-01-01T00:00Z"))
    raise StateConflict


def render(made: Lease) -> tuple[int, dict[str, Any]]:
    return 201, {"name": made.name}


def ask(key: str, name: str, *, party_id: int = 1, run: Callable[[str], object] = make) -> Answer:
    asked = "POST /v1/leases", {"name": name}
    return answer(
        key=(party_id, key),
        digest=digest_of(*asked),
        run=lambda: run(name),
        render=render,
        older=older_digests_of(*asked),
    )


def test_the_same_request_has_one_effect_and_one_answer() -> None:
    assert ask("k", "a") == Answer(201, {"name": "a"}, replayed=False)
    assert ask("k", "a") == Answer(201, {"name": "a"}, replayed=True)
    assert Lease.objects.count() == 1


def test_an_answer_outlives_the_secret_that_it_was_kept_under(settings: Any) -> None:
    ask("k", "a")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", [settings.SECRET_KEY]
    assert ask("k", "a") == Answer(201, {"name": "a"}, replayed=True)
    with pytest.raises(IdempotencyKeyReused):
        ask("k", "b")
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(IdempotencyKeyReused):
        ask("k", "a")
    assert Lease.objects.count() == 1


def test_the_same_key_for_another_request_is_refused() -> None:
    ask("k", "a")
    with pytest.raises(IdempotencyKeyReused):
        ask("k", "b")
    assert Lease.objects.count() == 1


def test_keys_of_two_parties_have_nothing_to_do_with_each_other() -> None:
    ask("k", "a", party_id=1)
    assert ask("k", "b", party_id=2) == Answer(201, {"name": "b"}, replayed=False)


def test_a_refusal_is_never_frozen() -> None:
    with pytest.raises(StateConflict):
        ask("k", "a", run=make_and_refuse)
    assert (Lease.objects.count(), KeptAnswer.objects.count()) == (0, 0)
    assert ask("k", "a").http_status == 201


def test_a_service_that_forgets_to_record_is_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        ask("k", "a", run=lambda _name: None)
    assert current_key() == ""


def test_a_hundred_at_once_make_one_thing(in_threads: Callable[..., list[Any]]) -> None:
    results = in_threads(lambda: ask("k", "a").body, times=100)
    assert Lease.objects.count() == 1
    assert all(r == {"name": "a"} or isinstance(r, InProgress) for r in results)
    assert {"name": "a"} in results


def test_another_request_is_refused_while_the_first_runs(
    in_threads: Callable[..., list[Any]],
) -> None:
    """The twin hears that it runs already, every other request that the key is taken."""
    begun, heard = threading.Event(), threading.Event()

    def slow(name: str) -> Lease:
        begun.set()
        assert heard.wait(timeout=20)
        return make(name)

    def others() -> list[str]:
        assert begun.wait(timeout=20)
        names = []
        for name in ("b", "a", "b", "c"):
            try:
                ask("k", name)
            except (InProgress, IdempotencyKeyReused) as refused:
                names.append(type(refused).__name__)
        heard.set()
        return names

    first, told = in_threads(lambda: ask("k", "a", run=slow), others)
    assert first == Answer(201, {"name": "a"}, replayed=False)
    reused = "IdempotencyKeyReused"
    assert told == [reused, "InProgress", reused, reused]
    assert Lease.objects.count() == 1


def test_the_lock_of_a_key_is_given_back() -> None:
    ask("k", "a")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("key", [None, "", "a" * 256, "ç", "a\n", "\x00"])
def test_a_malformed_key_is_refused(key: str | None) -> None:
    with pytest.raises(IdempotencyKeyMissing):
        check_key(key)


def test_two_instances_would_not_make_the_same_digest(settings: Any) -> None:
    before = digest_of("POST /v1/payments", {"pin": "493817"})
    settings.SECRET_KEY = "another"
    assert digest_of("POST /v1/payments", {"pin": "493817"}) != before
