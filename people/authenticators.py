"""Passkeys as the browser and the authenticator see them: WebAuthn, without a database.

The library checks what the standard asks for: type, origin, the relying party's id, presence
and verification of the user, the signature, and a sign count that only rises where an
authenticator counts at all. Many passkeys that are synced between devices never count, so that
a passkey is used once comes from our own rows, never from the count.

Source: W3C Web Authentication Level 3, https://www.w3.org/TR/webauthn-3/ (§7.1 and §7.2).
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import webauthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from webauthn.helpers import (
    base64url_to_bytes,
    encode_cbor,
    options_to_json_dict,
    parse_client_data_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

LONGEST_ID = 1023
LONGEST_PUBLIC_KEY = 2_048
# What phones, browsers and security keys make. Ed25519 is left out: among its points are some
# under which anybody can sign, and the library does not refuse them (``people.keys`` does).
ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_TIMEOUT_MS = 120_000
_TRANSPORTS = frozenset(each.value for each in AuthenticatorTransport)


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey as its person's authenticator is reminded of it."""

    credential_id: bytes
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """What an authenticator handed over at registration."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    is_synced: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose passkey it will be: an opaque handle, and the names that the authenticator shows."""

    handle: str
    name: str
    display_name: str


def creation_options(holder: Holder, challenge: bytes, known: Iterable[Known]) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.create``, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=settings.TROCO_PASSKEY_DOMAIN,
        rp_name=settings.TROCO_OPERATOR_NAME,
        user_id=holder.handle.encode(),
        user_name=holder.name,
        user_display_name=holder.display_name,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(each) for each in known],
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(challenge: bytes, known: Iterable[Known]) -> dict[str, Any]:
    """Return the options for ``navigator.credentials.get``, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=settings.TROCO_PASSKEY_DOMAIN,
        challenge=challenge,
        timeout=_TIMEOUT_MS,
        allow_credentials=[_descriptor(each) for each in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def read_registration(credential: object, challenge: bytes) -> Registered | None:
    """Return what an authenticator registers for a challenge, or None where it does not hold."""
    if not isinstance(credential, dict):
        return None
    try:
        found = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=settings.TROCO_PASSKEY_DOMAIN,
            expected_origin=settings.TROCO_PASSKEY_ORIGINS,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
    except Exception:  # noqa: BLE001 - Whatever hostile bytes make the library raise is a no.
        return None
    too_long = len(found.credential_public_key) > LONGEST_PUBLIC_KEY
    if too_long or len(found.credential_id) > LONGEST_ID:
        return None
    return Registered(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        is_synced=found.credential_backed_up,
        transports=_transports(credential),
    )


def credential_id_of(credential: object) -> bytes:
    """Return the id of the passkey that an answer claims to be of; empty for none."""
    raw = credential.get("id") if isinstance(credential, Mapping) else None
    if not isinstance(raw, str):
        return b""
    try:
        return base64url_to_bytes(raw)
    except ValueError:
        return b""


def challenge_of(credential: object) -> bytes:
    """Return the challenge that an answer claims to be to; empty for none."""
    try:
        client_data = base64url_to_bytes(credential["response"]["clientDataJSON"])  # type: ignore[index]
        return parse_client_data_json(client_data).challenge
    except Exception:  # noqa: BLE001 - Whatever hostile bytes make the library raise is a no.
        return b""


def read_assertion(
    credential: object, challenge: bytes, public_key: bytes, sign_count: int
) -> int | None:
    """Return an authenticator's new sign count where its answer holds, or None.

    Everything else is checked before the challenge is compared, so that an answer over another
    challenge costs what a right one costs: the time of a refusal tells nothing of the digest.

    Args:
        credential: What ``navigator.credentials.get`` gave, as JSON.
        challenge: The 32 bytes that had to be approved.
        public_key: Of the passkey, or ``nobodys_key()``.
        sign_count: The last one seen.
    """
    if not isinstance(credential, dict):
        return None
    claimed = challenge_of(credential)
    try:
        found = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=claimed,
            expected_rp_id=settings.TROCO_PASSKEY_DOMAIN,
            expected_origin=settings.TROCO_PASSKEY_ORIGINS,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception:  # noqa: BLE001 - Whatever hostile bytes make the library raise is a no.
        return None
    return found.new_sign_count if hmac.compare_digest(claimed, challenge) else None


@cache
def nobodys_key() -> bytes:
    """Return a public key whose private half nobody kept: checking it costs as much as any."""
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return encode_cbor({1: 2, 3: COSEAlgorithmIdentifier.ECDSA_SHA_256.value, -1: 1, -2: x, -3: y})


def _descriptor(known: Known) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in known.transports]
    return PublicKeyCredentialDescriptor(id=known.credential_id, transports=transports or None)


def _transports(credential: dict[str, Any]) -> tuple[str, ...]:
    """Return how the authenticator can be reached, of what is known; hints, no proof."""
    said = credential["response"].get("transports")
    if not isinstance(said, list):
        return ()
    return tuple(sorted({each for each in said if isinstance(each, str)} & _TRANSPORTS))
