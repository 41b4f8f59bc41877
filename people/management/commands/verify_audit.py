"""``manage.py verify_audit``: prove that nobody changed the audit trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.services.audit import verify_chain


class Command(BaseCommand):
    """Walks the chain and names what does not fit."""

    help = "Walk the chain of the audit trail and name every entry that does not fit."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print what was found; exit with 1 where the chain does not hold.

        Raises:
            CommandError: An entry was changed, removed, inserted or moved.
        """
        report = verify_chain()
        for problem in report.problems:
            self.stdout.write(problem)
        counts = f"{report.checked} entries chained, {report.waiting} waiting"
        if report.problems:
            raise CommandError(f"The audit trail does not hold ({counts}).")
        self.stdout.write(f"The audit trail holds ({counts}).")
