"""``python -m benchmarks.restart``: what it costs until web and front answer again after a fall.

Both are started as the launcher starts them, killed by ``kill -9`` with all their processes, and
started again. Their processor time tells more than the seconds where others use the machine too.
No database is needed: ``/healthz`` asks nobody.
"""

import http.client
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from launcher.children import Child
from launcher.home import Home
from launcher.instance import ROOT, Options, free_port
from launcher.plan import Site, make_children

TIMES = 7
PATIENCE_SECONDS = 120.0
NOWHERE = "postgresql:///none?host=/nonexistent"


def main() -> int:
    """Start and kill them a few times; print the middle of what each start took."""
    os.chdir(ROOT)
    with tempfile.TemporaryDirectory(prefix="troco-restart-") as folder:
        options = _options(Path(folder))
        children = _children(options)
        # The first start reads the code from the disk.
        _start(children, options.port)
        runs = [_start(children, options.port) for _ in range(TIMES)]
    seconds, web, front = (statistics.median(each) for each in zip(*runs, strict=True))
    sys.stdout.write(
        f"Answered after {seconds:.2f} s; processor time until then:"
        f" web {web:.2f} s, front {front:.2f} s (the middle of {TIMES}).\n"
    )
    return 0


def _options(home: Path) -> Options:
    return Options(
        home=home,
        host="127.0.0.1",
        port=free_port(),
        mode="sandbox",
        web_workers=2,
        web_threads=8,
        worker_processes=2,
    )


def _children(options: Options) -> list[Child]:
    """Return the launcher's own two children of an instance in a folder."""
    home = Home(options.home)
    home.logs.mkdir()
    environment = {
        **os.environ,
        **home.keys(),
        "TROCO_HOME": str(home.path),
        "DATABASE_URL": NOWHERE,
        "TROCO_LOG_LEVEL": "ERROR",
    }
    site = Site(home, options, options.home / "web.sock", environment, lambda _name, _line: None)
    by_name = {each.name: each for each in make_children(site, simulator=False)}
    return [by_name["web"], by_name["front"]]


def _start(children: list[Child], port: int) -> list[float]:
    """Start both and kill them when they answer; return the seconds, and each one's work."""
    begun = time.monotonic()
    for child in children:
        child.start()
    try:
        while not _answers(port):
            if time.monotonic() - begun > PATIENCE_SECONDS:
                message = "They did not answer."
                raise TimeoutError(message)
            time.sleep(0.01)
        return [time.monotonic() - begun, *(_worked(child) for child in children)]
    finally:
        for child in children:
            if child.process is not None:
                os.killpg(child.process.pid, signal.SIGKILL)
                child.process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _worked(child: Child) -> float:
    """Return the processor time of a child and its processes so far."""
    if child.process is None:
        return 0.0
    top = psutil.Process(child.process.pid)
    times = [each.cpu_times() for each in (top, *top.children(recursive=True))]
    return sum(each.user + each.system for each in times)


if __name__ == "__main__":
    sys.exit(main())
