"""The one way to say no: a refusal with an HTTP status, a stable code and words."""


class Refusal(Exception):
    """What the bank answers instead of doing what was asked.

    Raised inside a store job it also undoes that job, so a refused call leaves no trace.
    A refusal that must leave a trace (a wrong verification code is counted) is returned by the
    job and raised outside of it.
    """

    def __init__(
        self, http_status: int, code: str, detail: str, *, retry_after: int | None = None
    ) -> None:
        """Keep what the caller will be told; `retry_after` is in seconds."""
        super().__init__(f"{code}: {detail}")
        self.retry_after = retry_after
        self.http_status = http_status
        self.code = code
        self.detail = detail


def not_found(what: str) -> Refusal:
    """Refuse because `what` does not exist here."""
    return Refusal(404, "not_found", f"{what} is not known here.")


def bank_unavailable() -> Refusal:
    """Refuse because the bank is down or plays being down."""
    return Refusal(503, "bank_unavailable", "The bank does not serve at the moment.")
