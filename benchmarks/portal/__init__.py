"""The portal of a large shop: what each page asks of the database, and how long it takes."""
