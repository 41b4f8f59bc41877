"""Which children an instance has, in the order in which they start.

They stop in the order of ``STOPPING``: first nothing new may come in, then what is in hand is
finished, and the bank goes last of the children, because the worker may be waiting for its answer.
"""

import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.children import Child
from launcher.home import Home
from launcher.instance import Options, answers

# The front first: it holds the open streams, and nobody may come in any more.
STOPPING = (("front", "web"), ("worker",), ("courier",), ("beat",), ("simulator",))
# A request's transaction is capped; the worker's batches are not.
_REQUEST_STATEMENT_SECONDS = "2"
_STREAM_GRACE_SECONDS = "3"
_WEB_GRACE_SECONDS = "10"


@dataclass(frozen=True)
class Site:
    """Where the children of one instance find their things."""

    home: Home
    options: Options
    wsgi_socket: Path
    environment: Mapping[str, str]
    show: Callable[[str, str], None]


def make_children(site: Site, *, simulator: bool) -> list[Child]:
    """Describe the children; none is started."""
    children = [_web(site), _front(site), _worker(site), _courier(site), _beat(site)]
    if simulator:
        # Its own books must be open before anyone asks for them.
        children.insert(0, _python(site, "simulator", ["-m", "bank_simulator"]))
    return children


def _web(site: Site) -> Child:
    options = site.options
    arguments = ["-m", "gunicorn", "--worker-class", "gthread", "--bind"]
    arguments += [f"unix:{site.wsgi_socket}", "--workers", str(options.web_workers)]
    arguments += ["--threads", str(options.web_threads), "--timeout", "30", "--keep-alive", "65"]
    arguments += ["--graceful-timeout", _WEB_GRACE_SECONDS, "--no-control-socket"]
    # Read once and then forked: each process that reads it for itself costs seconds after a fall.
    arguments += ["--preload", "config.wsgi:application"]
    child = _python(
        site,
        "web",
        arguments,
        TROCO_DATABASE_POOL=str(options.web_threads),
        TROCO_STATEMENT_SECONDS=_REQUEST_STATEMENT_SECONDS,
    )
    child.serves = lambda: _takes_connections(site.wsgi_socket)
    return child


def _front(site: Site) -> Child:
    options = site.options
    child = _python(
        site,
        "front",
        ["-m", "config.serve_front"],
        TROCO_HOST=options.host,
        TROCO_PORT=str(options.port),
        TROCO_WSGI_SOCKET=str(site.wsgi_socket),
        TROCO_STATEMENT_SECONDS=_REQUEST_STATEMENT_SECONDS,
    )
    host = options.url.removeprefix("http://").rsplit(":", 1)[0]
    child.serves = lambda: answers(host, options.port)
    return child


def _worker(site: Site) -> Child:
    # Gossip, mingle and heartbeats travel over the broker's fanout, which pgmq has no use for;
    # whether a worker works is judged by the age of what is due.
    arguments = ["-m", "celery", "-A", "config", "worker", "--loglevel", "WARNING"]
    arguments += ["--concurrency", str(site.options.worker_processes)]
    arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    child = _python(site, "worker", arguments)
    # A call to a bank may be under way; its answer is worth waiting for.
    child.stop_seconds = 40.0
    return child


def _courier(site: Site) -> Child:
    child = _python(site, "courier", ["-m", "config.courier"])
    # Answers of shops' endpoints may be under way.
    child.stop_seconds = 20.0
    return child


def _beat(site: Site) -> Child:
    return _python(site, "beat", ["-m", "celery", "-A", "config", "beat", "--loglevel", "WARNING"])


def _takes_connections(path: Path) -> bool:
    """Tell whether something listens on a Unix socket; the path may be a dead one's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _python(site: Site, name: str, arguments: list[str], **extra: str) -> Child:
    return Child(
        name=name,
        command=[sys.executable, *arguments],
        environment={**site.environment, **extra},
        log=site.home.logs / f"{name}.log",
        show=site.show,
        stop_seconds=float(_WEB_GRACE_SECONDS) + 2,
    )
