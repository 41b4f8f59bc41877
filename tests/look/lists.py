"""Lists as their pages show them, with made-up rows."""

from typing import Any

from merchants.portal.lists import LIST_NAMES, Empty, Listing, ListPage

Row = dict[str, Any]


def listing(page: type[ListPage], rows: list[Row], **facts: Any) -> Listing:
    """Return a list of one of the portal's pages with some rows in it."""
    columns = [
        {"words": each.words, "column": each, "number": number, "hidden": False}
        for number, each in enumerate(page.columns, start=1)
    ]
    fields = [
        {
            "name": each.name,
            "words": each.words,
            "kind": each.kind,
            "choices": [(code, words, not code) for code, words in each.choices],
            "value": "",
            "is_wide": each.is_wide,
        }
        for each in page.fields
    ]
    shown: Row = {
        "next_href": "?after=b2xkZXI",
        "empty": Empty("package", "Nothing here yet", "What this page is for."),
        "export_href": "?export=csv" if page.sheet_head else "",
        "views": [{"id": 1, "name": "Of this week", "href": "?from=1", "current": False}],
        "clear_href": "/portal/",
        "bulk": page.bulk,
        "bulk_href": "/portal/bulk",
        "css": page.css,
        "keeps_views": page.name in LIST_NAMES,
        "foot_template": page.foot_template,
    }
    return Listing(
        name=page.name,
        caption=page.caption,
        columns=columns,
        row_template=page.row_template,
        rows=[{"pick_name": row["id"], **row} for row in rows],
        fields=fields,
        **(shown | facts),
    )
