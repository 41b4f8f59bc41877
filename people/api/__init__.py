"""The people part of ``/v1``."""
