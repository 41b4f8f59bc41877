"""Wiring: settings, the three pages of ways in, and the processes."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
