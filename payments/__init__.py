"""Payments: quotes, the ledger, the walk of a payment, countries, banks, settlement."""
