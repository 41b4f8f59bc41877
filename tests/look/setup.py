"""Setting up, the bank account, help, and how the shop talks."""

from functools import partial
from typing import Any

from merchants.portal import help_page
from merchants.portal.desk import LabelForm, ReplyFileForm, WordsForm
from merchants.portal.statement_mails import MailForm
from tests.look import data, review, talk
from tests.look.data import frame


def _mails() -> dict[str, Any]:
    facts = [
        ("José Ferreira", "Owner", "stm_1", "ze@padaria.example", "CSV, PDF", True),
        ("Carla Menezes", "Accountant", "stm_2", "contabilidade@escritorio.example", "PDF", False),
        ("Lia Prado", "Manager", "", "", "", False),
    ]
    keys = ("name", "role", "mail_id", "address", "files", "is_confirmed")
    rows = [{**dict(zip(keys, each, strict=True)), "is_you": each[2] == "stm_1"} for each in facts]
    people = [(1, "José Ferreira"), (2, "Carla Menezes")]
    return {
        **frame("payouts"),
        "rows": rows,
        "form": partial(MailForm, {"address": "x", "person": "1"}, people=people),
        "can_mail": True,
        "confirm": None,
        "is_link_over": False,
    }


PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "/portal/settings/setup": (
        "portal/setup.html",
        {
            **frame("settings"),
            "steps": [
                {
                    "state": state,
                    "title": title,
                    "why": "Name in the register and tax id. The law asks whom we pay.",
                    "href": "#main",
                    "action": "Look",
                }
                for state, title in (
                    ("done", "Your business"),
                    ("waiting", "Our review"),
                    ("fix", "Bank account for payouts"),
                    ("missing", "First product"),
                )
            ],
            "done": 1,
            "is_carried": False,
            "country": "BR",
        },
    ),
    "/portal/settings/bank": (
        "portal/bank.html",
        {**frame("settings"), "form": partial(data.Business), "account": "Banco Azul ••4021"},
    ),
    "/portal/notifications": (
        "portal/notifications.html",
        {
            **frame(""),
            "rows": [
                {
                    "at": data.ago(3 + 40 * index),
                    "symbol": symbol,
                    "tone": tone,
                    "title": title,
                    "detail": "R$128.00 · Ana Beatriz Souza",
                    "href": "#main",
                    "is_new": index == 0,
                }
                for index, (symbol, tone, title) in enumerate(
                    (
                        ("basket", "info", "Order 1048 from Ana Beatriz Souza"),
                        ("cash", "ok", "Payment received"),
                        ("alert-triangle", "bad", "The customer disputes this payment"),
                    )
                )
            ],
        },
    ),
    "/portal/help": (
        "portal/help.html",
        {
            **frame(""),
            "entries": [
                {**entry, "about": help_page.ABOUT.get(entry["key"], "")}
                for entry in frame("")["portal"]["nav"]
            ],
            "came_from": "inbox",
            "keys": help_page.KEYS,
            "facts": "shop mer_01JD0ZK8Q4M7T2V9XB3C5D6E7F\nmode sandbox",
        },
    ),
    "/portal/desk": (
        "portal/desk.html",
        {
            **frame("inbox"),
            **talk.DESK_PAGE,
            "reply_form": partial(ReplyFileForm, {"shortcut": "a b", "text": ""}),
            "label_form": partial(LabelForm),
            "words_form": partial(WordsForm),
        },
    ),
    **review.PAGES,
    "/portal/statements/mail": ("portal/statement_mails.html", _mails()),
    "/look/statement-mail-confirm": (
        "portal/statement_mails.html",
        {
            **_mails(),
            "confirm": {"token": "t", "address": "ze@padaria.example", "shop": "Padaria do Zé"},
        },
    ),
    "/look/statement-mail-none": (
        "portal/statement_mails.html",
        {**_mails(), "can_mail": False, "is_link_over": True},
    ),
    "/look/other-shop": (
        "portal/other_shop.html",
        {**frame(""), "name": "Padaria do Zé 2", "href": "/portal/of/mer_2/statements/mail"},
    ),
}
