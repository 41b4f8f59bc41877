"""The page of a receipt: public, masked, without any script, and never in a search engine."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from payments.codes.pictures import draw_code
from payments.queries.receipts import ReceiptFacts, receipt_by_code, receipt_link

_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


Logo = Callable[[int], str]
"""Gives the address of the logo that a party shows of itself; empty without one."""


@require_safe
def show_receipt(request: HttpRequest, code: str, logo_of: Logo | None = None) -> HttpResponse:
    """Show the receipt of a code, or say that there is none.

    Args:
        request: The request.
        code: As somebody typed it.
        logo_of: Where a payee's logo is: payments know of shops nothing. It is shown beside what
            was signed, and is no part of it.
    """
    receipt = receipt_by_code(code)
    if receipt is None:
        return _answer(render(request, "receipts/unknown.html", status=HTTPStatus.NOT_FOUND))
    with timezone.override(receipt.timezone):
        logo = logo_of(receipt.payee_id) if logo_of else ""
        facts = {**_facts(receipt), "logo": logo}
        return _answer(render(request, "receipts/receipt.html", facts))


def _facts(receipt: ReceiptFacts) -> dict[str, object]:
    link = receipt_link(receipt.code) or {}
    return {
        "receipt": receipt,
        "code": link["code"],
        "url": link["url"],
        "qr": draw_code(link["url"]),
        "is_whole": receipt.state == "completed",
    }


def _answer(response: HttpResponse) -> HttpResponse:
    for name, value in _HEADERS.items():
        response[name] = value
    return response
