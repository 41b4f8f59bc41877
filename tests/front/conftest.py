"""The echo behind the front.

The front is imported when a fixture runs: this file is read before the settings are.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wsgi_socket() -> Iterator[str]:
    """Serve the echo by gunicorn, with four threads, on a Unix socket."""
    from tests.front.serving import wait_until  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="front-") as folder:
        path = f"{folder}/wsgi"
        command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "4"]
        command += ["-b", f"unix:{path}", "--keep-alive", "5", "--no-control-socket"]
        child = subprocess.Popen([*command, "tests.front.echo:application"], cwd=ROOT)
        try:
            wait_until(lambda: Path(path).exists(), seconds=20)
            yield path
        finally:
            child.terminate()
            child.wait(timeout=20)


@pytest.fixture(scope="module")
def address(wsgi_socket: str) -> Iterator[str]:
    from config.front import Front, Proxy  # noqa: PLC0415
    from config.upstream import Upstream  # noqa: PLC0415
    from tests.front.serving import NoStream, serve  # noqa: PLC0415

    limits = dict.fromkeys(("/v1/media", "/cloud/*/media"), 20_000_000)
    proxy = Proxy(Upstream(wsgi_socket), limits=limits, telling=("/page/*",))
    with serve(Front(proxy, NoStream())) as port:
        yield f"http://127.0.0.1:{port}"
