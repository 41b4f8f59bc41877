"""Brokers of a test's own: started on free ports in a folder of theirs, killed, and emptied."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from launcher.databases import BROKER_DATABASE, SUPERUSER, make_url
from launcher.instance import answers, free_port
from tests.processes.instance import Instance, wait_until

REDIS_PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server") or ""
# Not the wrapper on the path, which runs it as another user in the system's folders.
_RABBIT_FOLDERS = ("/usr/lib/rabbitmq/bin", "/opt/rabbitmq/sbin")
RABBIT_PROGRAM = next(
    (
        str(found)
        for folder in _RABBIT_FOLDERS
        if (found := Path(folder, "rabbitmq-server")).exists()
    ),
    "",
)
EPMD_PROGRAM = shutil.which("epmd") or ""
START_SECONDS = 120
_ON_LOOPBACK = "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"


class Server:
    """A broker that is a server: its processes, its data, its port."""

    kind = ""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.log = folder / "said.log"
        self.home = folder
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        raise NotImplementedError

    def start(self) -> None:
        """Start with what data there are."""
        self.data.mkdir(exist_ok=True)
        self.launch()
        wait_until(self.is_up, f"a {self.kind} that answers", seconds=START_SECONDS)

    def launch(self) -> None:
        raise NotImplementedError

    def is_up(self) -> bool:
        words = self.log.read_text("utf-8", errors="replace")[-3000:]
        assert all(each.poll() is None for each in self.processes), words
        return answers("127.0.0.1", self.port)

    def run(self, *command: str, **environment: str) -> None:
        """Start one process of it, in a group of its own."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                env={**os.environ, **environment},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        self.processes.append(process)

    def lose(self) -> None:
        """Kill it, and delete all that it kept."""
        for process in self.processes:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()
        shutil.rmtree(self.data)

    def stop(self) -> None:
        """Leave nothing behind; a broker of a test has nothing to save."""
        if self.processes:
            self.lose()


class RedisServer(Server):
    """Redis, which keeps an append-only file."""

    kind = "Redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def launch(self) -> None:
        here = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.data)]
        self.run(REDIS_PROGRAM, *here, "--appendonly", "yes", "--save", "")


class RabbitServer(Server):
    """RabbitMQ with an Erlang port mapper of its own, all on loopback, without plugins."""

    kind = "RabbitMQ"

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def launch(self) -> None:
        mapper, nodes = str(free_port()), str(free_port())
        (self.home / "plugins").write_text("[].\n")
        (self.home / "rabbitmq.conf").write_text("log.console = true\nlog.file = false\n")
        local = {
            "HOME": str(self.home),
            "ERL_EPMD_PORT": mapper,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }
        self.run(EPMD_PROGRAM, "-port", mapper, "-address", "127.0.0.1", **local)
        wait_until(lambda: answers("127.0.0.1", int(mapper)), "Erlang's port mapper")
        self.run(
            RABBIT_PROGRAM,
            **local,
            # Makes the script become the server, instead of waiting beside it.
            RUNNING_UNDER_SYSTEMD="true",
            RABBITMQ_NODENAME=f"troco{self.port}@localhost",
            RABBITMQ_NODE_IP_ADDRESS="127.0.0.1",
            RABBITMQ_NODE_PORT=str(self.port),
            RABBITMQ_DIST_PORT=nodes,
            RABBITMQ_MNESIA_BASE=str(self.data),
            RABBITMQ_LOG_BASE=str(self.home),
            RABBITMQ_LOGS="-",
            RABBITMQ_PID_FILE=str(self.home / "pid"),
            RABBITMQ_CONFIG_FILE=str(self.home / "rabbitmq.conf"),
            RABBITMQ_ENABLED_PLUGINS_FILE=str(self.home / "plugins"),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=_ON_LOOPBACK,
        )


class Pgmq:
    """The default broker: a database of the instance's own cluster."""

    kind = "pgmq"

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def lose(self) -> None:
        """Drop the queue's database, whoever is connected to it."""
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(BROKER_DATABASE))
        self._ask(drop)

    def start(self) -> None:
        """Wait for the supervisor, which sees that it is gone and makes it again."""
        wait_until(self.is_up, "a queue's database made again")

    def is_up(self) -> bool:
        found = self.instance.one(
            "SELECT count(*) FROM pg_database WHERE datname = %s", BROKER_DATABASE
        )
        return bool(found)

    def stop(self) -> None:
        """It ends with its instance."""

    def _ask(self, statement: sql.Composed) -> None:
        folder = (self.instance.home / "postgres.socket").read_text("utf-8").strip()
        address = make_url(folder, role=SUPERUSER, database="postgres", scheme="postgresql")
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


Broker = RedisServer | RabbitServer | Pgmq
