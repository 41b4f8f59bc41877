"""Each POST of the API says what happens when it comes twice: keyed, or why it needs no key."""

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

REQUIRED = "required"
OPTIONAL = "optional"

# A route that is missing here fails: decide what a second call does before you add it.
POSTS = {
    "payments": REQUIRED,
    "payments/<str:public_id>/cancel": REQUIRED,
    "payments/<str:public_id>/return": OPTIONAL,
    "payments/<str:public_id>/return-requests": REQUIRED,
    "payments/<str:public_id>/dispute": REQUIRED,
    "disputes/<str:public_id>/withdraw": REQUIRED,
    "payment-requests": REQUIRED,
    "payment-requests/<str:public_id>/decline": OPTIONAL,
    "payment-requests/<str:public_id>/cancel": OPTIONAL,
    "payment-requests/<str:public_id>/paid-otherwise": OPTIONAL,
    "payment-requests/<str:public_id>/remind": OPTIONAL,
    "quotes": OPTIONAL,
    "funding-sources": OPTIONAL,
    "funding-sources/<str:public_id>/verify": OPTIONAL,
    "funding-sources/<str:public_id>/default": OPTIONAL,
    "orders": OPTIONAL,
    "orders/<str:public_id>/cancel": OPTIONAL,
    "orders/<str:public_id>/paid-outside": OPTIONAL,
    "links/<str:code>/uses": OPTIONAL,
    "shop/links": REQUIRED,
    "shop/links/<str:public_id>/disable": OPTIONAL,
    "shop/refunds": REQUIRED,
    "shop/orders": REQUIRED,
    "shop/orders/<str:public_id>/accept": OPTIONAL,
    "shop/orders/<str:public_id>/decline": OPTIONAL,
    "shop/orders/<str:public_id>/cancel": OPTIONAL,
    "shop/orders/<str:public_id>/prepare": OPTIONAL,
    "shop/orders/<str:public_id>/ready": OPTIONAL,
    "shop/orders/<str:public_id>/ship": OPTIONAL,
    "shop/orders/<str:public_id>/complete": OPTIONAL,
    "shop/orders/<str:public_id>/received": OPTIONAL,
    "shop/orders/<str:public_id>/not-received": OPTIONAL,
    "shop/products": OPTIONAL,
    "shop/products/<str:public_id>/archive": "what is put away already stays as it is",
    "shop/products/<str:public_id>/move": OPTIONAL,
    "shop/products/<str:public_id>/unarchive": "what is back already stays as it is",
    "shop/webhook-endpoints": "its secret is shown once, so no answer is kept; one can be removed",
    "shop/webhook-endpoints/<str:public_id>/rotate-secret": "its secret is shown once as well",
    "shop/webhook-endpoints/<str:public_id>/test": OPTIONAL,
    "shop/webhook-endpoints/<str:public_id>/replay": OPTIONAL,
    "shop/webhook-endpoints/<str:public_id>/deliveries/<str:delivery_id>/replay": OPTIONAL,
    "me/challenges": OPTIONAL,
    "me/freeze": OPTIONAL,
    "me/pin/recovery": OPTIONAL,
    "me/unfreeze": "a challenge and a proof are used once, so a second call is refused",
    "me/devices/<str:public_id>/removal": "a challenge and a proof are used once",
    "me/passkeys/options": "makes nothing but a challenge that replaces the one before",
    "me/passkeys": "the challenge is used once, and a credential is registered once",
    "sign-in/codes": "nobody has signed in yet; the newest code counts",
    "sign-in": "nobody has signed in yet; the code works once",
    "availability/<str:country>/waitlist": "a number is on the list once",
    "conversations": OPTIONAL,
    "conversations/<str:conversation_id>/members": "who takes part already is not added again",
    "conversations/<str:conversation_id>/messages": "`client_id` is the key, kept with the message",
    "conversations/<str:conversation_id>/report": "each tells of what was said until then",
    "messages/<str:message_id>/report": "one of each party about each message",
    "conversations/<str:conversation_id>/typing": "stores nothing",
    "conversations/<str:conversation_id>/read": "a marker only moves forwards",
    "media": OPTIONAL,
    "shops/<str:public_id>/conversations/<str:conversation_id>/notes": OPTIONAL,
    "shops/<str:public_id>/broadcasts": REQUIRED,
    "shops/<str:public_id>/broadcasts/<str:broadcast_id>/cancel": OPTIONAL,
    "sandbox/funding-tokens": "the sandbox's own door: an account more at a simulated bank",
    "sandbox/funding-codes": "the sandbox's own door: a new code replaces the one before",
    "sandbox/clock": "the sandbox's own door: moves the clock each time it is asked to",
    "sandbox/banks/<slug:bank>/faults": "the sandbox's own door: sets, and does not add",
    "sandbox/cutoff": "the sandbox's own door: a second cutoff finds nothing to claim",
}


def _routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in patterns:
        route = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each.url_patterns, route)
        elif isinstance(each, URLPattern) and route.startswith("v1/"):
            view = getattr(each.callback, "view_class", None) or getattr(each.callback, "cls", None)
            if view is not None and hasattr(view, "post"):
                yield route.removeprefix("v1/"), view


def _source(view: Any) -> str:
    """Return the source of a view's POST with the functions of its module that it calls."""
    source = inspect.getsource(view.post)
    module = inspect.getmodule(view)
    assert isinstance(module, ModuleType)
    for name in set(re.findall(r"\b(_\w+)\(", source)):
        helper = getattr(module, name, None) or getattr(view, name, None)
        if inspect.isfunction(helper):
            source += inspect.getsource(helper)
    return source


def test_every_post_is_listed() -> None:
    found = {route for route, _view in _routes(get_resolver().url_patterns)}
    assert found == set(POSTS)


def test_every_post_does_what_is_listed() -> None:
    wrong = {}
    for route, view in _routes(get_resolver().url_patterns):
        source = _source(view)
        said = POSTS.get(route, "nothing")
        is_keyed, is_optional = "keyed_post(" in source, "required=False" in source
        does = OPTIONAL if is_optional else REQUIRED if is_keyed else "no key"
        if (said if said in {REQUIRED, OPTIONAL} else "no key") != does:
            wrong[route] = f"says {said}, does {does}"
    assert wrong == {}


def test_every_key_is_documented() -> None:
    undocumented = [
        route
        for route, view in _routes(get_resolver().url_patterns)
        if POSTS.get(route) in {REQUIRED, OPTIONAL}
        and not re.search(r"parameters=\[[^\]]*KEY[^\]]*\]", inspect.getsource(view))
    ]
    assert undocumented == []
