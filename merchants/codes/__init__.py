"""What can be drawn or written of a few facts, without asking anybody: posters, files."""
