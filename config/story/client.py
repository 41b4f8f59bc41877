"""A client of the public API, as any integrator would write one."""

import base64
import itertools
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from config.story.transcript import StoryFailed, Transcript

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 45.0
_COORDINATE_BYTES = 32
_HIDDEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def base64url(raw: bytes) -> str:
    """Write bytes in base64url without padding, as every key and signature here is."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Read bytes from base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class DeviceKey:
    """A P-256 key, as a phone's secure element or WebCrypto holds one."""

    def __init__(self) -> None:
        """Make a fresh key."""
        self._key = ec.generate_private_key(ec.SECP256R1())

    def public_jwk(self) -> dict[str, str]:
        """Return the public half as a JWK."""
        numbers = self._key.public_key().public_numbers()
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(numbers.x.to_bytes(_COORDINATE_BYTES, "big")),
            "y": base64url(numbers.y.to_bytes(_COORDINATE_BYTES, "big")),
        }

    def sign(self, digest: str) -> str:
        """Sign the 32 bytes of a digest, giving r and s in 64 bytes as WebCrypto does."""
        der = self._key.sign(from_base64url(digest), ec.ECDSA(SHA256()))
        r, s = utils.decode_dss_signature(der)
        both = r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
        return base64url(both)


class Api:
    """Calls the API and writes each call into the transcript.

    Args:
        base_url: Where the server is.
        transcript: Where calls are noted.
        who: The name that stands before each call.
    """

    def __init__(self, base_url: str, transcript: Transcript, who: str) -> None:
        """Begin without a token."""
        self.who = who
        self.transcript = transcript
        self._http = httpx.Client(base_url=base_url, timeout=TIMEOUT_SECONDS)

    def use_token(self, token: str) -> None:
        """Send a token with every call from now on."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        expect: int = 200,
        code: str = "",
        key: str = "",
    ) -> dict[str, Any]:
        """Make one call and return its JSON.

        Args:
            method: The HTTP method.
            path: The path, with its query.
            body: A value to send as JSON, or None.
            expect: The HTTP status that must come back.
            code: The problem's code that must come back with it.
            key: The ``Idempotency-Key`` to send.

        Raises:
            StoryFailed: Another answer came back.
        """
        headers = {"Idempotency-Key": key} if key else {}
        reply = self._http.request(method, path, json=body, headers=headers)
        answer: dict[str, Any] = reply.json() if reply.content else {}
        found = str(answer.get("code", "")) if reply.is_error else ""
        said = f"{reply.status_code} {found}".strip()
        self.transcript.call(f"{self.who}: {method} {path} → {said}")
        if reply.status_code != expect or (code and found != code):
            raise StoryFailed(
                f"{method} {path} answered {said}, not {expect} {code}: {reply.text[:500]}"
            )
        return answer

    def wait_for(
        self, path: str, ready: Callable[[dict[str, Any]], bool], what: str
    ) -> dict[str, Any]:
        """Ask again and again until the answer is as awaited.

        Raises:
            StoryFailed: It was not, after 45 seconds.
        """
        until = time.monotonic() + PATIENCE_SECONDS
        answer: dict[str, Any] = {}
        for pause in itertools.chain((0.05, 0.1, 0.2), itertools.repeat(0.4)):
            answer = self._http.get(path).json()
            if ready(answer):
                self.transcript.call(f"{self.who}: GET {path} → {what}")
                return answer
            if time.monotonic() > until:
                break
            time.sleep(pause)
        raise StoryFailed(f"{path} never became {what}: {json.dumps(answer)[:500]}")


class Browser:
    """A person at the portal or the admin: pages, forms and a session cookie.

    Args:
        base_url: Where the server is.
        transcript: Where what was done is noted.
        who: The name that stands before each step.
    """

    def __init__(self, base_url: str, transcript: Transcript, who: str) -> None:
        """Begin signed out."""
        self.who = who
        self.transcript = transcript
        self._base = base_url
        self._http = httpx.Client(base_url=base_url, timeout=TIMEOUT_SECONDS, follow_redirects=True)

    def open(self, path: str) -> str:
        """Open a page and return its HTML.

        Raises:
            StoryFailed: It did not open.
        """
        reply = self._http.get(path)
        self.transcript.call(f"{self.who} opens {path} → {reply.status_code}")
        if reply.is_error:
            raise StoryFailed(f"{path} answered {reply.status_code}: {reply.text[:300]}")
        return reply.text

    def look(self, path: str) -> str:
        """Return a page's HTML without noting it, for asking again and again."""
        return self._http.get(path).text

    def submit(
        self, path: str, form: Mapping[str, str], *, page: str = "", secret: bool = False
    ) -> str:
        """Send a form as its page would, and return the page that follows.

        Args:
            path: Where the form goes.
            form: Its fields.
            page: The page that holds the form; the same address by default.
            secret: Leave the fields out of the transcript.

        Raises:
            StoryFailed: The form was refused.
        """
        holder = self._http.get(page or path).text
        hidden = _HIDDEN.search(holder)
        if hidden is None:
            raise StoryFailed(f"{page or path} holds no form")
        fields = {"csrfmiddlewaretoken": hidden.group(1), **form}
        headers = {"Referer": f"{self._base}{page or path}", "Origin": self._base}
        reply = self._http.post(path, data=fields, headers=headers)
        shown = "" if secret else f" {dict(form)}"
        self.transcript.call(
            f"{self.who} sends {path}{shown} → {reply.status_code} {reply.url.path}"
        )
        if reply.is_error:
            raise StoryFailed(f"{path} answered {reply.status_code}: {reply.text[:300]}")
        return reply.text

    def address(self, path: str) -> str:
        """Return where a page leads, after redirects."""
        return self._http.get(path).url.path


def new_phone() -> str:
    """Return a Brazilian mobile number that nobody has had here before."""
    return f"+55119{secrets.randbelow(10**8):08d}"


def new_cpf() -> str:
    """Return a well-formed CPF: nine digits of chance and the two that check them.

    Source: the Receita Federal's modulo-11 rule for CPF.
    """
    digits = [secrets.randbelow(10) for _ in range(9)]
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        rest = sum(d * w for d, w in zip(digits, weights, strict=True)) * 10 % 11
        digits.append(0 if rest == 10 else rest)  # noqa: PLR2004 - Ten is written as 0.
    return "".join(map(str, digits))
