"""Device keys: what is taken, what is refused, and what a signature proves."""

from typing import Any

import pytest

from people.keys import KeyInvalid, is_signed, read_key
from tests.people.cast import Ed25519Key, P256Key, b64, unb64

GOOD = P256Key().jwk
DIGEST = bytes(range(32))
FIELD = 2**255 - 19


def little(number: int) -> str:
    return b64(number.to_bytes(32, "little"))


HOSTILE: dict[str, Any] = {
    "nothing": None,
    "a text": "key",
    "a list": [GOOD],
    "an empty object": {},
    "another curve": {**GOOD, "crv": "P-384"},
    "secp256k1": {**GOOD, "crv": "secp256k1"},
    "RSA": {"kty": "RSA", "n": b64(b"n" * 256), "e": "AQAB"},
    "a symmetric key": {"kty": "oct", "k": b64(b"k" * 32)},
    "X25519": {"kty": "OKP", "crv": "X25519", "x": b64(b"k" * 32)},
    "a point that is not on the curve": {**GOOD, "y": GOOD["x"]},
    "the origin": {**GOOD, "x": b64(bytes(32)), "y": b64(bytes(32))},
    "coordinates beyond the field": {**GOOD, "x": b64(b"\xff" * 32), "y": b64(b"\xff" * 32)},
    "a short coordinate": {**GOOD, "x": b64(b"\x01" * 31)},
    "a long coordinate": {**GOOD, "x": b64(b"\x01" * 33)},
    "padding": {**GOOD, "x": GOOD["x"] + "="},
    "the wrong alphabet": {**GOOD, "x": "+" + GOOD["x"][1:]},
    "no y": {name: value for name, value in GOOD.items() if name != "y"},
    "a number as coordinate": {**GOOD, "x": 5},
    "a list as coordinate": {**GOOD, "x": [GOOD["x"]]},
    "letters beyond ASCII": {**GOOD, "x": "é" * 43},
    "a private half": {**GOOD, "d": b64(b"\x01" * 32)},
    "Ed25519's zero": {"kty": "OKP", "crv": "Ed25519", "x": little(0)},
    "Ed25519's one": {"kty": "OKP", "crv": "Ed25519", "x": little(1)},
    "Ed25519's point of order two": {"kty": "OKP", "crv": "Ed25519", "x": little(FIELD - 1)},
    "Ed25519's point of order eight": {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": b64(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
    },
    "Ed25519's other point of order eight": {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": b64(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")),
    },
    "Ed25519 beyond the field": {"kty": "OKP", "crv": "Ed25519", "x": little(FIELD + 3)},
    "Ed25519 off the curve": {"kty": "OKP", "crv": "Ed25519", "x": little(2)},
}


@pytest.mark.parametrize("jwk", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_key_is_refused(jwk: Any) -> None:
    with pytest.raises(KeyInvalid):
        read_key(jwk)


@pytest.mark.parametrize("make", [P256Key, Ed25519Key])
def test_a_good_key_keeps_only_what_checking_needs(make: Any) -> None:
    for _ in range(20):
        key = make()
        found = read_key(key.jwk)
        assert set(found.jwk) == {"kty", "crv", "x", "y"} & set(key.jwk)
        assert read_key(found.jwk) == found
        assert is_signed(found.jwk, DIGEST, key.sign(DIGEST))


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    """Appendix A.3 of RFC 8037 (read 2026-11)."""
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    found = read_key({"kty": "OKP", "crv": "Ed25519", "x": x})
    assert found.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("make", [P256Key, Ed25519Key])
def test_only_this_keys_signature_over_this_digest_passes(make: Any) -> None:
    key, other = make(), make()
    jwk = read_key(key.jwk).jwk
    good = key.sign(DIGEST)
    assert is_signed(jwk, DIGEST, good)
    assert not is_signed(jwk, DIGEST, other.sign(DIGEST))
    assert not is_signed(jwk, bytes(32), good)
    for place in range(64):
        raw = bytearray(unb64(good))
        raw[place] ^= 1
        assert not is_signed(jwk, DIGEST, b64(bytes(raw)))
    for hostile in (
        "",
        "A",
        good[:-1],
        good + "A",
        good + "==",
        b64(bytes(64)),
        "é" * 86,
        "\ud800",
    ):
        assert not is_signed(jwk, DIGEST, hostile)


def test_a_signature_in_der_is_not_webcryptos() -> None:
    key = P256Key()
    raw = unb64(key.sign(DIGEST))
    der = b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
    assert not is_signed(read_key(key.jwk).jwk, DIGEST, b64(der))
