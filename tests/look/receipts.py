"""The public page of a receipt, as it was issued and after a refund."""

from typing import Any

import segno

from tests.look.data import ago

CODE = "01234-56789-ABCDE-FGHJK"
LOGO = "/i/pic_0001"
URL = "http://127.0.0.1:8000/r/0123456789ABCDEFGHJK"


def _receipt(state: str, words: str) -> dict[str, Any]:
    facts = {
        "state": state,
        "state_words": words,
        "content": {
            "amount": {"amount_minor": 6_400, "currency": "BRL"},
            "payer": {"kind": "person", "name": "Ana B*** S***"},
            "payee": {"kind": "business", "name": "Padaria do Zé Ltda"},
        },
        "signed_text": '{"amount":{"amount_minor":6400,"currency":"BRL"},"code":"'
        + "A" * 300
        + '"}',
        "signature": "s" * 86,
        "key_id": "k" * 43,
        "completed_at": ago(3),
        "timezone": "America/Sao_Paulo",
    }
    return {
        "receipt": facts,
        "code": CODE,
        "logo": LOGO,
        "url": URL,
        "qr": segno.make(URL, micro=False).svg_data_uri(border=4, light="#fff", omitsize=True),
        "is_whole": state == "completed",
    }


PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "/look/receipt": (
        "receipts/receipt.html",
        _receipt("completed", "Paid. The money has arrived."),
    ),
    "/look/receipt-refunded": (
        "receipts/receipt.html",
        _receipt("refunded", "Paid, and later refunded in full."),
    ),
    "/look/receipt-unknown": ("receipts/unknown.html", {}),
}
