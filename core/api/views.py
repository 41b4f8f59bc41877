"""A view translates, makes one domain call, and translates back."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import idempotency
from core.api.parsing import StrictJsonParser, check_texts
from core.api.problems import ProblemRenderer

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 255 printable ASCII characters, unique for the caller for ever.",
)
"""The header of a call that moves money."""

OPTIONAL_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="1 to 255 printable ASCII characters: the same key and body get the same answer.",
)
"""The header of any other call that makes something."""


class ApiView(APIView):
    """A view that translates, makes one domain call, and translates back."""

    parser_classes: Sequence[type[BaseParser]] = (StrictJsonParser,)
    renderer_classes = (ProblemRenderer,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse an address whose ids the database could not even compare.

        Raises:
            TextInvalid: The path holds a NUL.
        """
        super().initial(request, *args, **kwargs)
        check_texts(kwargs)

    def read(
        self, request: Request, serializer: "type[serializers.Serializer[Any]]"
    ) -> dict[str, Any]:
        """Return the checked body of a request.

        Raises:
            InputInvalid: A field is missing or malformed.
            UnknownField, AmountInvalid, TextInvalid: As their names say.
        """
        data = request.data
        try:
            return dict(_reader(serializer).run_validation(data))
        except serializers.ValidationError:
            # Once more, the usual way, for the errors in their usual form.
            checked = serializer(data=data)
            checked.is_valid(raise_exception=True)
            raise

    def read_query(
        self, request: Request, serializer: "type[serializers.Serializer[Any]]"
    ) -> dict[str, Any]:
        """Return the checked query parameters of a request."""
        values = request.query_params.dict()
        check_texts(values)
        checked = serializer(data=values, context={"request": request})
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)


@cache
def _reader(serializer: "type[serializers.Serializer[Any]]") -> "serializers.Serializer[Any]":
    """Return one serializer of a class for all bodies: reading changes nothing of it."""
    return serializer()


def keyed_post(
    request: Request,
    run: Callable[[], object],
    render: Callable[[Any], tuple[int, Any]],
    *,
    required: bool = True,
    for_ever: bool = False,
    body: object = None,
) -> Response:
    """Answer a POST that creates something, once for each ``Idempotency-Key``.

    Args:
        request: The call; its user has a party.
        run: Calls the service.
        render: Turns the service's result into a status and a JSON body.
        required: Refuse a call without a key, as wherever money moves.
        for_ever: Keep the answer for ever, as for payments.
        body: What two calls are compared by, where the body is no JSON.

    Raises:
        IdempotencyKeyMissing, IdempotencyKeyReused, InProgress: As their names say.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None and not required:
        return Response(*reversed(render(run())))
    party_id: int = request.user.party_id  # type: ignore[union-attr, assignment]  # Has one here.
    asked = f"{request.method} {request.path}", body or request.data
    answer = idempotency.answer(
        key=(party_id, idempotency.check_key(key)),
        digest=idempotency.digest_of(*asked),
        run=run,
        render=render,
        for_ever=for_ever,
        older=idempotency.older_digests_of(*asked),
    )
    response = Response(answer.body, answer.http_status)
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response
