"""Every page of the portal by address: its template and what it is filled with."""

from datetime import timedelta
from functools import partial
from typing import Any

from merchants.portal import styleguide, words
from merchants.portal.order_list import OrdersPage
from merchants.portal.payment_list import PaymentsPage
from merchants.portal.payouts import PayoutPage, PayoutsPage
from tests.look import (
    catalogue,
    data,
    disputes,
    links,
    programs,
    receipts,
    setup,
    shelf,
    talk,
    team,
)
from tests.look.data import ago, brl, frame
from tests.look.lists import listing

Page = tuple[str, dict[str, Any]]


def _filters(*names: str) -> list[dict[str, Any]]:
    return [
        {"words": name, "href": f"?state={name}", "count": 3 * index + 2, "current": index == 0}
        for index, name in enumerate(names)
    ]


def _overview() -> dict[str, Any]:
    return {
        "today": data.TODAY,
        "period": {"value": "30", "choices": [("7", "Last 7 days"), ("30", "Last 30 days")]},
        "may_charge": True,
        "kpis": data.KPIS,
        "sales": {"total": brl(1_394_628), "points": data.POINTS},
        "todo": data.TODO,
        "next_payout": {
            "amount": brl(231_040),
            "date": data.TODAY + timedelta(days=1),
            "bank": "Banco Verde ••4021",
            "href": "/portal/payouts",
        },
        "methods": [
            {"words": "Orders", "percent": 71, "amount": brl(990_100), "href": "#main"},
            {"words": "Payment links", "percent": 29, "amount": brl(404_528), "href": "#main"},
        ],
        "checklist": [
            {"words": "Business details", "done": True, "href": "#main"},
            {"words": "Bank account confirmed", "done": True, "href": "#main"},
            {"words": "Second factor for the team", "done": True, "href": "#main"},
            {"words": "First product in the catalogue", "done": False, "href": "#main"},
        ],
        "checklist_done": 3,
        "payments": data.PAYMENTS,
    }


def _order() -> dict[str, Any]:
    row = data.ORDERS[1]
    return {
        "order": {
            **row,
            "total": brl(12_800),
            "note": "No nuts, please: allergic.",
            "expires_at": ago(-20),
            "ready_at": ago(-45),
            "tax_notes": ["ISS included"],
        },
        "lines": [
            {
                "name": line["name"],
                "emoji": emoji,
                "quantity": line["quantity"],
                "unit": brl(line["unit_minor"]),
                "unit_code": "kg",
                "total": brl(line["total_minor"]),
                "position": line["quantity"],
                "shipped": line["quantity"] // 2,
                "rest": line["quantity"] - line["quantity"] // 2,
            }
            for line, emoji in zip(talk.order("paid")["lines"], ("🥕", "🍫"), strict=True)
        ],
        "may_part": True,
        "sees_payments": True,
        "customer": {
            "name": data.NAMES[1],
            "phone": "+55 11 •••• 4410",
            "conversation_href": "/portal/conversations/cnv_0001",
        },
        "payment": data.PAYMENTS[1],
        "moves": data.MOVES,
        "actions": [
            {"verb": "prepare", "words": "Start preparing", "tone": "main", "title": ""},
            {
                "verb": "cancel",
                "words": "Cancel the order",
                "tone": "danger",
                "title": "Cancel order 1047?",
                "text": "The customer is told in the chat and the stock is free again.",
                "asks_note": True,
            },
        ],
    }


