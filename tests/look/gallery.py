"""A small server that shows every page of the portal with made-up data, under the strict policy.

It uses the product's templates and files and nothing else of it: no database, no views.
"""

import mimetypes
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.handlers.wsgi import WSGIRequest
from django.template.backends.django import DjangoTemplates
from django.urls import set_urlconf
from django.utils import timezone, translation

from tests.look.pages import PAGES
from tests.messaging.samples import picture

ROOT = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
StartResponse = Callable[..., Any]


@cache
def _templates() -> DjangoTemplates:
    """Return the product's templates, with nothing of its settings but the tags."""
    return DjangoTemplates(
        {
            "NAME": "look",
            "DIRS": [ROOT / "templates"],
            "APP_DIRS": False,
            "OPTIONS": {
                "context_processors": ["django.template.context_processors.request"],
                "libraries": {"troco": "merchants.portal.templatetags.troco"},
            },
        }
    )


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer a page, a static file, a picture of a product, or the event stream."""
    path = environ["PATH_INFO"]
    if path.startswith("/static/"):
        return _static(ROOT / path.lstrip("/"), start_response)
    if path.startswith("/i/"):
        start_response("200 OK", [("Content-Type", "image/png")])
        return [picture("PNG", (160, 120))]
    if path == "/v1/stream":
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return _stream()
    if path not in PAGES:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b""]
    nonce = secrets.token_urlsafe(16)
    headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", POLICY.format(nonce=nonce)),
    ]
    start_response("200 OK", headers)
    return [render(path, environ, nonce).encode()]


def render(path: str, environ: dict[str, Any], nonce: str) -> str:
    """Render one page as the portal would."""
    template, context = PAGES[path]
    request = WSGIRequest(environ)
    request.csp_nonce = nonce  # type: ignore[attr-defined]
    set_urlconf("tests.look.addresses")
    language = request.GET.get("language", "en")
    with translation.override(language), timezone.override("America/Sao_Paulo"):
        return str(_templates().get_template(template).render(context, request))


def _static(file: Path, start_response: StartResponse) -> list[bytes]:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    start_response("200 OK", [("Content-Type", kind)])
    return [file.read_bytes()]


def _stream() -> Iterator[bytes]:
    """Say that there is news, once, soon after the page opened; then stay silent."""
    yield b": hello\n\n"
    time.sleep(0.4)
    yield b'event: message\nid: 1\ndata: {"seq": 9}\n\n'
    for _ in range(40):
        time.sleep(0.5)
        yield b": still here\n\n"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # The base's own name.
        """Say nothing; a browser makes many requests."""


def serve(port: int = 0) -> tuple[str, Callable[[], None]]:
    """Serve on loopback, on a free port unless told; return the address and how to stop."""
    server = make_server("127.0.0.1", port, application, _Server, _Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}", server.shutdown
