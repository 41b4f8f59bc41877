"""The ASGI application that listens on ``TROCO_PORT``: the front, the stream and the hot doors.

With ``TROCO_WSGI_SOCKET`` everything else goes to Django's synchronous side on that
Unix socket, which is how the product runs. Without it Django answers in this process, one
thread for each request: enough for tests and development.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.core.asgi import get_asgi_application

if TYPE_CHECKING:
    from config.exchange import App

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Where files come in, and the most that a body sent there may have.
BODY_LIMITS = {
    **dict.fromkeys(
        (
            "/v1/media",
            "/portal/files/*",
            "/portal/desk/replies",
            "/portal/pictures/*",
            "/cloud/*/media",
            "/cloud/*/media/",
        ),
        101_000_000,
    ),
    "/portal/catalogue/import": 8_100_000,
    "/portal/review/papers": 6_000_000,
    "/portal/evidence/*": 6_000_000,
    "/u/*": 6_000_000,
}
# Pages that say themselves that a file was too large, in the language of who sent it.
TELLING_PAGES = ("/u/*",)
django_application = get_asgi_application()

# Models can be imported only once Django is set up, which the line above does.
from config.front import Front, Proxy  # noqa: E402
from config.upstream import Upstream  # noqa: E402
from core.api.uploads import incoming_folder  # noqa: E402
from messaging.api.hot import HotDoor  # noqa: E402
from messaging.api.stream import StreamDoor  # noqa: E402


def make_front(socket: str) -> Front:
    """Return the front door.

    Args:
        socket: Path of Django's Unix socket; empty to answer in this process.
    """
    pages = _proxy(socket) if socket else cast("App", django_application)
    stream = StreamDoor()
    return Front(pages, stream, HotDoor(pages, stream.look))


def _proxy(socket: str) -> Proxy:
    return Proxy(Upstream(socket), BODY_LIMITS, Path(incoming_folder()), TELLING_PAGES)


application = make_front(os.environ.get("TROCO_WSGI_SOCKET", ""))
