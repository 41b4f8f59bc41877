"""The web portal of a shop."""
