"""Signs Ana or Bruno in on their sandbox device, for a first payment by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.sandbox import FRIENDS, friend, require_sandbox
from config.seed.people import sign_in


class Command(BaseCommand):
    """Print a Bearer token of Ana or Bruno and nothing else; sandbox only."""

    help = "Sign Ana or Bruno in on their fixed sandbox device and print the token."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who."""
        parser.add_argument("name", choices=sorted(FRIENDS))

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Sign in with the code that the sandbox keeps."""
        require_sandbox()
        self.stdout.write(sign_in(friend(options["name"])).token)
