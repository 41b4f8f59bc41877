"""Turns a database address into Django's settings for it."""

from typing import Any

from psycopg.conninfo import conninfo_to_dict


def database_from_url(
    url: str, *, pool_size: int = 0, statement_seconds: int = 0
) -> dict[str, Any]:
    """Return Django's settings for a Postgres address.

    Args:
        url: A libpq address; the host may be the folder of a Unix socket.
        pool_size: With more than 0, connections are kept in a pool of that size (web); with
            0 each thread keeps one for as long as it works (workers, commands).
        statement_seconds: The longest a statement may take; 0 means no limit of our own.
            A request also never waits longer than two seconds for a lock.
    """
    parts = conninfo_to_dict(url)
    # Only what goes through ``core.prepared`` is ever prepared: Django binds on the client.
    options: dict[str, Any] = {"prepare_threshold": 5}
    if statement_seconds:
        options["options"] = (
            f"-c statement_timeout={statement_seconds}s -c lock_timeout=2s"
            " -c idle_in_transaction_session_timeout=10s"
        )
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 5}
    return {
        "ENGINE": "config.postgres",
        "NAME": parts.get("dbname", "troco"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 0 if pool_size else 600,
        "CONN_HEALTH_CHECKS": not pool_size,
        "OPTIONS": options,
    }
