"""Shops: their team, catalogue and orders, told from the seller's and the buyer's side."""
