"""Shapes of the people part of the API: what may come in, and how answers look."""

from typing import Any

from rest_framework import serializers

from core.api import StrictSerializer, moment_out
from people.api.proofs import ProofOfferOut
from people.enums import ASKED_BY_APPS, ProofMethod
from people.keys import encode_base64url
from people.models import Challenge, Device, Identity, Party, Person
from people.services.challenges import Approval
from people.services.pins import PinState
from people.services.proofs import Evidence, PasskeyEvidence, PinEvidence

LOCALES = ("en", "pt-BR", "bn")
LONGEST_PIN = 12
_LONGEST_SIGNATURE = 128


class PhoneIn(StrictSerializer):
    """A phone number with its country code."""

    phone = serializers.CharField(max_length=40)


class NewDeviceIn(StrictSerializer):
    """The device that signs in; its key as a public JWK of P-256 or Ed25519."""

    name = serializers.CharField(max_length=80)
    public_key = serializers.DictField()


class SignInIn(StrictSerializer):
    """A sign-in: the number, its code and the device."""

    phone = serializers.CharField(max_length=40)
    code = serializers.RegexField(r"^[0-9]{6}\Z")
    display_name = serializers.CharField(max_length=80, required=False)
    locale = serializers.ChoiceField(choices=LOCALES, required=False)
    device = NewDeviceIn()


class ProfileIn(StrictSerializer):
    """What may change of a profile."""

    display_name = serializers.CharField(max_length=80, required=False)
    locale = serializers.ChoiceField(choices=LOCALES, required=False)


class IdentityIn(StrictSerializer):
    """A legal identity and the accepted terms."""

    legal_name = serializers.CharField(max_length=140)
    tax_id = serializers.CharField(max_length=40)
    birth_date = serializers.DateField(input_formats=["%Y-%m-%d"])
    terms = serializers.ListField(child=serializers.CharField(max_length=20), max_length=10)


class ProofIn(StrictSerializer):
    """A proof: PIN with the device's signature, or a passkey's answer."""

    method = serializers.ChoiceField(choices=ProofMethod.choices)
    pin = serializers.CharField(max_length=LONGEST_PIN, required=False)
    signature = serializers.CharField(max_length=_LONGEST_SIGNATURE, required=False)
    credential = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the fields that belong to the method, and no others."""
        wanted = {"pin": {"pin", "signature"}, "passkey": {"credential"}}[attrs["method"]]
        wrong = wanted ^ (set(attrs) - {"method"})
        if wrong:
            raise serializers.ValidationError(dict.fromkeys(sorted(wrong), "Wrong for the method."))
        return attrs


class ApprovalIn(StrictSerializer):
    """A challenge, and a proof over its digest."""

    challenge = serializers.CharField(max_length=40)
    proof = ProofIn()


class MaybeApprovalIn(StrictSerializer):
    """A challenge with a proof over its digest, or neither."""

    challenge = serializers.CharField(max_length=40, required=False)
    proof = ProofIn(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A challenge comes with a proof, or neither comes."""
        if ("challenge" in attrs) != ("proof" in attrs):
            missing = "proof" if "challenge" in attrs else "challenge"
            raise serializers.ValidationError({missing: "Send the challenge with its proof."})
        return attrs


class NewPinIn(StrictSerializer):
    """A PIN as it is chosen: typed twice."""

    pin = serializers.CharField(max_length=LONGEST_PIN)
    pin_again = serializers.CharField(max_length=LONGEST_PIN)


class PinIn(NewPinIn, MaybeApprovalIn):
    """A first PIN, typed twice; or a new one, with a challenge and a proof by the old."""


class ChallengeIn(StrictSerializer):
    """What the challenge is for."""

    purpose = serializers.ChoiceField(choices=[(each.value, each.label) for each in ASKED_BY_APPS])
    device = serializers.CharField(
        max_length=40,
        required=False,
        help_text="Of device_removal only, and needed there: the device that is to go. The signed"
        " text names it.",
    )


class PartyOut(serializers.Serializer[Any]):
    """A party as others see it."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=["person", "business"])
    display_name = serializers.CharField()
    country = serializers.CharField()


class DeviceOut(serializers.Serializer[Any]):
    """One of the caller's devices."""

    id = serializers.CharField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    is_current = serializers.BooleanField()


class SignedInOut(serializers.Serializer[Any]):
    """The token, told this once; who signed in; and where."""

    token = serializers.CharField()
    party = PartyOut()
    device = DeviceOut()


class CodeSentOut(serializers.Serializer[Any]):
    """Until when the code works."""

    expires_at = serializers.DateTimeField()


