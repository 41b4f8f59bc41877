"""A product as lines of the file that can be brought in again."""

from merchants.codes.catalogue_sheet import (
    BODY,
    EMOJI,
    HANDLE,
    LOW_AT,
    PICTURE,
    PICTURE_ALT,
    PICTURE_AT,
    PREPARATION,
    PUBLISHED,
    SKU,
    STOCK,
    TAGS,
    TAX_NOTE,
    TITLE,
    UNIT,
    VARIANT_PICTURE,
    picture_row,
    row_of,
)
from merchants.queries.catalogue import ProductFacts


def sheet_lines(product: ProductFacts, pictured: set[str]) -> list[list[str]]:
    """Return a product as rows of the file that ``merchants.services.imports`` reads.

    Args:
        product: The product.
        pictured: Handles whose pictures the file has already; the product's is added.
    """
    pictures = [] if product.handle in pictured else product.pictures
    pictured.add(product.handle)
    told: list[dict[str, object]] = [
        {PICTURE: each.url, PICTURE_AT: place, PICTURE_ALT: each.alt}
        for place, each in enumerate(pictures, start=1)
    ]
    facts = {
        HANDLE: product.handle,
        TITLE: product.title,
        BODY: product.description,
        TAGS: ", ".join(product.collections),
        PUBLISHED: "TRUE" if product.is_visible else "FALSE",
        SKU: product.sku,
        VARIANT_PICTURE: product.cover.url if product.cover and product.options else "",
        STOCK: "" if product.stock is None else product.stock,
        EMOJI: product.emoji,
        LOW_AT: "" if product.low_stock_threshold is None else product.low_stock_threshold,
        UNIT: product.unit,
        PREPARATION: "" if product.preparation_minutes is None else product.preparation_minutes,
        TAX_NOTE: product.tax_note,
        **(told[0] if told else {}),
    }
    further = [picture_row(product.handle, each) for each in told[1:]]
    return [row_of(facts, product.options, product.price), *further]
