import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.launcher.house import House

pytestmark = pytest.mark.processes

CHILDREN = ["beat", "courier", "front", "postgres", "simulator", "supervisor", "web", "worker"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path / "house")
    yield made
    if made.server is not None and made.server.poll() is None:
        made.stop()


def wait_until_gone(pids: list[int], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    for pid in pids:
        while _lives(pid):
            assert time.monotonic() < deadline, f"{_words(pid)} lives on"
            time.sleep(0.05)


def _words(pid: int) -> str:
    try:
        return f"{pid} {' '.join(psutil.Process(pid).cmdline())}"
    except psutil.NoSuchProcess:
        return str(pid)


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_it_starts_tells_the_story_and_stops_only_what_it_started(house: House) -> None:
    house.start()
    words = house.wait_for("Ctrl-C stops it")
    for line in ("starting Postgres", "migrating the database", "seeding", "ready: http://127"):
        assert line in words
    assert house.said() == [
        "migrate --verbosity 0 owner",
        "seed_sandbox app",
        "tell_story app",
        "show_logins app",
    ]
    processes = house.processes()
    assert sorted(processes) == CHILDREN
    everything = [process.pid for pid in processes.values() for process in _family(pid)]
    rest = house.stop()
    stopped = [line.split("stopped ")[1] for line in rest.splitlines() if "stopped " in line]
    assert stopped == ["front", "web", "worker", "courier", "beat", "simulator", "postgres"]
    assert house.server is not None
    assert house.server.returncode == 0
    wait_until_gone(everything)
    assert not (house.home / "processes.json").exists()
    assert not (house.home / "instance.json").exists()
    mode = stat.S_IMODE((house.home).stat().st_mode)
    assert mode == 0o700


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def test_a_second_start_keeps_the_data_and_the_story_can_be_left_out(house: House) -> None:
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")
    assert "tell_story app" not in house.said()
    keys = (house.home / "secrets.env").read_bytes()
    house.stop()
    begun = time.monotonic()
    house.start("--quiet-story")
    words = house.wait_for("Ctrl-C stops it")
    assert "making a Postgres" not in words
    assert (house.home / "secrets.env").read_bytes() == keys
    assert time.monotonic() - begun < 30


def test_a_killed_child_comes_back_and_so_does_postgres(house: House) -> None:
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")
    before = house.processes()
    os.kill(before["simulator"], signal.SIGKILL)
    house.wait_for("simulator fell (-9)")
    os.kill(before["postgres"], signal.SIGKILL)
    house.wait_for("postgres fell")
    _wait_for_change(house, before, "simulator")
    _wait_for_change(house, before, "postgres")
    assert house.manage("where").returncode == 0
    after = house.processes()
    assert after["supervisor"] == before["supervisor"]


def _wait_for_change(house: House, before: dict[str, int], name: str) -> None:
    deadline = time.monotonic() + 30
    while house.processes()[name] == before[name]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_who_served_comes_back_at_once_however_often_it_is_killed(house: House) -> None:
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")
    for _ in range(3):
        before = house.processes()
        os.killpg(before["web"], signal.SIGKILL)
        os.killpg(before["front"], signal.SIGKILL)
        words = house.wait_for("front fell (-9); again in 0.0 s")
        assert "web fell (-9); again in 0.0 s" in words
        _wait_for_change(house, before, "front")
        _wait_until_served(house)


def _wait_until_served(house: House) -> None:
    """Wait until both take connections, and the supervisor has looked since."""
    folder = (house.home / "run.folder").read_text("utf-8").strip()
    doors = [(socket.AF_UNIX, f"{folder}/web"), (socket.AF_INET, ("127.0.0.1", house.port))]
    deadline = time.monotonic() + 30
    for family, address in doors:
        with socket.socket(family) as probe:
            while probe.connect_ex(address) != 0:  # type: ignore[arg-type]  # A path, or a pair.
                assert time.monotonic() < deadline
                time.sleep(0.05)
    time.sleep(1)


def test_a_postgres_that_cannot_recover_yet_is_tried_again(house: House) -> None:
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")
    before = house.processes()
    needed = house.home / "postgres" / "global" / "pg_control"
    needed.rename(needed.with_suffix(".away"))
    os.kill(before["postgres"], signal.SIGKILL)
    assert "Postgres did not start" in house.wait_for("again in 5 s")
    assert house.server is not None
    assert house.server.poll() is None
    needed.with_suffix(".away").rename(needed)
    _wait_for_change(house, before, "postgres")
    assert house.manage("where").returncode == 0


def test_a_full_disk_for_what_is_said_stops_nothing(house: House) -> None:
    house.start("--quiet-story", stdout="/dev/full")
    deadline = time.monotonic() + 60
    while not (house.home / "processes.json").exists() or "web" not in house.processes():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    before = house.processes()
    os.kill(before["simulator"], signal.SIGKILL)
    _wait_for_change(house, before, "simulator")


def test_nothing_outlives_a_killed_supervisor_and_the_next_start_works(house: House) -> None:
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")
    processes = house.processes()
    everything = [
        process.pid
        for name, pid in processes.items()
        if name != "supervisor"
        for process in _family(pid)
    ]
    os.kill(processes["supervisor"], signal.SIGKILL)
    wait_until_gone(everything, seconds=60)
    assert house.server is not None
    house.server.communicate()
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")


def test_a_second_server_in_the_same_home_is_refused(house: House) -> None:
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")
    first, pid = house.server, house.processes()["supervisor"]
    second = house.start(TROCO_PORT="1")
    assert f"is in use by process {pid}" in second.communicate(timeout=30)[0]
    assert second.returncode == 1
    house.server = first


def test_a_taken_port_is_refused_before_anything_starts(house: House) -> None:
    with socket.create_server(("127.0.0.1", house.port)):
        server = house.start()
        words = server.communicate(timeout=30)[0]
    assert f"Port {house.port} on 127.0.0.1 cannot be used (Address already in use)" in words
    assert "Traceback" not in words
    assert server.returncode == 1
    assert not (house.home / "postgres.socket").exists()


def test_a_broken_step_ends_the_start_and_stops_everything(house: House) -> None:
    server = house.start(BROKEN_COMMAND="seed_sandbox")
    words = server.communicate(timeout=60)[0]
    assert "it broke" in words
    assert "manage.py seed_sandbox failed" in words
    assert "stopped postgres" in words
    assert "Traceback" not in words
    assert server.returncode == 1


def test_a_child_that_cannot_start_is_shown_with_its_last_words(house: House) -> None:
    server = house.start(BROKEN_FRONT="1")
    words = server.communicate(timeout=90)[0]
    assert "front does not start. Its last words" in words
    assert "front cannot start" in words
    assert server.returncode == 1


def test_ctrl_c_during_a_slow_step_stops_at_once(house: House) -> None:
    server = house.start(SLOW_COMMAND="migrate")
    house.wait_for("migrating the database")
    time.sleep(0.5)
    server.send_signal(signal.SIGINT)
    words = server.communicate(timeout=20)[0]
    assert "stopped postgres" in words
    assert "Traceback" not in words
    assert server.returncode == 0


def test_a_command_needs_a_running_server(house: House) -> None:
    refused = house.manage("where")
    assert refused.returncode == 1
    assert f"No server runs in {house.home}" in refused.stderr
    house.start("--quiet-story")
    house.wait_for("Ctrl-C stops it")
    told = house.manage("where")
    assert told.stdout.startswith("postgres://troco_app@%2F")
