"""How to reach the database that Django uses, for connections that are not Django's."""

from typing import Any

from django.db import connections

Address = dict[str, Any]

_NAMES = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


def address() -> Address:
    """Return the arguments of a connection of our own."""
    known = connections["default"].settings_dict
    return {key: known[name] for key, name in _NAMES.items() if known.get(name)}
