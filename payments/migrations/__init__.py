"""Migrations of payments: 0001 tables of the kernel, 0002 its functions, then the banks."""
