"""The chain shows every change of it; its end can be kept elsewhere; it can be taken along."""

import csv
import hashlib
import io
import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Template
from typing import Any

import psutil
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from config.staff.groups import prepare_groups
from core.transactions import owns_block
from people.models import AuditEntry, Person
from people.services import audit
from people.services.audit_export import TrailFilter, export_lines, note_export
from people.services.staff import create_staff

pytestmark = pytest.mark.django_db(transaction=True)

ENTRIES = 40
MUTATIONS = 100
MILLION = 1_000_000
MOST_SECONDS = 60
MOST_GROWTH_MB = 100


def write(count: int) -> None:
    with owns_block("acts"):
        for number in range(count):
            audit.record(
                actor=None,
                action="hold.imposed",
                object_ref=f"hld_{number}",
                before={"level": "", "n": number},
                after={"level": "stop_new", "by": ["é", None, True]},
                reason=f"Order {number}",
            )
    while audit.chain_entries():
        pass


FLIP = "UPDATE people_auditentry SET $c = set_byte($c, $i, get_byte($c, $i) # $bit) WHERE seq = $n"
SAY = "UPDATE people_auditentry SET $t = $t || '$x' WHERE seq = $n"
COUNT = "UPDATE people_auditentry SET $f = jsonb_set($f, '{n}', '$real') WHERE seq = $n"
SHIFT = "UPDATE people_auditentry SET at = at + interval '$us us' WHERE seq = $n"
DELETE = "DELETE FROM people_auditentry WHERE seq = $n"
SWAP = (
    "UPDATE people_auditentry SET seq = seq + 1000 WHERE seq IN ($n, $m);"
    " UPDATE people_auditentry SET seq = $n + $m + 1000 - seq WHERE seq > 1000"
)


def mutate(draw: random.Random) -> str:
    """Change one thing of one entry, or its place, as the database's owner could; say what."""
    first, second = draw.sample(range(1, ENTRIES + 1), 2)
    return Template(draw.choice([FLIP, SAY, COUNT, SHIFT, DELETE, SWAP])).substitute(
        n=first,
        m=second,
        c=draw.choice(["hash", "prev_hash"]),
        i=draw.randrange(32),
        bit=1 << draw.randrange(8),
        t=draw.choice(["action", "object_ref", "reason", "actor_login"]),
        x=draw.choice("xyz "),
        f=draw.choice(["before", "after"]),
        real=draw.random(),
        us=draw.randrange(1, 999),
    )


