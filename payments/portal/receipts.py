"""The page of a receipt: public, masked, without any script, and never in a search engine."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from payments.codes.pictures import draw_code
from payments.queries.receipts import ReceiptFacts, receipt_by_code, receipt_link

_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


@require_safe
def show_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """Show the receipt of a code, or say that there is none."""
    receipt = receipt_by_code(code)
    if receipt is None:
        return _answer(render(request, "receipts/unknown.html", status=HTTPStatus.NOT_FOUND))
    with timezone.override(receipt.timezone):
        return _answer(render(request, "receipts/receipt.html", _facts(receipt)))


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