class SandboxCodeOut(serializers.Serializer[Any]):
    """The code of a number, in the sandbox only."""

    code = serializers.CharField()
    expires_at = serializers.DateTimeField()


class SandboxInvitationOut(serializers.Serializer[Any]):
    """A message that invited a number."""

    text = serializers.CharField()
    created_at = serializers.CharField()


class SandboxInvitationsOut(serializers.Serializer[Any]):
    """What a number was invited with, newest first."""

    data = SandboxInvitationOut(many=True)  # type: ignore[assignment]  # A field of that name.


class IdentityOut(serializers.Serializer[Any]):
    """The caller's own verified identity; of the tax id only the end is shown."""

    legal_name = serializers.CharField()
    tax_id_end = serializers.CharField()
    birth_date = serializers.DateField(allow_null=True)
    country = serializers.CharField()
    tier = serializers.CharField()
    verified_at = serializers.DateTimeField()


class MeOut(serializers.Serializer[Any]):
    """The caller."""

    party = PartyOut()
    phone = serializers.CharField(allow_null=True)
    locale = serializers.CharField()
    identity = IdentityOut(allow_null=True)
    terms = serializers.ListField(child=serializers.CharField())
    has_pin = serializers.BooleanField()


class DevicesOut(serializers.Serializer[Any]):
    """A page of devices."""

    data = DeviceOut(many=True)  # type: ignore[assignment]  # The stubs know another data.
    next = serializers.CharField(allow_null=True)


class PinOut(serializers.Serializer[Any]):
    """How the caller's PIN stands."""

    is_set = serializers.BooleanField()
    tries_left = serializers.IntegerField()
    locked_until = serializers.DateTimeField(allow_null=True)
    must_reset = serializers.BooleanField()


class ChallengeOut(serializers.Serializer[Any]):
    """A challenge: sign the digest, which is the SHA-256 of ``signed_text``."""

    id = serializers.CharField()
    purpose = serializers.CharField()
    signed_text = serializers.CharField()
    digest = serializers.CharField()
    expires_at = serializers.DateTimeField()
    proof = ProofOfferOut()


def read_evidence(proof: dict[str, Any]) -> Evidence:
    """Return a checked ``ProofIn`` as the evidence that services take."""
    if proof["method"] == ProofMethod.PASSKEY:
        return PasskeyEvidence(credential=proof["credential"])
    return PinEvidence(pin=proof["pin"], signature=proof["signature"])


def read_approval(body: dict[str, Any]) -> Approval:
    """Return the challenge and the proof of a checked body as services take them."""
    return Approval(body["challenge"], read_evidence(body["proof"]))


def party_out(party: Party) -> dict[str, Any]:
    """Return a party as JSON."""
    return {
        "id": party.public_id,
        "kind": party.kind,
        "display_name": party.display_name,
        "country": party.country,
    }


def device_out(device: Device, current: Device) -> dict[str, Any]:
    """Return a device as JSON; ``current`` is the one that the call came from."""
    return {
        "id": device.public_id,
        "name": device.name,
        "created_at": moment_out(device.created_at),
        "last_seen_at": moment_out(device.last_seen_at),
        "is_current": device.id == current.id,
    }


def identity_out(identity: Identity) -> dict[str, Any]:
    """Return an identity as JSON for its own person."""
    return {
        "legal_name": identity.legal_name,
        "tax_id_end": identity.tax_id[-2:],
        "birth_date": identity.birth_date.isoformat() if identity.birth_date else None,
        "country": identity.country,
        "tier": identity.tier,
        "verified_at": moment_out(identity.verified_at),
    }


def me_out(
    person: Person, *, identity: Identity | None, terms: list[str], has_pin: bool
) -> dict[str, Any]:
    """Return the caller as JSON."""
    return {
        "party": party_out(person.party) if person.party else None,
        "phone": person.phone,
        "locale": person.locale,
        "identity": identity_out(identity) if identity else None,
        "terms": terms,
        "has_pin": has_pin,
    }


def pin_out(state: PinState) -> dict[str, Any]:
    """Return how a PIN stands as JSON."""
    return {
        "is_set": state.is_set,
        "tries_left": state.tries_left,
        "locked_until": moment_out(state.locked_until),
        "must_reset": state.must_reset,
    }


def challenge_out(challenge: Challenge, offer: dict[str, Any]) -> dict[str, Any]:
    """Return a challenge as JSON; ``offer`` says by what it can be approved."""
    return {
        "id": challenge.public_id,
        "purpose": challenge.purpose,
        "signed_text": challenge.signed_text,
        "digest": encode_base64url(bytes(challenge.digest)),
        "expires_at": moment_out(challenge.expires_at),
        "proof": offer,
    }
