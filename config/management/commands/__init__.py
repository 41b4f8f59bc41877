"""Commands of the whole instance."""
