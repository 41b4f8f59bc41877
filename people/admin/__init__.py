"""People on the staff's site: pages that read, and acts that call a service."""

from people.admin import records, safety

__all__ = ["records", "safety"]
