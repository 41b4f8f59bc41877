"""What passkeys are bound to, worked out from where the instance is reached."""

import ipaddress
from urllib.parse import urlsplit

HERE = "localhost"
# A browser leaves out the usual port, and writes the host in small letters (RFC 6454, 6.2).
_USUAL_PORTS = {"http": 80, "https": 443}


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
    """Return the origins whose pages may use passkeys, as browsers write them.

    Args:
        public_url: How the world reaches the instance.
        port: Of the front door; a sandbox on this machine is also reached by name.
        is_sandbox: Whether plain HTTP on this machine is one of them.
    """
    parts = urlsplit(public_url)
    place = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if parts.port not in {None, _USUAL_PORTS.get(parts.scheme)}:
        place = f"{place}:{parts.port}"
    origins = [f"{parts.scheme}://{place}"]
    if is_sandbox and passkey_domain(public_url) == HERE:
        origins.append(f"http://{HERE}:{port}")
    return list(dict.fromkeys(origins))
