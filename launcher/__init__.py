"""Start and supervise the processes of one Troco instance.

This package knows nothing of the product: it starts an embedded Postgres, keeps the generated
keys of one home directory, and supervises the children that serve the instance.
"""
