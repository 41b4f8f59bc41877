import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from launcher import databases
from launcher import postgres as module
from launcher.binaries import find_binaries
from launcher.errors import LauncherError
from launcher.postgres import Postgres
from tests.embedded import copy_cluster

Maker = Callable[..., Postgres]

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def make_server() -> Iterator[Maker]:
    made: list[Postgres] = []

    def make(home: Path, *, fast: bool = True) -> Postgres:
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "postgres").exists():
            copy_cluster(home / "postgres")
        server = Postgres(home / "postgres", log=home / "postgres.log", fast=fast)
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]


def socket_folder(server: Postgres) -> Path:
    return Path(server.data.with_name("postgres.socket").read_text(encoding="utf-8"))


def test_a_first_start_makes_roles_databases_and_the_queue(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", log=tmp_path / "postgres.log", fast=True)
    urls = server.start()
    try:
        assert ask(urls.application, "SELECT current_user || ' ' || current_database()") == (
            "troco_app troco"
        )
        assert ask(urls.owner, "SELECT current_user::text") == "troco_owner"
        broker = urls.broker.replace("pgmq://", "postgres://")
        assert ask(broker, "SELECT count(*) FROM pgmq.list_queues()") == 0
        assert ask(urls.owner, "SELECT lower('ÃÉÇ')") == "ãéç"
        assert urls.environment() == {
            "DATABASE_URL": urls.application,
            "DATABASE_OWNER_URL": urls.owner,
            "CELERY_BROKER_URL": urls.broker,
        }
    finally:
        server.stop()
    assert "database system is shut down" in server.log.read_text(encoding="utf-8")


def test_the_application_reads_and_writes_what_the_owner_makes(
    tmp_path: Path, make_server: Maker
) -> None:
    urls = make_server(tmp_path).start()
    with psycopg.connect(urls.owner) as owner:
        owner.execute("CREATE TABLE slips (id bigint GENERATED ALWAYS AS IDENTITY, note text)")
        owner.execute("CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 2'")
        owner.execute("REVOKE UPDATE, DELETE ON slips FROM troco_app")
    with psycopg.connect(urls.application, autocommit=True) as application:
        application.execute("INSERT INTO slips (note) VALUES ('a')")
        assert application.execute("SELECT id, note, two() FROM slips").fetchall() == [(1, "a", 2)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("DELETE FROM slips")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("CREATE TABLE own (id int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            application.execute("SET session_replication_role = replica")


def test_a_queue_that_was_lost_is_seen_and_made_again(make_server: Maker, tmp_path: Path) -> None:
    server = make_server(tmp_path / "home")
    urls = server.start()
    assert databases.has_queue(urls.broker)
    with psycopg.connect(urls.superuser, autocommit=True) as superuser:
        superuser.execute("DROP DATABASE troco_broker WITH (FORCE)")
    assert not databases.has_queue(urls.broker)
    server.prepare()
    assert databases.has_queue(urls.broker)
    with psycopg.connect(urls.broker.replace("pgmq://", "postgres://")) as owner:
        owner.execute("DROP SCHEMA pgmq CASCADE")
    assert not databases.has_queue(urls.broker)
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        databases.has_queue(urls.broker)
    assert databases.has_queue("redis://127.0.0.1:1/0"), "others need none"


def test_data_survive_a_kill_and_the_leftovers_are_cleared(
    tmp_path: Path, make_server: Maker
) -> None:
    server = make_server(tmp_path, fast=False)
    urls = server.start()
    with psycopg.connect(urls.owner) as owner:
        owner.execute("CREATE TABLE kept (note text)")
        owner.execute("INSERT INTO kept VALUES ('still here')")
    old_folder = socket_folder(server)
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    again = make_server(tmp_path, fast=False)
    urls = again.start()
    assert ask(urls.owner, "SELECT note FROM kept") == "still here"
    assert not old_folder.exists()
    new_folder = socket_folder(again)
    again.stop()
    assert not new_folder.exists()


def test_a_stale_pid_that_belongs_to_a_stranger_does_not_hinder(
    tmp_path: Path, make_server: Maker
) -> None:
    server = make_server(tmp_path)
    server.start()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text(encoding="ascii").splitlines()
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    lines[0] = str(os.getppid())
    pid_file.write_text("\n".join(lines) + "\n", encoding="ascii")
    assert ask(make_server(tmp_path).start().owner, "SELECT 1") == 1


def test_a_second_server_on_the_same_data_is_refused(
    tmp_path: Path, make_server: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ORPHAN_SECONDS", 0.2)
    first = make_server(tmp_path)
    urls = first.start()
    with pytest.raises(LauncherError, match="already runs on"):
        make_server(tmp_path).start()
    assert ask(urls.owner, "SELECT 1") == 1


def test_two_homes_live_side_by_side_below_a_very_deep_folder(
    tmp_path: Path, make_server: Maker
) -> None:
    deep = tmp_path / ("d" * 100) / ("Upper Case" + "é" * 40)
    first, second = make_server(deep / "one"), make_server(deep / "two")
    one, two = first.start(), second.start()
    with psycopg.connect(one.owner) as owner:
        owner.execute("CREATE TABLE only_in_one (id int)")
    assert ask(one.owner, "SELECT to_regclass('only_in_one')::text") == "only_in_one"
    assert ask(two.owner, "SELECT to_regclass('only_in_one')::text") is None
    assert len(os.fsencode(str(socket_folder(first) / ".s.PGSQL.5432.lock"))) <= 107


def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "half").write_text("", encoding="utf-8")
    server = Postgres(data, log=tmp_path / "postgres.log", fast=True)
    try:
        assert ask(server.start().owner, "SELECT 1") == 1
    finally:
        server.stop()


def test_the_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    copy_cluster(tmp_path / "postgres")
    program = f"""
        import sys, time
        from pathlib import Path
        from launcher.postgres import Postgres
        server = Postgres(Path({str(tmp_path)!r}) / "postgres", log=Path("/dev/null"), fast=True)
        server.start()
        print(server.process.pid, flush=True)
        time.sleep(60)
    """
    starter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert starter.stdout is not None
    server = psutil.Process(int(starter.stdout.readline()))
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    deadline = time.monotonic() + 10
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a choice of identities")
@pytest.mark.parametrize("mode", ["userns", "nobody-reach"])
def test_root_can_start_it_in_each_way(
    mode: str, tmp_path: Path, make_server: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_server(tmp_path)
    monkeypatch.setattr(module, "_modes_to_try", lambda: (mode,))
    if not _works_here(server, mode):
        pytest.skip(f"this machine forbids {mode}")
    assert ask(server.start().owner, "SELECT 1") == 1
    server.stop()
    # The files change hands between two starts when the machine changes its mind.
    other = {"userns": "nobody-reach", "nobody-reach": "userns"}[mode]
    monkeypatch.setattr(module, "_modes_to_try", lambda: (other,))
    if _works_here(server, other):
        assert ask(server.start().owner, "SELECT 1") == 1


def _works_here(server: Postgres, mode: str) -> bool:
    try:
        return module._choose_mode(find_binaries(), server.data) == mode  # noqa: SLF001
    except LauncherError:
        return False


def test_a_missing_server_program_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROCO_POSTGRES_BIN", "/nowhere")
    with pytest.raises(LauncherError, match=r"Install requirements.txt"):
        find_binaries(setting="/nowhere")
    with pytest.raises(LauncherError, match="Postgres version 9 is needed; found"):
        find_binaries(data_major=9)
