"""Make the key that pushes to browsers are signed with."""

from typing import Any

from django.core.management.base import BaseCommand

from merchants.codes.web_push import new_private_key, public_key_of


class Command(BaseCommand):
    """Prints a new key, for the environment; it is kept nowhere."""

    help = "Make a key for Web Push; put what is printed into the environment."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print the setting, and the public half that browsers will know this instance by."""
        key = new_private_key()
        self.stdout.write(f"TROCO_PUSH_KEY={key}")
        self.stderr.write(f"Browsers know it by {public_key_of(key)}")
