"""The buyer's side of shops, by program."""
