"""The pages for developers, filled."""

from functools import partial
from typing import Any

from merchants.enums import KeyScope
from merchants.portal.calls import CallsPage
from merchants.portal.endpoint import HOURS, EndpointPage, RotateForm
from merchants.portal.events import EventsPage
from merchants.portal.keys import AddressesForm, KeyForm, KeysPage, RollForm
from merchants.portal.line import SecretForm
from merchants.portal.step_up import StepUpForm
from merchants.portal.webhooks import EndpointForm, NewEndpointForm
from tests.look.data import ago, frame
from tests.look.lists import listing

KEYS: list[dict[str, Any]] = [
    {
        "id": f"key_{index:04}",
        "name": name,
        "hint": f"sk_test_…{tail}",
        "scopes": ["Read and send messages", "Orders: read them and move them on"],
        "codes": ("messages", "orders"),
        "refunds": index == 1,
        "refund_limit": None,
        "addresses": ("203.0.113.7", "2001:db8::/32") if index == 1 else (),
        "made_at": ago(60 * 24 * (index + 2)),
        "used_at": used,
        "ends_at": ago(-60 * 20) if index == 1 else None,
    }
    for index, (name, tail, used) in enumerate(
        [("Bot", "9xQa", ago(4)), ("Bot", "77Kd", ago(60)), ("Accounting", "Pz1b", None)]
    )
]
_FROM = {"addresses": "203.0.113.7\n2001:db8::/32"}
ENDPOINTS: list[dict[str, Any]] = [
    {
        "id": "whk_0000",
        "url": "https://hooks.padaria.example/troco/a-rather-long-address-that-nobody-would-type",
        "description": "Orders to the kitchen's screen",
        "dialect": "Standard Webhooks",
        "is_cloud": False,
        "kinds": ["order.paid", "order.cancelled"],
        "state": "enabled",
        "stop": "",
        "stopped_at": None,
        "old_secret_until": ago(-600),
        "made_at": ago(9000),
    },
    {
        "id": "whk_0001",
        "url": "https://bot.example/cloud",
        "description": "",
        "dialect": "Cloud API shapes",
        "is_cloud": True,
        "kinds": [],
        "state": "disabled",
        "stop": "It answered 410: that it wants no more.",
        "stopped_at": ago(300),
        "old_secret_until": None,
        "made_at": ago(9000),
    },
]
DELIVERIES: list[dict[str, Any]] = [
    {
        "id": f"dlv_{index:04}",
        "endpoint": "whk_0000",
        "event": f"evt_01JD0ZK8Q4M7T2V9XB3C5D6E{index:02}",
        "kind": kind,
        "ref": "ord_01JD0ZK8Q4M7T2V9XB3C5D6E7F",
        "state": state,
        "tries": tries,
        "due_at": ago(-12) if state in {"waiting", "aside"} else None,
        "ended_at": ago(20) if state in {"delivered", "parked"} else None,
        "last_at": ago(20 + index) if tries else None,
        "http_status": status,
        "outcome": "Answered" if status else "No answer in time" if tries else "",
        "took_ms": 118 + 700 * index if tries else None,
    }
    for index, (kind, state, tries, status) in enumerate(
        [
            ("order.paid", "delivered", 1, 200),
            ("order.placed", "aside", 5, 500),
            ("payment.completed", "parked", 10, None),
            ("order.completed", "waiting", 0, None),
        ]
    )
]
CALLS: list[dict[str, Any]] = [
    {
        "at": ago(3 + index),
        "key": "Bot sk_test_…9xQa",
        "method": method,
        "path": path,
        "http_status": status,
        "took_ms": 12 + index,
        "id": f"req_01JD0ZK8Q4M7T2V9XB3C5D6E{index:02}",
    }
    for index, (method, path, status) in enumerate(
        [
            ("GET", "/v1/shop/events", 200),
            ("POST", "/v1/shop/webhook-endpoints/whk_01JD0ZK8Q4M7T2V9XB3C5D6E7F/test", 409),
            ("GET", "/cloud/v21.0/300000000000001/messages", 401),
            ("POST", "/cloud/v21.0/300000000000001/messages", 503),
        ]
    )
]
EVENTS: list[dict[str, Any]] = [
    {
        "id": "evt_01JD0ZK8Q4M7T2V9XB3C5D6E7F",
        "kind": kind,
        "ref": "pay_01JD0ZK8Q4M7T2V9XB3C5D6E7F",
        "ref_href": "#main",
        "at": ago(30),
        "json": '{\n  "id": "pay_01JD0ZK8Q4M7T2V9XB3C5D6E7F",\n  "state": "completed"\n}',
        "deliveries": [
            {"href": "#main", "url": ENDPOINTS[index]["url"], "state": state}
            for index, state in enumerate(states)
        ],
    }
    for kind, states in [
        ("payment.completed", ("delivered", "parked")),
        ("order.paid", ("waiting",)),
        ("order.placed", ()),
    ]
]
_BODY = '{"id":"evt_1","type":"order.paid","timestamp":"2026-11-23T17:20:00Z","data":{}}'


