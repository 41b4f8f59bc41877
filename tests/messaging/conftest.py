"""Ana, Bruno and Carla with a phone each; Padaria do Zé is a business.

The cast is imported when a fixture runs: this file is read before the settings are.
"""

from typing import TYPE_CHECKING

import pytest

from tests.payments.conftest import bank_process, brazil, simulator

if TYPE_CHECKING:
    from people.queries import PartyFacts
    from tests.messaging.cast import Phone


def _phone(number: str, name: str) -> "Phone":
    from tests.messaging.cast import make_phone  # noqa: PLC0415

    return make_phone(number, name)


@pytest.fixture
def ana(db: None) -> "Phone":
    return _phone("+5511987654321", "Ana")


@pytest.fixture
def bruno(db: None) -> "Phone":
    return _phone("+5511976543210", "Bruno")


@pytest.fixture
def carla(db: None) -> "Phone":
    return _phone("+5521987654329", "Carla")


@pytest.fixture
def padaria(db: None) -> "PartyFacts":
    from tests.messaging.cast import make_padaria  # noqa: PLC0415

    return make_padaria()


@pytest.fixture
def talk(ana: "Phone", bruno: "Phone") -> str:
    """Return the public id of Ana's and Bruno's conversation."""
    from tests.messaging.cast import make_talk  # noqa: PLC0415

    return make_talk(ana, bruno)


__all__ = ["bank_process", "brazil", "simulator"]
