"""Fixtures of these tests. Pytest reads this file before Django is set up."""

from importlib import import_module
from typing import Any

import pytest

from tests.merchants.conftest import ana, bakery, carla, ze
from tests.payments.conftest import bank_process, brazil, simulator

__all__ = ["ana", "bakery", "bank_process", "brazil", "carla", "simulator", "ze"]


def _cast() -> Any:
    return import_module("tests.portal.cast")


@pytest.fixture
def planned(db: None) -> None:
    """Brazil, known and closed."""
    _cast().plan_brazil()


@pytest.fixture
def counter(planned: None) -> Any:
    """Zé, signed in, and his bakery in a country that takes no purchases yet."""
    return _cast().owner_of("Zé", "Padaria do Zé")


@pytest.fixture
def owner(counter: Any) -> Any:
    """Zé at his portal."""
    return counter[0]


@pytest.fixture
def shop(counter: Any) -> Any:
    """Padaria do Zé."""
    return counter[1]


@pytest.fixture
def cashier(shop: Any) -> Any:
    """Lia, who works there."""
    return _cast().cashier_of(shop)


@pytest.fixture
def stranger(planned: None) -> Any:
    """Carla at the portal of her own shop; she must see nothing of the bakery's."""
    return _cast().owner_of("Carla", "Quitanda da Carla")[0]


@pytest.fixture
def bread(shop: Any) -> Any:
    """Ten loaves at R$ 1,50."""
    return import_module("tests.merchants.cast").new_product(shop)
