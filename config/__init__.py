"""Wiring: settings, the three pages of ways in, and the processes."""

import gc

# A third of a start would be spent on looking for garbage in what has just been loaded and stays:
# not before the apps are ready, see ``config.apps``.
gc.disable()

from config.celery import app as celery_app  # noqa: E402 - It is the first of what is loaded.

__all__ = ["celery_app"]
