"""Tests mirror the source: ``tests/payments/services/test_payments.py`` and so on."""
