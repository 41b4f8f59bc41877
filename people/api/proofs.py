"""How a digest can be approved: what every quote and every challenge says of it."""

from typing import Any

from rest_framework import serializers

from people.enums import ProofMethod
from people.models import Person
from people.services.passkeys import request_for


class ProofOfferOut(serializers.Serializer[Any]):
    """By what the digest can be approved now."""

    methods = serializers.ListField(child=serializers.CharField())
    webauthn = serializers.DictField(
        allow_null=True,
        help_text="The options for navigator.credentials.get, as JSON; their challenge is the"
        " digest. Null without a passkey.",
    )


def proof_offer(person: Person, digest: bytes) -> dict[str, Any]:
    """Return by what a person can approve a digest now, as JSON; one query."""
    options = request_for(person=person, digest=digest)
    methods = [ProofMethod.PIN.value]
    if options is not None:
        methods.append(ProofMethod.PASSKEY.value)
    return {"methods": methods, "webauthn": options}
