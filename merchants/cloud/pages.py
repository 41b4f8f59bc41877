"""Pages of lists, and only the fields that were asked for."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from merchants.cloud.calls import Call


def paging(call: Call, ids: Sequence[str], *, is_full: bool) -> dict[str, Any]:
    """Return where a list goes on: cursors, and the whole address of the next page.

    Args:
        call: The call for this page.
        ids: The ids of its rows, in order.
        is_full: Whether there may be more.
    """
    if not ids:
        return {}
    told: dict[str, Any] = {"cursors": {"before": ids[0], "after": ids[-1]}}
    if is_full:
        # With the token, where it came in the address: such programs add nothing to the next one.
        query = {**call.request.GET.dict(), "after": ids[-1]}
        told["next"] = f"{settings.TROCO_PUBLIC_URL}{call.request.path}?{urlencode(query)}"
    return told


def picked(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with the fields that were asked for; its id is always there."""
    wanted = [name.split("{")[0].split(".")[0] for name in call.text("fields").split(",") if name]
    if not wanted:
        return row
    return {name: value for name, value in row.items() if name in {*wanted, "id"}}
