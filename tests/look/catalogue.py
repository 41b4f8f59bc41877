"""Files, customers and statements as they are looked at."""

from functools import partial
from typing import Any

from django import forms
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message

from merchants.portal.customers import CustomerPage, CustomersPage
from tests.look import data
from tests.look.data import NAMES, ago, brl, frame
from tests.look.lists import listing

Row = dict[str, Any]


class FileForm(forms.Form):
    file = forms.FileField(label="File", help_text="CSV in UTF-8, up to 8 MB.")


def _job(state: str, done: int = 0, **more: Any) -> Row:
    return {
        "id": "job_0001",
        "title": "Import of products",
        "detail": "catalogue-november.csv",
        "state": state,
        "is_alive": state in {"queued", "running"},
        "done": done,
        "all": 10_000,
        "at": ago(2),
        "person": "ze",
        "file": "",
        "file_href": "",
        **more,
    }


TALLIES = [
    {"words": "New", "tone": "ok", "count": 9_120},
    {"words": "Changed", "tone": "info", "count": 311},
    {"words": "Unchanged", "tone": "mute", "count": 566},
    {"words": "With errors", "tone": "bad", "count": 3},
]
TROUBLES = [
    {"line": 17, "words": "Variant Price cannot be read."},
    {"line": 904, "words": "The same product stands in an earlier row."},
    {"line": 5_011, "words": "stock: 4 pieces are promised to open orders."},
]
JOB: Row = {
    **frame("catalogue"),
    "back_href": "#main",
    "tallies": TALLIES,
    "troubles": [],
    "asks": False,
    "was_applied": False,
}
CUSTOMERS: list[Row] = [
    {
        "id": f"pty_{index}",
        "name": name,
        "since": ago(90_000 - 3_000 * index),
        "last_at": ago(40 + 900 * index),
        "orders": 14 - index,
        "spent": brl(123_456 - 9_999 * index),
    }
    for index, name in enumerate(NAMES)
]
CUSTOMER: Row = {
    "customer": {
        **CUSTOMERS[0],
        "phone": "+•••• 4410",
        "paid_orders": 12,
        "conversation_href": "#main",
    },
    "listing": listing(CustomerPage, data.ORDERS, next_href="", views=[]),
    "labels": [
        {"name": "Allergic to nuts", "tone": "bad", "is_stuck": True},
        {"name": "Fiado", "tone": "info", "is_stuck": False},
    ],
    "notes": [{"author": "lia", "text": "Likes it well done.\nFetches at six.", "at": ago(400)}],
}
PARTS = ("Sales", "Fees", "Refunds", "Disputes", "Adjustments", "Paid out")
STATEMENT: Row = {
    "first_day": data.TODAY.replace(day=1),
    "last_day": data.TODAY,
    "months": [{"first": data.TODAY.replace(day=1), "href": "?from=2026-11-01&to=2026-11-23"}],
    "equation": [
        {"words": "Owed at the beginning", "amount": brl(0), "is_end": False},
        {"words": "Sales", "amount": brl(1_394_628), "is_end": False},
        {"words": "Fees", "amount": brl(-55_645), "is_end": False},
        {"words": "Paid out", "amount": brl(-1_107_943), "is_end": False},
        {"words": "Owed at the end", "amount": brl(231_040), "is_end": True},
    ],
    "parts": PARTS,
    "days": [
        {
            "day": data.TODAY.replace(day=23 - index),
            "parts": [brl(64_000), brl(-2_553), brl(0), brl(0), brl(0), brl(-50_000 * (index % 2))],
            "owed": brl(231_040 - 7_000 * index),
        }
        for index in range(6)
    ],
    "files": ["csv", "ofx", "pdf"],
    "jobs": [
        _job("done", detail="2026-11-01 / 2026-11-23 · PDF", file="x.pdf", file_href="#main"),
        _job("running", detail="2026-10-01 / 2026-10-31 · CSV"),
    ],
}


def _way(name: str, *, is_on: bool, is_there: bool = True) -> Row:
    return {"name": name, "is_on": is_on, "is_there": is_there}


CHOICES: Row = {
    "rows": [
        {
            "kind": kind,
            "words": words,
            "ways": [
                _way("screen", is_on=True, is_there=kind != "stock"),
                _way("sound", is_on=False, is_there=kind == "order"),
                _way("push", is_on=True),
            ],
        }
        for kind, words in (("order", "A new order"), ("stock", "A product runs low"))
    ],
    "tells_all": False,
    "push_key": "BGFsDUavT3d1",
    "browsers": [
        {"id": "psh_1", "agent": "Mozilla/5.0 (Android 16)", "since": ago(90), "is_this": True},
        {"id": "psh_2", "agent": "", "since": ago(9_000), "is_this": False},
    ],
}
TROUBLE = {
    "tone": "wait",
    "title": "Banco Verde does not answer",
    "text": "Payouts to this bank wait. The money is kept for you and is not lost.",
    "since": ago(42),
    "href": "#main",
    "action": "See your payouts",
}
PAGES: dict[str, tuple[str, Row]] = {
    "/portal/notifications/choices": (
        "portal/news_choices.html",
        {**frame("", notices=[TROUBLE]), **CHOICES},
    ),
    "/portal/catalogue/import": (
        "portal/import.html",
        {
            **frame("catalogue"),
            "form": partial(FileForm, {}),
            "jobs": [_job("asks"), _job("done")],
            "units": "each, dozen, kg",
        },
    ),
    "/portal/jobs/job_0001": ("portal/job.html", {**JOB, "job": _job("running", 4_300)}),
    "/look/job-asks": (
        "portal/job.html",
        {**JOB, "job": _job("asks", 10_000), "asks": True, "troubles": TROUBLES},
    ),
    "/portal/customers": (
        "portal/customers.html",
        {**frame("customers"), "listing": listing(CustomersPage, CUSTOMERS)},
    ),
    "/look/undo": (
        "portal/customers.html",
        {
            **frame("customers"),
            "listing": listing(CustomersPage, CUSTOMERS),
            "messages": [
                Message(SUCCESS, "Archived: out of the list, and hidden from customers.", "und_0"),
                Message(SUCCESS, "The view is kept."),
            ],
        },
    ),
    "/portal/customers/pty_0": ("portal/customer.html", {**frame("customers"), **CUSTOMER}),
    "/look/ticket": (
        "portal/ticket.html",
        {
            "shop_name": "Padaria do Zé",
            "order": {
                "id": "ord_0001",
                "number": 1048,
                "at": ago(12),
                "total": brl(12_800),
                "note": "No nuts, please: allergic.",
                "state": "paid",
                "ready_at": ago(-90),
                "tax_notes": ["ISS included"],
            },
            "customer": NAMES[0],
            "lines": [
                {"name": "Carrot cake, whole, with chocolate", "quantity": 1, "total": brl(7_800)},
                {"name": "Brigadeiro", "quantity": 20, "per": "per kg", "total": brl(5_000)},
            ],
            "printed_at": ago(1),
        },
    ),
    "/portal/statements": ("portal/statements.html", {**frame("payouts"), **STATEMENT}),
}
