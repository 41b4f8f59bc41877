"""One scene for each goal; each returns its figures."""
