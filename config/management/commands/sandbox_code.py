"""Prints the code that somebody's authenticator app would show now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.sandbox import require_sandbox
from people.services.factors import current_totp


class Command(BaseCommand):
    """Print the current code of a login with a second factor; sandbox only."""

    help = "Print the current second-factor code of a sandbox login."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for the login."""
        parser.add_argument("login")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print six digits and nothing else."""
        require_sandbox()
        code = current_totp(login=options["login"])
        if code is None:
            raise CommandError(f"{options['login']} has no second factor here.")
        self.stdout.write(code)
