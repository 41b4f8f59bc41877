"""``manage.py verify_audit_head FILE``: prove the chain against a head that was kept elsewhere."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments.services.signed_heads import read_head
from people.services.audit import Head, verify_chain


class Command(BaseCommand):
    """Check the file's signature, then that the chain goes through what it says."""

    help = "Prove that the audit chain goes through a head that export_audit_head printed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Say whether it does; exit with 1 where it does not.

        Raises:
            CommandError: The file is not signed by this instance, or the chain is another one.
        """
        try:
            kept = json.loads(options["file"].read_text("utf-8"))
            said = read_head(signed_text=kept["signed_text"], signature=kept["signature"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CommandError("The file cannot be read as a head.") from error
        if said is None:
            raise CommandError("No key of this instance signed that head.")
        report = verify_chain(kept_head=Head(*said))
        for problem in report.problems:
            self.stdout.write(problem)
        if report.problems:
            raise CommandError("The audit trail does not hold.")
        self.stdout.write(f"The audit trail holds and goes through entry {said[0]}.")
