"""The review of a shop, the code that a phone sends a paper by, and what the phone sees."""

from functools import partial
from typing import Any

from merchants.portal import public_papers
from merchants.portal.review import AnswerForm, PaperForm
from payments.codes.pictures import draw_code
from tests.look.data import ago, frame

URL = "http://127.0.0.1:8000/u/k3J9xQ2mAbk3J9xQ2mAbk3J9xQ2mAbk3"
_ASKED = {"shop_name": "Padaria do Zé", "words": "Registration of the business", "error": ""}
_CODE = {"kind": "registration", "words": "Registration of the business"}

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "/portal/review": (
        "portal/review.html",
        {
            **frame("settings"),
            "review": {
                "words": "We need more from you before your shop can be paid out.",
                "reasons": ["It is not clear who owns the business."],
                "more": "Please send the newest contract.",
                "answer": "",
                "moved_at": ago(90),
            },
            "form": partial(AnswerForm),
            "papers": [
                {"kind": "Registration of the business", "name": "contrato.pdf", "at": ago(40)}
            ],
            "paper_form": partial(PaperForm),
        },
    ),
    "/portal/review/phone": (
        "portal/review_phone.html",
        {
            **frame("settings"),
            **_CODE,
            "is_open": True,
            "qr": draw_code(URL),
            "expires_at": ago(-15),
        },
    ),
    "/look/paper-code-over": (
        "portal/review_phone.html",
        {**frame("settings"), **_CODE, "is_open": False},
    ),
    "/u/k3J9xQ2mAb": ("links/paper.html", _ASKED),
    "/look/paper-refused": (
        "links/paper.html",
        {**_ASKED, "error": "Send a PDF, or a picture: JPEG, PNG or WebP."},
    ),
    "/look/paper-too-large": ("links/paper.html", {**_ASKED, "error": public_papers.LARGER}),
    "/look/paper-over": ("links/paper_over.html", {}),
    "/u/done": ("links/paper_taken.html", {}),
}
