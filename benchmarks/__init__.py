"""Measuring what money costs, beside a reference that everybody knows.

``python -m benchmarks`` starts a Postgres of its own, in a folder of its own, reached by a socket
only; runs every scene in pairs with pgbench's TPC-B; proves the books it wrote; and writes
``benchmarks/results.json`` and the table of ``docs/performance.md``. Machines are noisy, so every
figure is a ratio to a reference run seconds before it, and the median of at least three pairs.
"""
