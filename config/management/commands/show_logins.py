"""Prints where the sandbox is and how to get in, for everybody at the table."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.sandbox import FRIENDS, require_sandbox
from config.seed import cast
from config.seed.cast import PortalLogin
from people.services.factors import current_totp


class Command(BaseCommand):
    """Print addresses, logins, passwords and current codes; sandbox only."""

    help = "Print the sandbox's addresses and logins."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print one block for each door."""
        require_sandbox()
        base = settings.TROCO_PUBLIC_URL.rstrip("/")
        self._door("Portal of " + cast.SHOP_NAME, base + "/portal/")
        self._logins(("owner", cast.OWNER), ("cashier", cast.CASHIER))
        self._door("Staff", base + "/admin/")
        self._logins(*(("staff", each) for each in cast.STAFF))
        self._door("API", f"{base}/v1/docs/")
        for name, consumer in FRIENDS.items():
            self.stdout.write(f"  {name:<8} phone {consumer.phone:<16} PIN {consumer.pin}")
        self.stdout.write("")
        self.stdout.write(
            "A code lasts 30 seconds: script/manage sandbox_code LOGIN prints a new one."
        )
        self.stdout.write("A token for curl: script/manage sandbox_sign_in ana")

    def _door(self, name: str, address: str) -> None:
        self.stdout.write("")
        self.stdout.write(f"{name}: {address}")

    def _logins(self, *logins: tuple[str, PortalLogin]) -> None:
        for role, each in logins:
            code = current_totp(login=each.login) or "not seeded yet"
            self.stdout.write(
                f"  {role:<8} login {each.login:<8} password {each.password:<16} code {code}"
            )
