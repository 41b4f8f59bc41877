"""Pages of payments for people without a program: the receipt."""
