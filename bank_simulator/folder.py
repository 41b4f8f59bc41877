"""Exchanging files in a folder, as banks do over SFTP: `in/` is read, `out/` is written.

A file counts from the moment it bears its final name, which it gets by a rename when it is
whole; the bank keeps that rule for what it lays out, and what it finds half-written it refuses.
What was taken in moves to `done/`, what was refused to `refused/`, and a word about it lies in
`out/`. The same bytes again are recognised, whatever the file is called.
"""

import asyncio
import hashlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bank_simulator import banks, batches, clock, faults, notifications, pain001, papers, statements
from bank_simulator.errors import Refusal
from bank_simulator.store import Store
from bank_simulator.web import LARGEST_FILE_BYTES

if TYPE_CHECKING:
    from bank_simulator.app import World

PARTS = ("in", "out", "done", "refused")
PIECE_BYTES = 1_000_000
MOST_LAID_AT_ONCE = 100

logger = logging.getLogger("bank_simulator")


class Folder:
    """One folder for all banks, swept every moment."""

    def __init__(self, store: Store, root: Path, seconds: float) -> None:
        """Keep what a sweep needs; `seconds` lie between two."""
        self._store, self._root, self._seconds = store, root, seconds
        self._one_file = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    async def start(self, world: "World") -> None:
        """Begin to sweep, taking turns with the files that come by HTTP."""
        self._one_file = world.one_file
        self._task = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """End after the sweep that is going on."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                async with self._one_file:
                    await asyncio.to_thread(self._each_bank, self._take_in)
                await asyncio.to_thread(self._each_bank, self._lay_out)
            except (OSError, sqlite3.Error):
                logger.exception("the folder could not be swept")
            try:
                await asyncio.wait_for(self._stopping.wait(), self._seconds)
            except TimeoutError:
                continue

    def _each_bank(self, work: Callable[[str], None]) -> None:
        """Do `work` for every bank that serves."""
        for slug, state in self._store.call(banks.health).items():
            if state["healthy"]:
                for part in PARTS:
                    (self._root / slug / part).mkdir(parents=True, exist_ok=True)
                try:
                    work(slug)
                except Refusal as refusal:
                    logger.warning("the folder of %s waits: %s", slug, refusal)

    def _take_in(self, slug: str) -> None:
        for path in sorted((self._root / slug / "in").glob("*.xml")):
            if path.name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            try:
                known = self._receive(slug, path)
            except Refusal as refusal:
                self._refuse(slug, path, refusal)
            else:
                path.replace(self._root / slug / "done" / path.name)
                for name in known:
                    self._forget(slug, name)

    def _receive(self, slug: str, path: Path) -> list[str]:
        """Take one file in; returns the papers that go out again because it came before."""
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise Refusal(413, "body_too_large", f"The file is over {LARGEST_FILE_BYTES} bytes.")
        with path.open("rb") as content:
            digest = hashlib.sha256()
            while piece := content.read(PIECE_BYTES):
                digest.update(piece)
            content.seek(0)
            file = pain001.read_batch(content, debtor=banks.CLEARING)
            batches.receive_batch(self._store, slug, file, content, digest.hexdigest())
        return [_report_name(file.message_id, is_final=final) for final in (False, True)]

    def _refuse(self, slug: str, path: Path, refusal: Refusal) -> None:
        path.replace(self._root / slug / "refused" / path.name)
        words = {"file": path.name, "code": refusal.code, "detail": refusal.detail}
        target = self._root / slug / "out" / f"refused-{path.stem}.json"
        with target.with_name(f".{target.name}.part").open("wb") as out:
            out.write(json.dumps(words).encode())
        target.with_name(f".{target.name}.part").replace(target)

    def _forget(self, slug: str, name: str) -> None:
        def job(connection: sqlite3.Connection) -> None:
            query = "DELETE FROM folder_files WHERE bank = ? AND name = ?"
            connection.execute(query, (slug, name))

        self._store.call(job)

    def _lay_out(self, slug: str) -> None:
        """Lay out every paper that is new: reports, notifications, statements."""
        store = self._store
        for message_id, is_final in store.call(lambda c: _due_reports(c, slug)):
            name = _report_name(message_id, is_final=is_final)
            self._lay(slug, name, papers.batch_pain002(store, slug, message_id))
        for number in store.call(lambda c: _due_notifications(c, slug)):
            paper = papers.notification(store, slug, number)
            self._lay(slug, f"camt054-{number:012d}.xml", paper)
        for day in store.call(lambda c: _due_statements(c, slug)):
            paper = papers.statement(store, slug, date.fromisoformat(day))
            self._lay(slug, f"camt053-{day}.xml", paper)

    def _lay(self, slug: str, name: str, paper: IO[bytes]) -> None:
        """Write a paper under another name, and give it its own when it is whole and on disk."""
        fired = self._store.call(
            lambda connection: faults.draw(
                connection, slug, faults.FOLDER_FAULTS, faults.Call(direction="folder")
            )
        )
        target = self._root / slug / "out" / name
        with paper:
            if fired is not None and fired.fault == faults.FILE_HALF_WRITTEN:
                half = paper.seek(0, os.SEEK_END) // 2
                paper.seek(0)
                target.write_bytes(paper.read(half))
                time.sleep(fired.delay_seconds)
            _write_whole(paper, target)
            if fired is not None and fired.fault == faults.FILE_RESENT:
                _write_whole(paper, target.with_name(f"{target.stem}-again.xml"))
        self._store.call(lambda connection: _note_laid(connection, slug, name))


def _note_laid(connection: sqlite3.Connection, slug: str, name: str) -> None:
    connection.execute(
        "INSERT INTO folder_files VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (slug, name, clock.written(clock.now(connection))),
    )


def _write_whole(paper: IO[bytes], target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    paper.seek(0)
    with part.open("wb") as out:
        while piece := paper.read(PIECE_BYTES):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)


def _report_name(message_id: str, *, is_final: bool) -> str:
    return f"pain002-{message_id}-{'final' if is_final else 'received'}.xml"


def _due_reports(connection: sqlite3.Connection, slug: str) -> list[tuple[str, bool]]:
    """Return the batches whose present state was not reported yet, oldest first."""
    rows = connection.execute(
        "SELECT message_id, is_final FROM (SELECT number, message_id, NOT EXISTS"
        " (SELECT 1 FROM batch_items i WHERE i.batch = b.number AND i.state = 'accepted')"
        " AS is_final FROM batches b WHERE bank = ? AND is_whole)"
        " WHERE NOT EXISTS (SELECT 1 FROM folder_files WHERE bank = ? AND name ="
        " 'pain002-' || message_id || iif(is_final, '-final.xml', '-received.xml'))"
        " ORDER BY number LIMIT ?",
        (slug, slug, MOST_LAID_AT_ONCE),
    )
    return [(message_id, bool(is_final)) for message_id, is_final in rows]


def _last_laid(connection: sqlite3.Connection, slug: str, prefix: str) -> str:
    """Return what follows `prefix` in the highest name that was laid, without its ending."""
    row = connection.execute(
        "SELECT max(name) FROM folder_files WHERE bank = ? AND name >= ? AND name < ?",
        (slug, prefix, prefix + "~"),
    ).fetchone()
    return (row[0] or "").removeprefix(prefix).removesuffix(".xml")


def _due_notifications(connection: sqlite3.Connection, slug: str) -> list[int]:
    bank = banks.serving_bank(connection, slug)
    after = int(_last_laid(connection, slug, "camt054-") or "0")
    found = notifications.list_notifications(connection, bank, after, clock.now(connection))
    return [int(str(each["number"])) for each in found[:MOST_LAID_AT_ONCE]]


def _due_statements(connection: sqlite3.Connection, slug: str) -> list[str]:
    bank = banks.serving_bank(connection, slug)
    laid = _last_laid(connection, slug, "camt053-")
    after = date.fromisoformat(laid) if laid else None
    found = statements.closed_days(connection, bank, after, clock.now(connection))
    return found[:MOST_LAID_AT_ONCE]
