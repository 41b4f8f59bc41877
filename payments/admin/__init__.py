"""Payments on the staff's site: pages that read, and acts that call a service."""

from payments.admin import (
    agreements,
    books,
    breakers,
    callbacks,
    cases,
    countries,
    limits,
    lines,
    payments,
    regulator,
    requests,
    settlement,
    statements,
)

__all__ = [
    "agreements",
    "books",
    "breakers",
    "callbacks",
    "cases",
    "countries",
    "limits",
    "lines",
    "payments",
    "regulator",
    "requests",
    "settlement",
    "statements",
]