def _sections(current: int) -> list[dict[str, Any]]:
    names = ("Keys", "Webhooks", "Your number", "Events", "Request log")
    return [
        {"words": name, "href": "#main", "current": index == current}
        for index, name in enumerate(names)
    ]


def _chips(*names: str) -> list[dict[str, Any]]:
    return [
        {"words": name, "href": "#main", "count": None, "current": index == 0}
        for index, name in enumerate(names)
    ]


def _keys(keys: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **frame("developers"),
        "sections": _sections(0),
        "listing": listing(KeysPage, keys, next_href="", views=[]),
        "base_url": "http://127.0.0.1:8000",
        "sample_key": "sk_test_…9xQa",
    }


def _endpoint(which: int, deliveries: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **frame("developers"),
        "endpoint": ENDPOINTS[which],
        "form": partial(EndpointForm, {"url": "nowhere", "kinds": ["x"]}),
        "rotate_form": partial(RotateForm),
        "hours": HOURS,
        "listing": listing(
            EndpointPage,
            deliveries,
            chips=_chips("All", "In line", "Trying again", "Delivered", "Given up"),
            next_href="?after=b2xkZXI" if deliveries else "",
        ),
    }


PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "/portal/developers": ("portal/keys.html", _keys(KEYS)),
    "/look/keys-none": ("portal/keys.html", _keys([])),
    "/portal/developers/keys/new": (
        "portal/key_new.html",
        {
            **frame("developers"),
            "form": partial(
                KeyForm, {"name": "", "code": "1"}, currency="BRL", scopes=frozenset(KeyScope)
            ),
        },
    ),
    "/portal/developers/keys/key_0001": (
        "portal/key.html",
        {
            **frame("developers"),
            "key": KEYS[1],
            "is_theirs": True,
            "roll_form": partial(RollForm),
            "own_address": "203.0.113.7",
            "addresses_form": partial(AddressesForm, initial=_FROM, auto_id="from_%s"),
            "end_form": partial(StepUpForm, auto_id="end_%s"),
        },
    ),
    "/look/secret": (
        "portal/secret.html",
        {
            **frame("developers"),
            "title": "Your new key",
            "secret": "sk_test_" + "Ab3" * 14 + "x",
            "back": "/portal/developers",
            "back_words": "To the keys",
        },
    ),
    "/portal/developers/requests": (
        "portal/calls.html",
        {
            **frame("developers"),
            "sections": _sections(4),
            "listing": listing(CallsPage, CALLS, chips=_chips("All", "Answered well", "Refused")),
        },
    ),
    "/portal/developers/events": (
        "portal/events.html",
        {
            **frame("developers"),
            "sections": _sections(3),
            "listing": listing(EventsPage, EVENTS),
        },
    ),
    "/portal/developers/number": (
        "portal/line.html",
        {
            **frame("developers"),
            "sections": _sections(2),
            "line": {
                "address": "+550123456789",
                "made_at": ago(9000),
                "is_registered": True,
                "is_subscribed": True,
                "old_signs_until": ago(-1200),
                "ids": [
                    ("Base address", "http://127.0.0.1:8000/cloud"),
                    ("Phone number id", "300000000000001"),
                    ("Business account id", "200000000000001"),
                    ("App id", "100000000000001"),
                ],
            },
            "callbacks": ["https://bot.example/cloud"],
            "form": partial(SecretForm),
            "switch_form": partial(StepUpForm, auto_id="switch_%s"),
        },
    ),
    "/look/number-none": (
        "portal/line.html",
        {
            **frame("developers"),
            "sections": _sections(2),
            "line": None,
            "callbacks": [],
            "form": partial(StepUpForm),
            "switch_form": partial(StepUpForm, auto_id="switch_%s"),
        },
    ),
    "/portal/developers/webhooks": (
        "portal/endpoints.html",
        {**frame("developers"), "sections": _sections(1), "endpoints": ENDPOINTS},
    ),
    "/look/webhooks-none": (
        "portal/endpoints.html",
        {**frame("developers"), "sections": _sections(1), "endpoints": []},
    ),
    "/portal/developers/webhooks/new": (
        "portal/endpoint_new.html",
        {**frame("developers"), "form": partial(NewEndpointForm)},
    ),
    "/portal/developers/webhooks/whk_0000": ("portal/endpoint.html", _endpoint(0, DELIVERIES)),
    "/look/endpoint-stopped": ("portal/endpoint.html", _endpoint(1, [])),
    "/portal/developers/webhooks/whk_0000/deliveries/dlv_0001": (
        "portal/delivery.html",
        {
            **frame("developers"),
            "endpoint": ENDPOINTS[0],
            "delivery": DELIVERIES[1],
            "happened_at": ago(60),
            "body": _BODY,
            "attempts": [
                {
                    "at": ago(20),
                    "words": "Answered",
                    "http_status": 500,
                    "is_good": False,
                    "took_ms": 818,
                    "answer": "<h1>Internal error</h1>",
                },
                {
                    "at": ago(50),
                    "words": "No answer in time",
                    "http_status": None,
                    "is_good": False,
                    "took_ms": 15_000,
                    "answer": "",
                },
            ],
        },
    ),
}
