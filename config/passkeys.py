"""What passkeys are bound to, worked out from where the instance is reached."""

import ipaddress
from urllib.parse import urlsplit

HERE = "localhost"


def passkey_domain(public_url: str) -> str:
    """Return the relying party's id: the host of the public URL, or ``localhost`` for this machine.

    Source: https://www.w3.org/TR/webauthn-3/#relying-party-identifier (a domain, no address).
    """
    host = urlsplit(public_url).hostname or HERE
    try:
        return HERE if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return host


def passkey_origins(public_url: str, port: int, *, is_sandbox: bool) -> list[str]:
    """Return the origins whose pages may use passkeys, without a path.

    Args:
        public_url: How the world reaches the instance.
        port: Of the front door; a sandbox on this machine is also reached by name.
        is_sandbox: Whether plain HTTP on this machine is one of them.
    """
    parts = urlsplit(public_url)
    origins = [f"{parts.scheme}://{parts.netloc}"]
    if is_sandbox and passkey_domain(public_url) == HERE:
        origins.append(f"http://{HERE}:{port}")
    return list(dict.fromkeys(origins))
