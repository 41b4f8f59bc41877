"""The WSGI application that gunicorn serves on a Unix socket."""

import gc
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

_django = get_wsgi_application()

# Django must be ready before what needs its models.
from core.api.lean import LeanDoor  # noqa: E402
from payments.api.payments import PaymentsView  # noqa: E402

if TYPE_CHECKING:
    from core.api import ApiView

LEAN: Final[Mapping[str, "type[ApiView]"]] = {"/v1/payments": PaymentsView}
"""Calls that are answered before Django: see ``core.api.lean``."""

application = LeanDoor(_django, LEAN)

# The server reads this page once and forks afterwards: what is loaded here, no process loads by
# itself when its first request comes.
get_resolver().url_patterns  # noqa: B018 - Reading it imports every page.
gc.freeze()
