"""Who calls, typed: the authentication puts a person and a device on every request."""

from rest_framework.request import Request

from core.errors import Unauthenticated
from people.models import Device, Person


def person_of(request: Request) -> Person:
    """Return the calling person, with their party.

    Raises:
        Unauthenticated: The call came without a token.
    """
    if not isinstance(request.user, Person):
        raise Unauthenticated
    return request.user


def device_of(request: Request) -> Device:
    """Return the device that the call came from.

    Raises:
        Unauthenticated: The call came without a token.
    """
    if not isinstance(request.auth, Device):
        raise Unauthenticated
    return request.auth
