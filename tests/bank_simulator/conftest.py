"""One simulator process for the tests that do not move its clock; each test has its own bank."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_simulator.harness import Bank, Simulator


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator(tmp_path_factory.mktemp("bank") / "books.sqlite3") as started:
        yield started


@pytest.fixture
def own_simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A process of this test alone, whose clock and life are its own."""
    with Simulator(tmp_path / "books.sqlite3") as started:
        yield started


@pytest.fixture
def bank(simulator: Simulator) -> Bank:
    return simulator.open_bank()
