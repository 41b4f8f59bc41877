"""Who delivers sign-in codes: a sandbox may show them, a live instance may not."""

from environs import Env


def code_sender(env: Env, *, is_sandbox: bool) -> str:
    """Return who delivers codes and invitations.

    Args:
        env: The environment.
        is_sandbox: Whether codes may be read where no phone is: at the sandbox's door, in the log.

    Raises:
        ValueError: There is no such sender, or a live instance would show codes: it does not
            start.
    """
    sender = env.str("TROCO_CODE_SENDER", "sandbox" if is_sandbox else "gateway")
    if sender not in {"sandbox", "console", "gateway"}:
        raise ValueError("TROCO_CODE_SENDER is sandbox, console or gateway.")
    if not is_sandbox and sender != "gateway":
        raise ValueError(
            f"TROCO_CODE_SENDER={sender} would show sign-in codes to whoever reads this machine's"
            " log or doors. In live mode it is gateway, with TROCO_CODE_GATEWAY_URL."
        )
    if not is_sandbox and not env.str("TROCO_CODE_GATEWAY_URL", ""):
        raise ValueError("TROCO_CODE_GATEWAY_URL is missing: in live mode codes go by a gateway.")
    return sender
