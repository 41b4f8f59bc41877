"""What a caller sees where no view answers: a problem for programs, a page for people."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from core.api import problem_response, request_id
from core.errors import Forbidden, InputInvalid, NotFound, TrocoError, Unexpected
from merchants.cloud.errors import as_graph, refusal

Answer = Callable[[HttpRequest], HttpResponse]


def nul_middleware(answer: Answer) -> Answer:
    r"""Read no cookie with a NUL, and look up nothing of the staff's by an address with one.

    Postgres keeps none, so both name nothing; a quoted cookie may bring one as ``\000``. At other
    addresses the views know them as they know any other id that is none.
    """

    def answer_without(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path and request.path.startswith("/admin/"):
            raise Http404
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\0" not in value
        }
        return answer(request)

    return answer_without


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer what Django refused as malformed."""
    return _answer(request, InputInvalid(_("The request is malformed.")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer what the caller may not do."""
    return _answer(request, Forbidden())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Answer an address that does not exist."""
    return _answer(request, NotFound(_("There is nothing at this address.")))


def broken(request: HttpRequest) -> HttpResponse:
    """Answer after an error that nobody expected."""
    return _answer(request, Unexpected())


def _answer(request: HttpRequest, error: TrocoError) -> HttpResponse:
    """Answer in the form that fits the address: a problem, these shapes' error, or a page."""
    if request.path.startswith("/cloud/"):
        return refusal(as_graph(error))
    if request.path.startswith("/v1/"):
        return problem_response(error)
    page = f"{error.http_status}.html"
    facts = {"request_id": request_id()}
    return render(request, page, facts, status=HTTPStatus(error.http_status))
