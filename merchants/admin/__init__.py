"""Shops on the staff's site: pages that read, and acts that call a service."""

from merchants.admin import programs, records, reviews

__all__ = ["programs", "records", "reviews"]
