"""How passwords of the portal and the staff are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with the parameters that OWASP recommends, not Django's heavier ones.

    19 MiB and two passes cost 19 ms here; Django's defaults cost 190 ms, which makes the
    sign-in page a way to stop a machine of two cores.

    Source: OWASP Password Storage Cheat Sheet, Argon2id m=19456 t=2 p=1 (read 2026-11).
    """

    algorithm = "argon2"
    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
