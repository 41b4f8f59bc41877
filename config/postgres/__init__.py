"""Django's Postgres, with a look at each connection that the pool hands out."""