def is_seen(statement: str) -> bool:
    """Tell whether the chain shows a change; it is taken back afterwards."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
        found = bool(audit.verify_chain().problems)
        transaction.set_rollback(True)
    return found


def test_a_hundred_of_a_hundred_random_changes_are_found() -> None:
    write(ENTRIES)
    assert audit.verify_chain().problems == ()
    draw = random.Random(20261125)
    statements = [mutate(draw) for _ in range(MUTATIONS)]
    assert [each for each in statements if not is_seen(each)] == []
    assert audit.verify_chain().problems == ()


def test_an_end_kept_elsewhere_shows_a_chain_that_was_written_anew(tmp_path: Path) -> None:
    write(5)
    said, file = io.StringIO(), tmp_path / "head.json"
    call_command("export_audit_head", stdout=said)
    file.write_text(said.getvalue())
    write(3)
    said = io.StringIO()
    call_command("verify_audit_head", file, stdout=said)
    assert said.getvalue() == "The audit trail holds and goes through entry 5.\n"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE people_auditentry SET reason = 'other' WHERE seq = 2")
        cursor.execute("UPDATE people_auditentry SET seq = NULL, prev_hash = NULL, hash = NULL")
        cursor.execute(
            "UPDATE people_audithead SET seq = 0, hash = decode(repeat('00', 32), 'hex')"
        )
    while audit.chain_entries():
        pass
    assert audit.verify_chain().problems == ()  # It is whole in itself, and another one.
    with pytest.raises(CommandError):
        call_command("verify_audit_head", file, stdout=said)


@pytest.mark.parametrize("change", ["seq", "signature", "text", "nothing there"])
def test_a_head_that_nobody_here_signed_proves_nothing(tmp_path: Path, change: str) -> None:
    write(2)
    said, file = io.StringIO(), tmp_path / "head.json"
    call_command("export_audit_head", stdout=said)
    kept: dict[str, Any] = json.loads(said.getvalue())
    if change == "seq":
        kept["signed_text"] = kept["signed_text"].replace('"seq":2', '"seq":1')
    elif change == "signature":
        kept["signature"] = "A" * 86
    elif change == "text":
        kept["signed_text"] = "[]"
    else:
        kept = {}
    file.write_text(json.dumps(kept))
    with pytest.raises(CommandError):
        call_command("verify_audit_head", file, stdout=io.StringIO())


def marta() -> Person:
    prepare_groups()
    create_staff(login="marta", password="a long passphrase", totp_secret="JBSWY3DPEHPK3PXP")
    return Person.objects.get(login="marta")


def test_what_a_filter_finds_leaves_as_a_file(db: None) -> None:
    write(3)
    with owns_block("act"):
        audit.record(
            actor=None, action="a.b", object_ref="=1+1", before={}, after={}, reason='say "é",\nso'
        )
    note_export(staff=marta(), wanted=TrailFilter(action="hold"), reason="The auditor came")
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.after, entry.reason) == (
        "audit.exported",
        {"action": "hold"},
        "The auditor came",
    )
    lines = list(csv.reader(io.StringIO("".join(export_lines(TrailFilter(action="hold"))))))
    assert len(lines) == 4
    assert lines[1][3:6] == ["hold.imposed", "hld_0", "Order 0"]
    assert json.loads(lines[1][7]) == {"level": "stop_new", "by": ["é", None, True]}
    assert (lines[1][8], len(lines[1][9])) == ("1", 64)
    odd = list(csv.reader(io.StringIO("".join(export_lines(TrailFilter(object_ref="="))))))
    assert odd[1][4:6] == ["'=1+1", 'say "é",\nso']
    assert list(export_lines(TrailFilter(actor="nobody"))) == [
        "id,at,actor,action,object,reason,before,after,place,hash\r\n"
    ]


def chained(count: int) -> Iterator[tuple[Any, ...]]:
    """Yield entries with their places, hashed here anew from what ``docs/staff.md`` says."""
    previous, at = bytes(32), datetime(2026, 11, 23, tzinfo=UTC)
    as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
    for seq in range(1, count + 1):
        moment = at + timedelta(seconds=seq)
        said = {
            "id": seq,
            "actor_id": None,
            "actor_login": "marta",
            "action": "hold.imposed",
            "object_ref": f"hld_{seq}",
            "before": {"level": ""},
            "after": {"level": "stop_new", "n": seq},
            "reason": f"Order {seq}",
            "at": moment.isoformat(timespec="microseconds"),
        }
        kept = hashlib.sha256(previous + seq.to_bytes(8, "big") + as_json(said).encode()).digest()
        both = [json.dumps(said[name]) for name in ("before", "after")]
        row = (said["action"], said["object_ref"], *both, said["reason"])
        yield (seq, "marta", *row, moment, seq, previous, kept)
        previous = kept


def write_chain(count: int) -> None:
    """Write a whole chain at once, its end with it."""
    last: tuple[Any, ...] = ()
    with connection.cursor() as cursor:
        with cursor.copy(
            "COPY people_auditentry (id, actor_login, action, object_ref, before, after, reason,"
            " at, seq, prev_hash, hash) FROM STDIN"
        ) as copy:
            for last in chained(count):
                copy.write_row(last)
        end = [last[8], last[10]]
        cursor.execute("UPDATE people_audithead SET seq = %s, hash = %s WHERE id = 1", end)


def test_a_chain_hashed_by_others_is_the_same_chain() -> None:
    write_chain(50)
    report = audit.verify_chain()
    assert (report.checked, report.problems) == (50, ())


def test_a_chain_that_grows_meanwhile_holds(in_threads: Callable[..., list[Any]]) -> None:
    """The proof and the chainer work at once: what is chained in between is no finding."""
    write(20)
    assert in_threads(_grows, _walks, _walks) == [None, [], []]
    assert audit.verify_chain().checked == 320


def _grows() -> None:
    for _ in range(10):
        write(30)


def _walks() -> list[str]:
    """Walk along the chain again and again; return what was found."""
    return [found for _ in range(12) for found in audit.verify_chain().problems]


@pytest.mark.long
def test_a_million_entries_are_proven_within_a_minute(
    record_property: Callable[[str, object], None],
) -> None:
    write_chain(MILLION)
    with connection.cursor() as cursor:  # Rows that were just written are written once more.
        cursor.execute("VACUUM ANALYZE people_auditentry")
    process = psutil.Process()
    before_mb, began = process.memory_info().rss / 2**20, time.perf_counter()
    busy = time.process_time()
    report = audit.verify_chain()
    took = time.perf_counter() - began
    grown = process.memory_info().rss / 2**20 - before_mb
    record_property("seconds", round(took, 1))
    record_property("python_seconds", round(time.process_time() - busy, 1))
    record_property("grown_mb", round(grown))
    assert (report.checked, report.problems) == (MILLION, ())
    assert took <= MOST_SECONDS
    assert grown <= MOST_GROWTH_MB
