"""Fixtures of these tests: Marta and Otto are staff and may do everything.

Pytest reads this file before Django is set up, so the doors are reached by name.
"""

from importlib import import_module
from typing import Any

import pytest


@pytest.fixture
def doors(db: None) -> Any:
    return import_module("tests.admin.doors")


@pytest.fixture
def marta(doors: Any) -> Any:
    """Marta, signed in."""
    doors.hire("marta", is_superuser=True)
    return doors.enter("marta")


@pytest.fixture
def otto(doors: Any) -> Any:
    """Otto, signed in."""
    doors.hire("otto", is_superuser=True)
    return doors.enter("otto")
