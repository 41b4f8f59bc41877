"""Several small questions in one statement: one way to the server, and one moment for all.

A page that shows many small things asks a dozen questions of a few rows each, and most of what
they take is the way there and back. Asked together they also fit together: they see the same
snapshot, so nothing comes between two figures that stand side by side.
"""

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Func, IntegerField, QuerySet, Subquery
from django.db.models.expressions import Combinable


def ask_together(**questions: QuerySet[Any, Any]) -> dict[str, list[dict[str, Any]]]:
    """Run several queries as one statement and return the rows of each by its name.

    For small lists whose values are texts, whole numbers and truths: rows come as JSON, so a
    moment or a day comes as its text, which ``fromisoformat`` reads.

    Args:
        **questions: Each with ``values``, in its own order and with its own limit.

    Returns:
        Of each question its rows, as ``values`` would give them.
    """
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in questions}
    parts: list[str] = []
    bound: list[Any] = []
    asked: list[str] = []
    for name, question in questions.items():
        try:
            text, values = question.query.sql_with_params()
        except EmptyResultSet:  # Such as "one of none": nothing is asked, nothing found.
            continue
        parts.append(f"(SELECT json_agg(told) FROM ({text}) AS told)")  # noqa: S608 - Django's own.
        bound.extend(values)
        asked.append(name)
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", bound)
            row = cursor.fetchone()
        found |= {name: _rows(rows) for name, rows in zip(asked, row, strict=True)}
    return found


def count_of(rows: QuerySet[Any, Any]) -> Combinable:
    """Return how many rows a query has, to be a part of another query.

    Args:
        rows: A query; it may speak of the outer one by ``OuterRef``.
    """
    # ``Count`` would group by the key and give a row for each, instead of one for all.
    number = Func("pk", function="COUNT", output_field=IntegerField())
    return Subquery(rows.order_by().values(number_of_rows=number))


def _rows(told: Any) -> list[dict[str, Any]]:
    """Return an answer's rows; no row at all is no list to the server."""
    rows = json.loads(told) if isinstance(told, str) else told
    return rows or []
