"""Signs a quote's digest with Ana's or Bruno's fixed sandbox key."""

import argparse
import base64
import binascii
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.sandbox import FRIENDS, friend, require_sandbox
from config.seed.people import base64url, device_key

DIGEST_BYTES = 32


class Command(BaseCommand):
    """Print the signature that a quote's ``digest`` needs, in base64url; sandbox only."""

    help = "Sign a digest (base64url, as a quote returns it) with a fixed sandbox device key."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask who signs what."""
        parser.add_argument("name", choices=sorted(FRIENDS))
        # A digest may begin with a dash, and then it is no option.
        parser.add_argument("digest", nargs=argparse.REMAINDER)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Sign the digest's bytes."""
        require_sandbox()
        key = device_key(friend(options["name"]))
        self.stdout.write(base64url(key.sign(_digest("".join(options["digest"])))))


def _digest(text: str) -> bytes:
    try:
        digest = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise CommandError("The digest is not base64url.") from error
    if len(digest) != DIGEST_BYTES:
        raise CommandError("The digest has to be 32 bytes: copy it from the quote.")
    return digest