def _payment(state: str) -> dict[str, Any]:
    gross, fee, net = data.net_of(12_800)
    failure = {
        "title": "The customer's bank refused: not enough money",
        "text": "Tell the customer that nothing was charged, and that another bank may be used.",
    }
    journal = [
        ("Collected from the bank", "bank_clearing:azul", "in_flight:ana", gross),
        ("Delivered to the shop", "in_flight:ana", "payable:padaria-do-ze", gross),
        ("Fee", "payable:padaria-do-ze", "fee_income", fee),
    ]
    return {
        "payment": {
            "id": "pay_01JD0ZK8Q4M7T2V9XB3C5D6E7F",
            "state": state,
            "amount": gross,
            "fee": fee,
            "net": net if state == "completed" else None,
            "at": ago(9),
            "completed_at": ago(8) if state == "completed" else None,
            "customer": data.NAMES[0],
            "customer_document": "•••.482.191-••",
            "method": "PIN on Ana's phone",
            "bank": "Banco Azul ••7731",
            "bank_reference": "E1234567820261123173000000000001",
            "note": "",
            "bank_words": "Troco pay_01JD0ZK8Q4M7T2V9XB3C5D6E7F",
        },
        "failure": failure if state == "failed" else None,
        "links": {
            "order": {"id": "ord_0000", "number": 1048},
            "conversation_href": "/portal/conversations/cnv_0000",
            "payout": {"id": "ins_0001", "date": data.TODAY} if state == "completed" else None,
        },
        "moves": data.MOVES if state == "completed" else data.MOVES[:2],
        "refunds": disputes.REFUNDS if state == "completed" else [],
        "refund_href": "/portal/payments/pay_0000/refund" if state == "completed" else "",
        "dispute": {"id": "dsp_0000"} if state == "completed" else None,
        "journal": [
            {"at": ago(8), "kind": kind, "debit": debit, "credit": credit, "amount": amount}
            for kind, debit, credit, amount in journal
        ]
        if state == "completed"
        else [],
    }


def _payments() -> dict[str, Any]:
    gross, fee, net = data.net_of(1_394_628)
    return {
        "listing": listing(
            PaymentsPage,
            data.PAYMENTS,
            chips=_filters("All", "Paid", "Processing", "Not completed"),
            is_filtered=True,
        ),
        "sums": {
            "count": 1_312,
            "gross": gross,
            "fee": fee,
            "refunds": brl(4_200),
            "net": net - brl(4_200),
        },
    }


def _payout() -> dict[str, Any]:
    rows = [
        {
            **row,
            **dict(
                zip(
                    ("gross", "fee", "net"),
                    data.net_of(row["amount"].amount_minor),
                    strict=True,
                )
            ),
        }
        for row in data.PAYMENTS
    ]
    payout = {
        **data.PAYOUTS[1],
        "batch": "bat_01JD0ZK8Q4M7T2V9XB3C5D6E7F",
        "reference": "SET-20261122-0007",
        "reason": "",
        "refunds": brl(4_200),
        "sold": data.net_of(254_417)[2],
    }
    entries = [
        {
            "words": "Refund, less the fee given back",
            "payment": "pay_0000",
            "at": ago(900),
            "taken": brl(4_200),
        }
    ]
    return {
        "entries": entries,
        "payout": payout,
        "has_more_entries": True,
        "listing": listing(PayoutPage, rows, views=[]),
        "moves": data.MOVES[1:],
    }


def _settings() -> dict[str, Any]:
    return {
        "facts": [
            {"words": "Legal name", "value": "José Ferreira Panificação ME", "detail": ""},
            {"words": "CNPJ", "value": "12.•••.•••/0001-90", "detail": "verified"},
            {"words": "Payouts go to", "value": "Banco Verde ••4021", "detail": "each bank day"},
            {"words": "Fee", "value": "3.99%", "detail": "kept from each sale"},
            {"words": "Country", "value": "Brazil", "detail": "America/Sao_Paulo"},
        ],
        "capabilities": [
            {"words": "Purchases", "is_open": True, "reason": ""},
            {"words": "Refunds", "is_open": False, "reason": "The regulator holds it since 20 Nov"},
        ],
        "form": partial(data.Shop, {"name": "Padaria do Zé", "about": "Bread since 1974"}),
    }


