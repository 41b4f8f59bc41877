"""What the OpenAPI document says of doors that Django does not answer."""

from typing import Any, Final

_STREAM: Final[dict[str, Any]] = {
    "get": {
        "operationId": "stream_listen",
        "description": (
            "Listen to everything that concerns the caller, in order, as server-sent events.\n\n"
            "Each event's ``id`` is the cursor after it: come back with it as ``Last-Event-ID``"
            " (or ``after``) and nothing is lost or told twice. ``data`` is one piece of news as"
            " ``GET /v1/updates`` lists it; the first event is ``ready``. A comment comes every"
            " 15 seconds when there is no news. ``typing`` has no ``id`` and is kept nowhere."
        ),
        "parameters": [
            {
                "in": "header",
                "name": "Last-Event-ID",
                "schema": {"type": "string", "maxLength": 64},
                "description": "The cursor of the last event that was handled.",
            },
            {
                "in": "query",
                "name": "after",
                "schema": {"type": "string", "maxLength": 64},
                "description": "The same, for those who cannot send the header.",
            },
            {
                "in": "query",
                "name": "party",
                "schema": {"type": "string"},
                "description": "The party id of a business that the caller acts for.",
            },
        ],
        "tags": ["stream"],
        "security": [{"deviceToken": []}, {"portalSession": []}],
        "responses": {
            "200": {
                "description": "Events, until the stream ends; then come back.",
                "content": {
                    "text/event-stream": {
                        "schema": {
                            "type": "string",
                            "examples": [
                                'id: 31.7\nevent: message.created\ndata: {"id":"31.7", …}\n\n'
                            ],
                        }
                    }
                },
            }
        },
    }
}
# A page of the portal listens with the cookie it has; from our own origin only.
_PORTAL: Final = {"type": "apiKey", "in": "cookie", "name": "troco"}


def describe_stream(result: dict[str, Any], **_others: object) -> dict[str, Any]:
    """Add ``/v1/stream``, which the front answers, to the document."""
    paths: dict[str, Any] = {}
    for path, doors in result["paths"].items():
        if path == "/v1/updates":
            paths["/v1/stream"] = _STREAM
        paths[path] = doors
    result["paths"] = paths
    result["components"]["securitySchemes"]["portalSession"] = _PORTAL
    return result
