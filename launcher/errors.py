"""What the launcher cannot do, said in one sentence a person can act on."""


class LauncherError(Exception):
    """Something outside our control prevents the start; the text says what to do."""
