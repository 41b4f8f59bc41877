"""Payments on the staff's site: pages that read, and acts that call a service."""

from payments.admin import (
    agreements,
    books,
    breakers,
    callbacks,
    cases,
    chargebacks,
    countries,
    limits,
    lines,
    monitor,
    payments,
    regulator,
    requests,
    settlement,
    statements,
    why,
)

__all__ = [
    "agreements",
    "books",
    "breakers",
    "callbacks",
    "cases",
    "chargebacks",
    "countries",
    "limits",
    "lines",
    "monitor",
    "payments",
    "regulator",
    "requests",
    "settlement",
    "statements",
    "why",
]
