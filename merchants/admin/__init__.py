"""Shops on the staff's site: pages that read, and acts that call a service."""

from merchants.admin import lines, programs, proposals, records, reviews, wares

__all__ = ["lines", "programs", "proposals", "records", "reviews", "wares"]
