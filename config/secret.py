"""Secrets come from the environment; only a sandbox may do without."""

from environs import Env


def secret(env: Env, name: str, *, is_sandbox: bool) -> str:
    """Return a secret.

    Args:
        env: The environment.
        name: Its variable.
        is_sandbox: Whether a well-known value will do where none is set.

    Raises:
        EnvError: A live instance has none: it does not start.
    """
    if is_sandbox:
        return env.str(name, f"sandbox-only-{name.lower()}")
    return env.str(name)
