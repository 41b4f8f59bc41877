"""What the chapters share: where they are told, who is in them, what has happened so far."""

import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

from django_otp.oath import TOTP

from config.seed.cast import PortalLogin
from config.story.client import Api, Browser
from config.story.people import Phone
from config.story.transcript import StoryFailed, Transcript

SIGN_IN_TRIES = 3
TOTP_STEP_SECONDS = 30


@dataclass
class Tale:
    """One telling.

    Attributes:
        base_url: Where the server is.
        transcript: Where everything is written.
        anyone: A caller without a token.
        known: What chapters leave for later ones, by name.
        has_hold: Whether this telling has a hold standing that it must lift.
    """

    base_url: str
    transcript: Transcript
    ana: Phone
    bruno: Phone
    anyone: Api
    known: dict[str, Any] = field(default_factory=dict)
    has_hold: bool = False

    @classmethod
    def begin(cls, base_url: str, transcript: Transcript) -> "Tale":
        """Gather the cast."""
        ana = Phone.of("Ana Beatriz Souza", base_url, transcript)
        bruno = Phone.of("Bruno Oliveira Lima", base_url, transcript)
        bruno.pin = "720648"
        return cls(base_url, transcript, ana, bruno, Api(base_url, transcript, "Anyone"))

    def portal(self, login: PortalLogin) -> Browser:
        """Sign somebody of the shop in, with password and second factor.

        Raises:
            StoryFailed: They did not get in.
        """
        browser = Browser(self.base_url, self.transcript, login.name.split()[0])
        form = {"login": login.login, "password": login.password}
        browser.submit("/portal/sign-in", form, secret=True)
        for _ in range(SIGN_IN_TRIES):
            # A code that was used a moment ago is refused; the next one is not.
            with contextlib.suppress(StoryFailed):
                browser.submit("/portal/sign-in/code", {"code": code_of(login)}, secret=True)
            if browser.address("/portal/") == "/portal/":
                return browser
            time.sleep(until_next_code())
        raise StoryFailed(f"{login.login} could not sign in to the portal")

    def admin(self, login: PortalLogin) -> Browser:
        """Sign a member of the staff in to the admin, with password and second factor.

        Raises:
            StoryFailed: They did not get in.
        """
        browser = Browser(self.base_url, self.transcript, login.name)
        for _ in range(SIGN_IN_TRIES):
            form = {
                "username": login.login,
                "password": login.password,
                "code": code_of(login),
                "next": "/admin/",
            }
            browser.submit("/admin/login/", form, secret=True)
            if browser.address("/admin/") == "/admin/":
                return browser
            time.sleep(until_next_code())
        raise StoryFailed(f"{login.login} could not sign in to the admin")


def code_of(login: PortalLogin) -> str:
    """Return the code that an authenticator app shows now."""
    return f"{TOTP(login.totp_key()).token():06d}"


def until_next_code() -> float:
    """Return the seconds until another code is shown: one that was used is not taken again."""
    return TOTP_STEP_SECONDS - time.time() % TOTP_STEP_SECONDS + 0.5
