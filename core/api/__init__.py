"""What every JSON call has in common: parsing, refusing, paging, answering.

Errors leave as problem documents (RFC 9457) with a stable ``code`` and the request's id, and
nothing else about the inside. JSON is read strictly: one megabyte, UTF-8, no duplicate keys,
no NaN, no character that Postgres cannot store; an unknown field is refused, never ignored.
"""

from core.api.addresses import Address, Network, address_of, is_within, network_of
from core.api.fields import (
    MoneyIn,
    MoneyOut,
    StrictSerializer,
    WordsIn,
    moment_out,
    money_out,
)
from core.api.paging import MAX_PAGE, keyset_page, page_out, read_key
from core.api.papers import paper_answer
from core.api.parsing import MAX_JSON_BYTES, StrictJsonParser
from core.api.problems import (
    PROBLEM_TYPE,
    ProblemRenderer,
    problem_body,
    problem_handler,
    problem_response,
)
from core.api.requests import new_request_id, request_id, request_id_middleware
from core.api.views import KEY, OPTIONAL_KEY, ApiView, keyed_post

__all__ = [
    "KEY",
    "MAX_JSON_BYTES",
    "MAX_PAGE",
    "OPTIONAL_KEY",
    "PROBLEM_TYPE",
    "Address",
    "ApiView",
    "MoneyIn",
    "MoneyOut",
    "Network",
    "ProblemRenderer",
    "StrictJsonParser",
    "StrictSerializer",
    "WordsIn",
    "address_of",
    "is_within",
    "keyed_post",
    "keyset_page",
    "moment_out",
    "money_out",
    "network_of",
    "new_request_id",
    "page_out",
    "paper_answer",
    "problem_body",
    "problem_handler",
    "problem_response",
    "read_key",
    "request_id",
    "request_id_middleware",
]
