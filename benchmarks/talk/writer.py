"""One process of writers: they say their names, one after the other, and give some up on the way.

``benchmarks.talk.together`` starts a few of these, so that writers share an interpreter neither
with the server nor with each other; hence nothing but the driver is imported. Its work comes as a
line of JSON, it answers ``ready``, waits for another line, and tells what was acknowledged.
"""

import json
import socket
import sys
import threading
from typing import Any

import psycopg

EVERY = 10
_AGAIN = 503


class Wire:
    """A kept connection to the front."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._wire = socket.create_connection(("127.0.0.1", port), timeout=60)

    def say(self, head: str, said: dict[str, str]) -> tuple[int, Any]:
        """Send a message; return the status and the answer."""
        body = json.dumps(said).encode()
        self._wire.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = self._wire.recv(65_536)
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._more()
        length = int(answer[:end].lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(answer) < end + 4 + length:
            answer += self._more()
        return int(answer[9:12]), json.loads(answer[end + 4 :])

    def _more(self) -> bytes:
        piece = self._wire.recv(65_536)
        if not piece:
            raise ConnectionError("The front hung up.")
        return piece


class Writer:
    """Says its names, and beside every tenth takes a number that it gives back."""

    def __init__(self, job: dict[str, Any], mine: dict[str, Any]) -> None:
        """Connect to the front and to the database."""
        self._names: list[str] = mine["names"]
        self._mine = mine
        self._job = job
        self._head = (
            f"POST /v1/conversations/{job['talk']}/messages HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/json\r\nAuthorization: Bearer {mine['token']}\r\n"
        )
        self._wire = Wire(job["port"])
        self._database = psycopg.connect(job["database"], autocommit=True)
        self.told: list[int] = []
        self.given_up = 0

    def run(self) -> None:
        """Say everything."""
        for number, name in enumerate(self._names):
            if number % EVERY == EVERY - 1:
                self._give_up(name)
            said = {"client_id": name, "type": "text", "text": name}
            status, answer = self._wire.say(self._head, said)
            while status == _AGAIN:
                status, answer = self._wire.say(self._head, said)
            if status not in {200, 201}:
                raise ValueError(answer)
            self.told.append(int(answer["seq"]))

    def _give_up(self, name: str) -> None:
        """Write by the statements of the hot door, and roll it back, in one go.

        A writer that waits for a processor in between would measure that.
        """
        job, content = self._job, json.dumps({"text": name})
        values = [[bytes.fromhex(self._mine["digest"])], [job["talk"]], [f"{name}-given-up"]]
        values += [["text"], [content], [None], [f"msg_{name}"], job["moment"], job["moment"]]
        with self._database.pipeline():
            self._database.execute("BEGIN")
            self._database.execute(job["lock"], [job["talk"]])
            stored = self._database.execute(job["store"], values)
            self._database.execute("ROLLBACK")
        row = stored.fetchone()
        self.given_up += row is not None and row[1] is not None


def main() -> None:
    """Take the work, wait for the others, do it, tell."""
    job = json.loads(sys.stdin.readline())
    writers = [Writer(job, mine) for mine in job["writers"]]
    threads = [threading.Thread(target=writer.run) for writer in writers]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = {"told": [each.told for each in writers], "given_up": sum(w.given_up for w in writers)}
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
