"""The smallest product that the launcher can serve: what it promises its launcher, and no more.

Written into a folder beside a copy of the launcher, because the launcher serves the tree that it
lies in. Its web answers ``/readyz``, its commands leave a line in ``said.txt``.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.embedded import copy_cluster

ROOT = Path(__file__).parent.parent.parent

FILES = {
    "manage.py": """
        import os, sys, time
        with open(os.environ["TROCO_HOME"] + "/said.txt", "a") as said:
            said.write(" ".join(sys.argv[1:]) + " " + os.environ.get("TROCO_DATABASE_ROLE", "app"))
            said.write("\\n")
        if sys.argv[1] == os.environ.get("BROKEN_COMMAND"):
            sys.exit("it broke")
        if sys.argv[1] == os.environ.get("SLOW_COMMAND"):
            time.sleep(60)
        if sys.argv[1] == "where":
            print(os.environ["DATABASE_URL"], len(os.environ["TROCO_SECRET_KEY"]))
    """,
    "config/__init__.py": "",
    "config/wsgi.py": """
        def application(environ, start_response):
            start_response("200 OK", [("content-type", "text/plain")])
            return [b"wsgi"]
    """,
    "config/asgi.py": """
        import os
        if os.environ.get("BROKEN_FRONT"):
            raise SystemExit("front cannot start")
        async def application(scope, receive, send):
            if scope["type"] != "http":
                return
            there = os.path.exists(os.environ["TROCO_WSGI_SOCKET"])
            status = 200 if there else 503
            await send({"type": "http.response.start", "status": status, "headers": []})
            await send({"type": "http.response.body", "body": b"front"})
    """,
    "config/serve_front.py": """
        import os, uvicorn
        uvicorn.run("config.asgi:application", host="127.0.0.1", port=int(os.environ["TROCO_PORT"]))
    """,
    "config/courier.py": """
        import time
        while True:
            time.sleep(60)
    """,
    "config/celery.py": """
        import os
        from celery import Celery
        app = Celery("house", broker=os.environ["CELERY_BROKER_URL"])
        from psycopg.conninfo import conninfo_to_dict, make_conninfo
        url = os.environ["CELERY_BROKER_URL"].replace("pgmq://", "postgresql://")
        app.conf.broker_transport_options = {
            "init_extension": False,
            "conn_string": make_conninfo("", **conninfo_to_dict(url)),
        }
        app.conf.beat_schedule_filename = os.environ["TROCO_HOME"] + "/beat"
    """,
    "bank_simulator/__init__.py": "",
    "bank_simulator/__main__.py": """
        import os, socket
        server = socket.create_server(("127.0.0.1", int(os.environ["TROCO_SIMULATOR_PORT"])))
        while True:
            server.accept()[0].close()
    """,
}


class House:
    """A tree with the tiny product, and the server that runs in it."""

    def __init__(self, folder: Path) -> None:
        """Write the tree."""
        self.folder = folder
        shutil.copytree(ROOT / "launcher", folder / "launcher")
        for name, text in FILES.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            lines = text.strip("\n").splitlines()
            path.write_text("\n".join(line[8:] for line in lines) + "\n", encoding="utf-8")
        self.home = folder / "home"
        self.home.mkdir()
        copy_cluster(self.home / "postgres")
        self.port = _free_port()
        self.server: subprocess.Popen[str] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a stranger's shell would hold: nothing of this test run's."""
        kept = {
            name: os.environ[name] for name in ("PATH", "TROCO_POSTGRES_BIN") if name in os.environ
        }
        return {**kept, "TROCO_HOME": str(self.home), "TROCO_PORT": str(self.port)}

    def start(
        self, *arguments: str, stdout: str | None = None, **extra: str
    ) -> "subprocess.Popen[str]":
        """Start the server; its output is collected, or goes to the file that is named."""
        with contextlib.ExitStack() as files:
            said = files.enter_context(Path(stdout).open("wb")) if stdout else subprocess.PIPE
            self.server = subprocess.Popen(
                [sys.executable, "-m", "launcher", "serve", *arguments],
                cwd=self.folder,
                env={**self.environment, **extra},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
            )
        return self.server

    def wait_for(self, words: str, *, seconds: float = 60) -> str:
        """Read the output up to the line with these words; return what was read."""
        assert self.server is not None
        assert self.server.stdout is not None
        deadline = time.monotonic() + seconds
        read = []
        for line in self.server.stdout:
            read.append(line)
            if words in line:
                return "".join(read)
            assert time.monotonic() < deadline, "".join(read)
        raise AssertionError("".join(read))

    def stop(self) -> str:
        """Stop the server as Ctrl-C does; return the rest of its output."""
        assert self.server is not None
        if self.server.poll() is None:
            self.server.terminate()
        return self.server.communicate(timeout=60)[0]

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command beside the server."""
        return subprocess.run(
            [sys.executable, "-m", "launcher", "manage", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def processes(self) -> dict[str, int]:
        """Return the pids that the server notes."""
        content: dict[str, int] = json.loads((self.home / "processes.json").read_text("utf-8"))
        return content

    def said(self) -> list[str]:
        """Return the commands that ran, with the database role they ran as."""
        return (self.home / "said.txt").read_text("utf-8").splitlines()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
