"""Starting the process: options, the store, and uvicorn with a door to the bare connection."""

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bank_simulator.app import Application, Beside
from bank_simulator.callbacks import CallbackSender
from bank_simulator.folder import Folder
from bank_simulator.store import Store, StoreRefused
from bank_simulator.tls import BrokenTls

DEFAULT_PORT = 8600
LARGEST_PORT = 65535
KEEP_ALIVE_SECONDS = 30
SHUTDOWN_SECONDS = 3


class ClosableProtocol(H11Protocol):
    """HTTP that lets an endpoint close the connection without an answer.

    Faults need it. The transport travels in the scope's `state`, one per connection.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Note the connection's transport where the application finds it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal; returns the process's exit code."""
    options = _parser().parse_args(arguments)
    secret = os.environ.get("TROCO_SIMULATOR_SECRET", "")
    if not secret or not options.store:
        return _complain("set TROCO_SIMULATOR_SECRET, and --store or TROCO_SIMULATOR_STORE")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        store = Store.open(Path(options.store), reset=options.reset)
    except StoreRefused as refusal:
        return _complain(str(refusal))
    callback_url = os.environ.get("TROCO_SIMULATOR_CALLBACK_URL") or None
    callback_secret = os.environ.get("TROCO_SIMULATOR_CALLBACK_SECRET") or secret
    callbacks = CallbackSender(callback_url, callback_secret)
    application = Application(store, secret, callbacks, _beside(store, options))
    server = uvicorn.Server(_config(application, options.host, options.port))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        server.run()
    finally:
        store.close()
    return 0 if server.started else 1


def _beside(store: Store, options: argparse.Namespace) -> list[Beside]:
    """Return what the options want to run beside the HTTP doors."""
    beside: list[Beside] = []
    if options.folder:
        beside.append(Folder(store, Path(options.folder), options.folder_seconds))
    if options.tls_error_port:
        beside.append(BrokenTls(options.host, options.tls_error_port))
    return beside


def _leave(*_: object) -> None:
    """End quietly: uvicorn raises the signal again once it has stopped serving."""
    raise SystemExit(0)


def _config(application: Application, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        http=ClosableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bank_simulator",
        description="A simulated bank. TROCO_SIMULATOR_SECRET must hold its Bearer secret.",
    )
    parser.add_argument(
        "--store",
        default=os.environ.get("TROCO_SIMULATOR_STORE"),
        help="the SQLite file of the bank's books (TROCO_SIMULATOR_STORE)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument(
        "--port",
        type=_port,
        default=os.environ.get("TROCO_SIMULATOR_PORT", str(DEFAULT_PORT)),
        help="the port to listen on (TROCO_SIMULATOR_PORT)",
    )
    parser.add_argument(
        "--folder",
        default=os.environ.get("TROCO_SIMULATOR_FOLDER"),
        help="exchange files in FOLDER/<bank>/in and out (TROCO_SIMULATOR_FOLDER)",
    )
    parser.add_argument(
        "--folder-seconds", type=float, default=1.0, help="seconds between two looks at it"
    )
    parser.add_argument(
        "--tls-error-port", type=_port, help="a port where every TLS handshake fails"
    )
    parser.add_argument("--reset", action="store_true", help="throw the stored books away first")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port <= LARGEST_PORT:
        raise ValueError(text)
    return port


def _complain(words: str) -> int:
    sys.stderr.write(f"bank_simulator: {words}\n")
    return 2
