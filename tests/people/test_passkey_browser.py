"""A real browser with a virtual authenticator: the options we give are what it takes."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page
from playwright.sync_api import Error as BrowserError
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from people.models import Passkey, Proof
from tests.look import browser
from tests.people.cast import ANA_PIN, Phone, enrolled_ana

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The page is ours and holds nothing: what it does is what an app's page would do.
CALL = """
async ([path, body, token, method]) => {
  const headers = {'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json'};
  const answer = await fetch(path, {method, headers, body: JSON.stringify(body)});
  return [answer.status, await answer.json()];
}
"""
CREATE = """
async options => (await navigator.credentials.create({
  publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options)})).toJSON()
"""
GET = """
async options => (await navigator.credentials.get({
  publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options)})).toJSON()
"""


class Tab:
    """Ana's browser: a page of our own origin and a virtual authenticator."""

    def __init__(self, page: Page, ana: Phone) -> None:
        self.page, self.ana = page, ana
        self.devtools: CDPSession = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        made = self.devtools.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                }
            },
        )
        self.authenticator = made["authenticatorId"]

    def verify_person(self, *, is_verified: bool) -> None:
        self.devtools.send(
            "WebAuthn.setUserVerified",
            {"authenticatorId": self.authenticator, "isUserVerified": is_verified},
        )

    def call(self, path: str, body: Any, method: str = "POST") -> tuple[int, Any]:
        answer = self.page.evaluate(CALL, [path, body, self.ana.token, method])
        return int(answer[0]), answer[1]

    def challenge(self, purpose: str) -> dict[str, Any]:
        return dict(self.call("/v1/me/challenges", {"purpose": purpose})[1])

    def change_pin(self, challenge: dict[str, Any], credential: Any) -> int:
        proof = {"method": "passkey", "credential": credential}
        body = {"pin": "620837", "pin_again": "620837", "challenge": challenge["id"]}
        return self.call("/v1/me/pin", {**body, "proof": proof}, "PUT")[0]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, whose event loop in this thread Django shall not mind."""
    with pytest.MonkeyPatch.context() as patch, browser.browser() as started:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "yes")
        yield started


@pytest.fixture
def tab(chromium: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Tab]:
    parts = urlsplit(live_server.url)
    origin = f"http://localhost:{parts.port}"
    settings.TROCO_PASSKEY_ORIGINS = [origin]
    ana = enrolled_ana()
    with browser.page_of(chromium, width=390, theme="light") as page:
        page.goto(f"{origin}/docs/errors")
        yield Tab(page, ana)


def test_a_browser_registers_a_passkey_and_approves_with_it(tab: Tab) -> None:
    challenge = tab.challenge("passkey")
    proof = tab.ana.proof(challenge["digest"], ANA_PIN)
    body = {"challenge": challenge["id"], "proof": proof}
    code, begun = tab.call("/v1/me/passkeys/options", body)
    assert code == 201
    made = tab.page.evaluate(CREATE, begun["webauthn"])
    body = {"registration": begun["registration"], "name": "This phone", "credential": made}
    assert tab.call("/v1/me/passkeys", body)[0] == 201
    first, second = tab.challenge("pin"), tab.challenge("pin")
    approved = tab.page.evaluate(GET, first["proof"]["webauthn"])
    assert tab.change_pin(second, approved) == 403
    assert tab.change_pin(first, approved) == 200
    assert Proof.objects.filter(method="passkey", used_by=first["id"]).count() == 1
    tab.verify_person(is_verified=False)
    with pytest.raises(BrowserError, match="NotAllowedError"):
        tab.page.evaluate(GET, second["proof"]["webauthn"])
    assert Passkey.objects.get().failures == 0
