"""The only door to randomness, so that the same seed plays the same world again."""

import random  # noqa: TID251  # a simulator needs chance that can be repeated
import secrets
import sqlite3
import string

TOKEN_LETTERS = string.ascii_lowercase + string.digits
TOKEN_LENGTH = 24
CODE_LENGTH = 6


def fraction(seed: int, draw: int) -> float:
    """Return the `draw`-th number of `seed`'s sequence, at least 0 and below 1."""
    return random.Random(f"{seed}:{draw}").random()  # noqa: S311


def set_seed(connection: sqlite3.Connection, seed: int) -> None:
    """Make the names of new accounts repeatable.

    The same seed again changes nothing; another seed begins its own sequence.
    """
    connection.execute(
        "UPDATE world SET draws = CASE WHEN seed = ? THEN draws ELSE 0 END, seed = ?",
        (seed, seed),
    )


def account_names(connection: sqlite3.Connection) -> tuple[str, str, str]:
    """Draw a token, a verification code and the last four digits for a new account."""
    seed, draws = connection.execute("SELECT seed, draws FROM world").fetchone()
    source: random.Random = secrets.SystemRandom()
    if seed is not None:
        connection.execute("UPDATE world SET draws = draws + 1")
        source = random.Random(f"account:{seed}:{draws}")  # noqa: S311
    token = "tok_" + "".join(source.choices(TOKEN_LETTERS, k=TOKEN_LENGTH))
    code = "".join(source.choices(string.digits, k=CODE_LENGTH))
    last4 = "".join(source.choices(string.digits, k=4))
    return token, code, last4


def authorisation_code(authorisation_id: str) -> str:
    """Return the six characters that an issuer writes on an approved authorisation."""
    source = random.Random(f"authorisation:{authorisation_id}")  # noqa: S311
    return "".join(source.choices(string.ascii_uppercase + string.digits, k=CODE_LENGTH))


def new_code() -> str:
    """Draw a verification code that no seed foretells."""
    return "".join(secrets.choice(string.digits) for _ in range(CODE_LENGTH))
