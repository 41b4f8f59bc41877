"""Conversations on the staff's site, and what members told the operator of them."""

from messaging.admin import conversations, reports

__all__ = ["conversations", "reports"]