_HELD = [
    {
        "tone": "bad",
        "title": "Brazil is on hold for purchases",
        "text": "By the central bank, since 20 Nov 10:00. Chat goes on; new payments wait.",
        "href": "/portal/settings",
        "action": "What you can do",
    }
]
PAGES: dict[str, Page] = {
    **receipts.PAGES,
    **catalogue.PAGES,
    **disputes.PAGES,
    **programs.PAGES,
    **team.PAGES,
    **setup.PAGES,
    **links.PAGES,
    **shelf.PAGES,
    "/portal/": ("portal/overview.html", {**frame("overview"), **_overview()}),
    "/look/overview-new": (
        "portal/overview.html",
        {
            **frame("overview", counts={"inbox": 0, "orders": 0}, notices=_HELD),
            **_overview(),
            "todo": [],
            "payments": [],
            "next_payout": None,
            "methods": [],
        },
    ),
    "/portal/conversations": ("portal/inbox.html", {**frame("inbox"), **talk.INBOX}),
    "/portal/conversations/cnv_0000": (
        "portal/inbox.html",
        {**frame("inbox", stream_url="/v1/stream"), **talk.INBOX, **talk.OPEN},
    ),
    "/portal/orders": (
        "portal/orders.html",
        {
            **frame("orders"),
            "view": "list",
            "list_href": "?view=list",
            "board_href": "?view=board",
            "listing": listing(
                OrdersPage,
                data.ORDERS,
                chips=_filters("Open", "New", "To pay", "Paid", "Preparing", "All"),
            ),
        },
    ),
    "/look/board": (
        "portal/orders.html",
        {
            **frame("orders"),
            "view": "board",
            "list_href": "?view=list",
            "board_href": "?view=board",
            "columns": [
                {
                    "words": words.ORDER[state].words,
                    "count": count,
                    "orders": [data.ORDERS[index], data.ORDERS[index + 1]][:count],
                }
                for index, (state, count) in enumerate(
                    zip(data.ORDER_STATES[:5], (2, 1, 2, 0, 1), strict=True)
                )
            ],
        },
    ),
    "/portal/orders/ord_0000": ("portal/order.html", {**frame("orders"), **_order()}),
    "/portal/payments": ("portal/payments.html", {**frame("payments"), **_payments()}),
    "/look/payments-none": (
        "portal/payments.html",
        {
            **frame("payments"),
            "listing": listing(PaymentsPage, [], is_filtered=True),
            "sums": None,
        },
    ),
    "/portal/payments/pay_0000": (
        "portal/payment.html",
        {**frame("payments"), **_payment("completed")},
    ),
    "/look/payment-failed": ("portal/payment.html", {**frame("payments"), **_payment("failed")}),
    "/portal/payouts": (
        "portal/payouts.html",
        {
            **frame("payouts"),
            "coming": {
                **dict(zip(("gross", "fee", "net"), data.net_of(240_640), strict=True)),
                "refunds": brl(4_200),
                "held": brl(12_289),
                "count": 31,
                "date": data.TODAY + timedelta(days=1),
                "cutoff": ago(-90),
                "bank": "Banco Verde ••4021",
            },
            "listing": listing(PayoutsPage, data.PAYOUTS),
        },
    ),
    "/portal/payouts/ins_0001": ("portal/payout.html", {**frame("payouts"), **_payout()}),
    "/portal/settings": ("portal/settings.html", {**frame("settings"), **_settings()}),
    "/portal/search": (
        "portal/search.html",
        {
            **frame(""),
            "q": "Ana",
            "groups": [
                {
                    "words": "Orders",
                    "href": "/portal/orders?q=Ana",
                    "rows": [
                        {
                            "title": "Order 1048",
                            "detail": "Ana Beatriz Souza",
                            "href": "/portal/orders/ord_0000",
                            "amount": brl(12_800),
                            "table": "order",
                            "state": "paid",
                        }
                    ],
                }
            ],
        },
    ),
    "/look/search-messages": (
        "portal/search.html",
        {**frame(""), "q": "bolo", "groups": [talk.FOUND]},
    ),
    "/portal/sign-in": (
        "portal/sign_in.html",
        {"form": partial(data.SignIn), "next": "", "is_sandbox": True},
    ),
    "/portal/sign-in/code": (
        "portal/sign_in_code.html",
        {
            "form": partial(data.Code),
            "passkey": {"challenge": "x"},
            "person_name": "José",
            "next": "",
            "is_sandbox": True,
        },
    ),
    "/look/styleguide": ("portal/styleguide.html", styleguide.guide(ago(0))),
    "/look/403-csrf": ("403_csrf.html", {}),
    "/look/404": ("404.html", {"request_id": "req_01JD0ZK8Q4M7"}),
    "/look/500": ("500.html", {"request_id": "req_01JD0ZK8Q4M7"}),
}
