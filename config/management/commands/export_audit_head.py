"""``manage.py export_audit_head``: the end of the audit chain, signed, to be kept elsewhere."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from core.clock import wall_now
from payments.services.signed_heads import sign_head
from people.services.audit import head


class Command(BaseCommand):
    """Print one line of JSON: the signed text, its signature, and the key's id."""

    help = "Print the end of the audit chain, signed with the receipts' key."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print it; whoever keeps it can show later that nothing before it was changed."""
        end = head()
        signed = sign_head(seq=end.seq, hash_hex=end.hash, now=wall_now())
        self.stdout.write(json.dumps(signed, sort_keys=True))
