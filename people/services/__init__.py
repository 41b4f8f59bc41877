"""What can happen to people: one verb a function, each saying who owns the transaction."""
