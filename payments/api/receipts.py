"""Receipts for anybody who has the code, and the keys to check them with."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, MoneyOut, moment_out
from core.errors import NotFound
from payments.queries.receipts import ReceiptFacts, published_keys, receipt_by_code, receipt_link

KEYS_FOR_SECONDS = 300


class ReceiptPartyOut(serializers.Serializer[Any]):
    """One side, under its masked legal name."""

    kind = serializers.CharField()
    name = serializers.CharField()


class ReceiptOut(serializers.Serializer[Any]):
    """A receipt: ``signed_text`` and ``signature`` prove it, ``state`` is how it stands now."""

    code = serializers.CharField()
    url = serializers.CharField()
    state = serializers.CharField(help_text="At this moment; not a part of what was signed.")
    state_detail = serializers.CharField()
    kind = serializers.CharField()
    amount = MoneyOut()
    payer = ReceiptPartyOut()
    payee = ReceiptPartyOut()
    completed_at = serializers.CharField()
    issued_at = serializers.CharField()
    signed_text = serializers.CharField(help_text="RFC 8785 canonical JSON.")
    signature = serializers.CharField(help_text="Ed25519 over its UTF-8 bytes, base64url.")
    key_id = serializers.CharField()


class ReceiptKeyOut(serializers.Serializer[Any]):
    """A public key as a JWK; ``nbf`` and ``exp`` say when it signed, in seconds."""

    kty = serializers.CharField()
    crv = serializers.CharField()
    x = serializers.CharField()
    kid = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()
    nbf = serializers.IntegerField()
    exp = serializers.IntegerField(required=False)


class ReceiptKeysOut(serializers.Serializer[Any]):
    """Every key that receipts were signed with."""

    keys = ReceiptKeyOut(many=True)


class ReceiptView(ApiView):
    """One receipt."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="read_receipt", responses={200: ReceiptOut})
    def get(self, request: Request, code: str) -> Response:  # noqa: ARG002 - The framework's.
        """Show a receipt to anybody who has its code: masked, signed, with its state of now."""
        found = receipt_by_code(code)
        if found is None:
            raise NotFound
        return Response(receipt_out(found), headers={"Cache-Control": "no-store"})


class ReceiptKeysView(ApiView):
    """The keys."""

    authentication_classes = ()
    permission_classes = ()

    @extend_schema(operation_id="list_receipt_keys", responses={200: ReceiptKeysOut})
    def get(self, request: Request) -> Response:  # noqa: ARG002 - The framework's.
        """List every key that receipts were signed with, the newest first (RFC 7517)."""
        headers = {"Cache-Control": f"public, max-age={KEYS_FOR_SECONDS}"}
        return Response({"keys": published_keys()}, headers=headers)


def receipt_out(receipt: ReceiptFacts) -> dict[str, Any]:
    """Return a receipt as JSON."""
    content = receipt.content
    return {
        **(receipt_link(receipt.code) or {}),
        "state": receipt.state,
        "state_detail": receipt.state_words,
        "kind": content["kind"],
        "amount": content["amount"],
        "payer": content["payer"],
        "payee": content["payee"],
        "completed_at": content["completed_at"],
        "issued_at": moment_out(receipt.issued_at),
        "signed_text": receipt.signed_text,
        "signature": receipt.signature,
        "key_id": receipt.key_id,
    }
