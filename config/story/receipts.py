"""A receipt that a stranger checks, without the payer, the payee or Troco."""

import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from config.story.client import Browser, from_base64url
from config.story.tale import Tale

KEYS = "/.well-known/troco-receipt-keys.json"


def check_a_receipt(tale: Tale) -> None:
    """Anybody opens the receipt, and checks its signature offline."""
    told, ana = tale.transcript, tale.ana
    told.tell("Ana shows a stranger that she has paid: not a picture, an address.")
    link = ana.api.call("GET", f"/v1/payments/{tale.known['payment']}")["receipt"]
    path = f"/r/{link['code']}"
    page = Browser(tale.base_url, told, "A stranger").open(path)
    told.check("the page names nobody in full", found=ana.name in page, expected=False)
    receipt = tale.anyone.call("GET", f"/v1/receipts/{link['code']}")
    keys = tale.anyone.call("GET", KEYS)["keys"]
    told.tell("With both saved, no network is needed any more.")
    text, said = receipt["signed_text"], json.loads(receipt["signed_text"])
    key = next(key for key in keys if key["kid"] == said["key_id"])
    told.call(f"  · {said['payer']['name']} → {said['payee']['name']}: {said['amount']}")
    signature = receipt["signature"]
    told.check("signed by Troco", found=_is_signed(key["x"], text, signature), expected=True)
    more = text.replace(str(said["amount"]["amount_minor"]), "999999")
    told.check("with another amount", found=_is_signed(key["x"], more, signature), expected=False)
    unknown = f"/v1/receipts/{'0' * len(link['code'].replace('-', ''))}"
    tale.anyone.call("GET", unknown, expect=404, code="not_found")


def _is_signed(public_x: str, text: str, signature: str) -> bool:
    """Tell whether a signature over a text holds."""
    key = Ed25519PublicKey.from_public_bytes(from_base64url(public_x))
    try:
        key.verify(from_base64url(signature), text.encode())
    except InvalidSignature:
        return False
    return True
