"""What passkeys are bound to, however an operator writes the public URL."""

import pytest

from config.passkeys import passkey_domain, passkey_origins


@pytest.mark.parametrize(
    ("public_url", "domain", "origins"),
    [
        ("https://pay.example.org", "pay.example.org", ["https://pay.example.org"]),
        ("https://Pay.Example.org/", "pay.example.org", ["https://pay.example.org"]),
        ("https://pay.example.org:443", "pay.example.org", ["https://pay.example.org"]),
        ("https://pay.example.org:8443/x", "pay.example.org", ["https://pay.example.org:8443"]),
        ("http://127.0.0.1:80", "localhost", ["http://127.0.0.1", "http://localhost:8000"]),
        ("http://[::1]:8000", "localhost", ["http://[::1]:8000", "http://localhost:8000"]),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(
    public_url: str, domain: str, origins: list[str]
) -> None:
    assert passkey_domain(public_url) == domain
    assert passkey_origins(public_url, 8000, is_sandbox=True) == origins
