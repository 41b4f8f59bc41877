"""Payments on the staff's site: pages that read, and acts that call a service."""

from payments.admin import (
    agreements,
    books,
    countries,
    limits,
    payments,
    regulator,
    requests,
    settlement,
    statements,
)

__all__ = [
    "agreements",
    "books",
    "countries",
    "limits",
    "payments",
    "regulator",
    "requests",
    "settlement",
    "statements",
]
