"""The staff's site: its door, its first page, and who may do what."""
