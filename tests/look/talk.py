"""The conversation that is looked at: every kind of bubble, every state of the payment's."""

from typing import Any

from tests.look.data import CATALOGUE, NAMES, ago, brl, raw

Row = dict[str, Any]
_LINES = [
    {"name": "Carrot cake (whole)", "quantity": 1, "unit_minor": 7_800, "total_minor": 7_800},
    {"name": "Brigadeiro", "quantity": 20, "unit_minor": 250, "total_minor": 5_000},
]


def _message(seq: int, kind: str, minutes: int, **more: Any) -> Row:
    base = {"id": f"msg_{seq:04}", "seq": seq, "mine": False, "kind": kind, "text": ""}
    return {**base, "content": {}, "sent_at": ago(minutes), "receipt": "", **more}


def order(state: str) -> Row:
    return {
        "order": "ord_0000",
        "number": 1048,
        "state": state,
        "lines": _LINES,
        "total": raw(12_800),
        "expires_at": "2026-11-23T18:00:00+00:00",
    }


def payment(state: str, **more: Any) -> Row:
    return {
        "payment": "pay_0000",
        "kind": "purchase",
        "state": state,
        "amount": raw(12_800),
        "fee": raw(510),
        "payer": {"party": "pty_1", "name": NAMES[0]},
        "payee": {"party": "pty_2", "name": "Padaria do Zé"},
        "note": None,
        "order": "ord_0000",
        **more,
    }


PRODUCT = {
    "product": "prd_0001",
    "name": "Carrot cake",
    "price": raw(7_800),
    "shop": "Padaria do Zé",
    "available": True,
    "emoji": "🥕",
    "unit": "kg",
    "preparation_minutes": 2880,
}

THREAD = [
    _message(1, "text", 1500, text="Oi Zé! Do you have the carrot cake today?"),
    _message(
        2,
        "product",
        1497,
        mine=True,
        receipt="read",
        content={**PRODUCT, "picture": {"id": "pic_0001", "alt": "Carrot cake, cut"}},
    ),
    _message(3, "text", 21, text="The whole one, and 20 brigadeiros for six o'clock, please 🙏"),
    _message(4, "text", 18, mine=True, receipt="read", text="Sure! Baking already 😊"),
    _message(5, "order", 17, mine=True, content=order("awaiting_payment")),
    _message(6, "text", 10, text="Perfect, paying right now 🙌"),
    _message(7, "payment", 8, content=payment("completed", method="PIN")),
    _message(8, "text", 2, mine=True, receipt="delivered", text="Got it. See you at six!"),
]

EVERY_KIND = [
    *THREAD,
    *(
        _message(20 + index, "payment", 8, content=payment(state))
        for index, state in enumerate(
            ["authorized", "processing", "unknown", "pending_claim", "returned", "cancelled"]
        )
    ),
    _message(
        30,
        "payment",
        7,
        content=payment(
            "failed",
            failure="The bank refused: not enough money there. The customer can try another bank.",
        ),
    ),
    _message(31, "order", 6, content=order("paid")),
    _message(32, "product", 5, content={**PRODUCT, "available": False, "emoji": ""}),
    _message(33, "text", 4, text="https://example.org/" + "averylongaddress" * 8),
]

LAST = [
    "Perfect, paying right now 🙌",
    "Does the link expire today, or can I still pay it tomorrow morning?",
    "📷 Photo",
    "Got the money back, thanks!",
    "It says refused, I will try another bank",
    "You: it is on its way 🛵",
    "See you tomorrow",
    "Muito obrigada!",
    "OK",
    "👍",
]
CONVERSATIONS = [
    {
        "id": f"cnv_{index:04}",
        "name": name,
        "last_text": LAST[index],
        "last_at": ago(10 + 37 * index * index),
        "unread": [2, 1, 0, 0, 2, 0, 0, 0, 0, 0][index],
        "order_state": ["awaiting_payment", "placed", "", "", "", "shipped", "", "", "", ""][index],
        "labels": [{"name": "VIP", "colour": "ok"}] if index in {0, 3} else [],
    }
    for index, name in enumerate(NAMES)
]

CUSTOMER = {
    "id": "pty_0000",
    "name": NAMES[0],
    "phone": "+55 11 •••• 7782",
    "orders_count": 14,
    "spent": brl(141_200),
    "since": ago(60 * 24 * 600).date(),
    "orders": [
        {
            "id": f"ord_{index:04}",
            "number": 1048 - 9 * index,
            "state": state,
            "at": ago(17 + 9000 * index),
            "total": brl(12_800 - 1_950 * index),
            "next": {"verb": "prepare", "words": "Start preparing"} if index == 1 else None,
        }
        for index, state in enumerate(["awaiting_payment", "paid", "completed"])
    ],
}

DESK = {
    "labels": [{"name": "VIP", "colour": "ok"}, {"name": "Pedido novo", "colour": "info"}],
    "other_labels": [{"name": "Fornecedor", "colour": "mute"}],
    "holder": "Lia Campos",
    "team": [
        {"login": "ze", "name": "José Ferreira", "current": False},
        {"login": "lia", "name": "Lia Campos", "current": True},
    ],
    "notes": [{"author": "Lia Campos", "text": "Allergic to peanuts.", "at": ago(90)}],
}

INBOX = {
    "q": "",
    "filters": [
        {"words": "All", "href": "?", "count": None, "current": True},
        {"words": "Unread", "href": "?show=unread", "count": 3, "current": False},
        {"words": "Mine", "href": "?show=mine", "count": None, "current": False},
        {"words": "To be paid", "href": "?show=to_pay", "count": None, "current": False},
    ],
    "conversations": CONVERSATIONS,
    "next_href": "?cursor=b2xkZXI",
    "conversation": None,
    "messages_shown": [],
    "older_href": "",
    "client_id": "6f0e9d0c-8a51-4d0b-9d61-0f6a7c1b2e3d",
    "picks": {"products": CATALOGUE, "order": CATALOGUE},
    "has_more_products": True,
    "customer": None,
}
OPEN = {
    "conversation": {
        "id": "cnv_0000",
        "name": NAMES[0],
        "phone": "+55 11 •••• 7782",
        "is_direct": True,
    },
    "desk": DESK,
    "replies": [
        {"word": "entrega", "text": f"{NAMES[0]}, entregamos até as 18h."},
        {"word": "horario", "text": "Abrimos às seis."},
        {
            "word": "pix",
            "text": "Padaria do Zé: pague aqui mesmo.",
            "media": "med_0001",
            "file": "tabela-de-precos.pdf",
        },
    ],
    "may_charge": True,
    "sees_payments": True,
    "messages_shown": THREAD,
    "older_href": "?before=1",
    "customer": CUSTOMER,
}
DESK_PAGE = {
    "replies": [
        {"shortcut": "entrega", "text": "{name}, entregamos até as 18h."},
        {
            "shortcut": "precos",
            "text": "Nossos preços de hoje.",
            "media": {"filename": "tabela-de-precos-da-padaria-2026-11.pdf"},
        },
    ],
    "labels": [{"name": "VIP", "colour": "ok"}, {"name": "Fornecedor", "colour": "mute"}],
}

FOUND: dict[str, Any] = {
    "words": "Messages",
    "href": "",
    "rows": [
        {
            "title": name,
            "detail": "Tem bolo de fubá para amanhã cedo? São doze pessoas · 20 Nov",
            "href": "/portal/conversations/cnv_0000?before=9#msg_0000",
            "amount": None,
            "table": "",
            "state": "",
        }
        for name in (NAMES[0], NAMES[-1])
    ],
}
