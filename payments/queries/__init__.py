"""Reads of payments: what other rooms may ask."""
