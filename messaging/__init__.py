"""Conversations, messages and the feed that tells every device what is new."""
