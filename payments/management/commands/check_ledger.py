"""``manage.py check_ledger``: prove the books, or name what breaks them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from payments.services.checking import all_checks, run_checks


class Command(BaseCommand):
    """Runs every invariant of the money and tells each result as soon as it is known."""

    help = "Prove the books: balances, postings, proofs, histories. Exits with 1 if any is wrong."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature.
        """Run the checks in turn.

        Raises:
            CommandError: At least one invariant does not hold; the offenders were named.
        """
        broken = 0
        for place, finding in enumerate(run_checks(), start=1):
            broken += bool(finding.offenders)
            mark = "WRONG" if finding.offenders else "ok"
            self.stdout.write(f"{place:>2}/{len(all_checks())} {mark:<5} {finding.check.says}")
            for offender in finding.offenders:
                self.stdout.write(f"           {finding.check.name}: {offender}")
            self.stdout.flush()
        if broken:
            raise CommandError(f"{broken} of {len(all_checks())} checks found something wrong.")
        self.stdout.write("The books are proven.")
