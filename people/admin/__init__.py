"""People on the staff's site: pages that read, and acts that call a service."""

from people.admin import approvals, records, reveal, safety, trail

__all__ = ["approvals", "records", "reveal", "safety", "trail"]
