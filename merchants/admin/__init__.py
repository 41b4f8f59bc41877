"""Shops on the staff's site: pages that read, and acts that call a service."""

from merchants.admin import (
    evidence,
    lines,
    mails,
    paper_links,
    programs,
    proposals,
    records,
    reviews,
    wares,
)

__all__ = [
    "evidence",
    "lines",
    "mails",
    "paper_links",
    "programs",
    "proposals",
    "records",
    "reviews",
    "wares",
]
