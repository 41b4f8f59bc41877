"""Pages of refunds and disputes, filled with one bad afternoon."""

from functools import partial
from typing import Any

from django import forms

from merchants.portal.disputes import DisputesPage
from tests.look import data
from tests.look.data import ago, brl, frame
from tests.look.lists import listing

REFUNDS = [
    {
        "id": f"rfn_{index:04}",
        "at": ago(300 - index),
        "state": state,
        "reason": "It was damaged",
        "note": "Half of the cake" if index == 0 else "",
        "amount": brl(2_000),
        "fee": brl(80),
    }
    for index, state in enumerate(("completed", "unknown", "failed"))
]
STATES = ["evidence_due", "under_review", "lost", "won"]
DISPUTES = [
    {
        "id": f"dsp_{index:04}",
        "state": state,
        "customer": data.NAMES[-1 - index],
        "reason": "Says: nothing came",
        "kind": "Purchase",
        "at": ago(60 * 24 * (index + 1)),
        "until": ago(-60 * 30 * (index + 1)) if index < 2 else None,
        "left": ("30 hours left", "3 days left", "", "")[index],
        "is_mine": index == 0,
        "is_soon": index == 0,
        "amount": brl(12_800),
        "held": brl(12_289 if index < 2 else 0),
        "short": brl(511 if index == 0 else 0),
    }
    for index, state in enumerate(STATES)
]
DETAIL = {
    "text": "I waited all of Saturday.\nNobody came, and nobody answered.",
    "evidence": ["Order 1047", "My door has a camera"],
    "payment": "pay_0000",
    "decision": "",
    "return_by": None,
}


class Answer(forms.Form):
    text = forms.CharField(label="Your answer", widget=forms.Textarea(attrs={"rows": 6}))
    evidence = forms.CharField(
        label="References", help_text="One a line", widget=forms.Textarea(attrs={"rows": 3})
    )


class Paper(forms.Form):
    file = forms.FileField(label="File", help_text="A PDF, or a picture")
    shows = forms.CharField(label="What it shows")


class Code(forms.Form):
    code = forms.CharField(label="Code", widget=forms.TextInput(attrs={"class": "num"}))


class Decline(forms.Form):
    answer = forms.CharField(label="Why not", widget=forms.Textarea(attrs={"rows": 2}))


PAPERS = [
    {"name": "receipt.pdf", "shows": "Signed at the door", "href": "#main", "at": ago(40)},
    {"name": "door.jpg", "shows": "", "href": "#main", "at": ago(39), "is_picture": True},
]
PROPOSAL = {
    "id": "rpr_0000",
    "href": "#main",
    "state": "open",
    "asker": "Lia",
    "is_own": False,
    "is_mine": True,
    "amount": brl(12_000),
    "reason": "It was damaged",
    "note": "Burnt",
    "at": ago(40),
    "until": ago(-4000),
    "decider": "",
    "answer": "",
    "ended_at": None,
}


class Refund(forms.Form):
    amount = forms.CharField(label="Amount", help_text="Leave it empty to give back all.")
    reason = forms.ChoiceField(label="Reason", choices=[("damaged", "It was damaged")])
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 2}))
    code = forms.CharField(label="Code", widget=forms.TextInput(attrs={"class": "num"}))
    key = forms.CharField(widget=forms.HiddenInput)


def _dispute(index: int, **more: Any) -> dict[str, Any]:
    return {
        "dispute": {**DISPUTES[index], **DETAIL, **more},
        "answer": None,
        "saved_at": ago(20),
        "form": None,
        "checklist": ["When and how it was sent", "Who took it in"],
        "papers": PAPERS,
        "paper_form": partial(Paper),
        "moves": data.MOVES[:2],
    }


_SHEET = {
    "payment": {
        "id": "pay_0000",
        "customer": data.NAMES[0],
        "amount": brl(12_800),
        "given": brl(2_000),
        "rest": brl(10_800),
        "fee": brl(430),
        "net": brl(10_370),
    },
    "limit": brl(5_000),
    "asked": brl(10_800),
}
PAGES = {
    "/portal/payments/pay_0000/refund": (
        "portal/refund.html",
        {**frame("payments"), **_SHEET, "form": partial(Refund, {"amount": "200"})},
    ),
    "/portal/refunds/rpr_0000": (
        "portal/proposal.html",
        {
            **frame("payments"),
            "proposal": PROPOSAL,
            "payment": _SHEET["payment"],
            "too_much": brl(10_800),
            "may_decide": True,
            "form": partial(Code),
            "decline_form": partial(Decline),
        },
    ),
    "/look/refund-declined": (
        "portal/proposal.html",
        {
            **frame("payments"),
            "proposal": {
                **PROPOSAL,
                "state": "declined",
                "is_mine": False,
                "decider": "José Ferreira",
                "answer": "Offer a new one first",
                "ended_at": ago(2),
            },
            "payment": _SHEET["payment"],
            "form": partial(Code),
            "decline_form": partial(Decline),
        },
    ),
    "/portal/disputes": (
        "portal/disputes.html",
        {**frame("disputes"), "listing": listing(DisputesPage, DISPUTES)},
    ),
    "/look/disputes-none": (
        "portal/disputes.html",
        {**frame("disputes"), "listing": listing(DisputesPage, [])},
    ),
    "/portal/disputes/dsp_0000": (
        "portal/dispute.html",
        {**frame("disputes"), **_dispute(0), "form": partial(Answer, {"text": "Sent at nine."})},
    ),
    "/look/dispute-preview": (
        "portal/dispute.html",
        {
            **frame("disputes"),
            **_dispute(0),
            "form": partial(Answer),
            "preview": {"text": "Sent at nine.", "evidence": ["BR123"]},
        },
    ),
    "/look/dispute-decided": (
        "portal/dispute.html",
        {
            **frame("disputes"),
            **_dispute(2, decision="The courier has no signature.", return_by=ago(-2000)),
            "answer": {"text": "Sent at nine.", "evidence": ["BR123"], "at": ago(50)},
        },
    ),
}
