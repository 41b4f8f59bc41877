"""The page that a phone opens to send one paper for the reviewers; nobody is signed in there."""

from http import HTTPStatus
from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core.api.uploads import TOO_LARGE
from core.errors import NotFound, TrocoError
from merchants.portal.pages import REFUSED, reason_of, see_other
from merchants.portal.review import PaperFileForm
from merchants.queries.review_words import PAPERS
from merchants.services.paper_links import AskedPaper, paper_asked, send_from_phone

LARGER = gettext_lazy(
    "This file is too large: a paper has at most 5 MB. Take the photo in a smaller size, or send a"
    " PDF, JPEG, PNG or WebP."
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


# No cookie is read here, so there is nothing that another site could ride on: who has the
# address may send the paper, and nobody else.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def take_paper(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the paper, take it, or say that this address is over; for whatever reason."""
    try:
        asked = paper_asked(token=token)
        if request.method == "POST":
            return _take(request, token, asked)
    except NotFound:
        return _answer(render(request, "links/paper_over.html", status=404))
    if TOO_LARGE in request.headers:
        return _ask(request, asked, str(LARGER), HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _ask(request, asked)


@require_safe
def paper_taken(request: HttpRequest) -> HttpResponse:
    """Lead back to the computer."""
    return _answer(render(request, "links/paper_taken.html"))


def _take(request: HttpRequest, token: str, asked: AskedPaper) -> HttpResponse:
    form = PaperFileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            send_from_phone(
                token=token, name=(file.name or "")[:100], file=cast("BinaryIO", file.file)
            )
        except NotFound:
            raise
        except TrocoError as refused:
            form.add_error("file", reason_of(refused))
        else:
            return _answer(see_other(reverse("paper-taken")))
    return _ask(request, asked, str(form.errors["file"][0]))


def _ask(
    request: HttpRequest, asked: AskedPaper, error: str = "", refused: int = REFUSED
) -> HttpResponse:
    context = {"shop_name": asked.shop_name, "words": PAPERS[asked.kind], "error": error}
    answer = render(request, "links/paper.html", context, status=refused if error else 200)
    return _answer(answer)


def _answer(response: HttpResponse) -> HttpResponse:
    for name, value in _HEADERS.items():
        response[name] = value
    return response
