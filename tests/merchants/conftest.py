"""Fixtures of these tests: the cast, and a shop with something to sell.

Pytest reads this file before Django is set up, so the tables are reached by name.
"""

from importlib import import_module
from typing import Any

import pytest

from tests.payments.conftest import (
    bank_process,
    brazil,
    fresh_banks,
    fresh_brazil,
    simulator,
)

__all__ = ["bank_process", "brazil", "fresh_banks", "fresh_brazil", "simulator"]


def _cast() -> Any:
    return import_module("tests.merchants.cast")


@pytest.fixture
def ana(db: None) -> Any:
    """Ana buys."""
    return _cast().join("Ana")


@pytest.fixture
def carla(db: None) -> Any:
    """Carla has nothing to do with any of it and must see nothing."""
    return _cast().join("Carla")


@pytest.fixture
def ze(db: None) -> Any:
    """Zé owns the bakery."""
    return _cast().join("Zé")


@pytest.fixture
def shop(ze: Any) -> Any:
    """Padaria do Zé, in a country that takes no purchases yet."""
    return _cast().new_shop(ze.person)


@pytest.fixture
def bread(shop: Any) -> Any:
    """Ten loaves at R$ 1,50."""
    return _cast().new_product(shop)


@pytest.fixture
def bakery(brazil: Any, ze: Any) -> Any:
    """Padaria do Zé in an open Brazil, with an account that is paid out to."""
    return _cast().new_paid_shop(brazil, ze.person)


@pytest.fixture
def program(shop: Any) -> Any:
    """The bakery's own program, with a key that opens everything."""
    return import_module("tests.merchants.program").Program(shop)
