"""A real simulated bank for these tests, and a country that is open."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.bank_simulator.harness import SECRET, Simulator


@pytest.fixture(scope="session")
def bank_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with Simulator(tmp_path_factory.mktemp("bank") / "books.sqlite3") as started:
        yield started


@pytest.fixture
def simulator(bank_process: Simulator, settings: Settings) -> Simulator:
    """The simulated bank, with the product pointed at it."""
    url = str(bank_process.client.base_url).rstrip("/")
    settings.TROCO_SIMULATOR_URL = url
    settings.TROCO_SIMULATOR_SECRET = SECRET
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [url]
    return bank_process


@pytest.fixture
def brazil(db: None, simulator: Simulator) -> Simulator:
    """Brazil, open with two banks; the banks are returned."""
    # Not imported above: this file is read before Django's settings are there.
    import_module("tests.payments.cast").open_land(simulator)
    return simulator


@pytest.fixture
def sandboxland(db: None, simulator: Simulator) -> Simulator:
    """The country whose licence lets the operator hold balances, open with two banks."""
    cast = import_module("tests.payments.cast")
    cast.open_land(simulator, "XX", banks=cast.XX_BANKS, holds=True)
    return simulator


@pytest.fixture
def fresh_banks(tmp_path: Path, settings: Settings) -> Iterator[Simulator]:
    """A simulator of this test alone, whose clock, days and books are its own."""
    with Simulator(tmp_path / "books.sqlite3") as started:
        url = str(started.client.base_url).rstrip("/")
        settings.TROCO_SIMULATOR_URL = url
        settings.TROCO_SIMULATOR_SECRET = SECRET
        settings.TROCO_HTTP_ALLOWED_ORIGINS = [url]
        yield started


@pytest.fixture
def fresh_brazil(db: None, fresh_banks: Simulator) -> Simulator:
    """Brazil, open, at banks of this test alone."""
    import_module("tests.payments.cast").open_land(fresh_banks)
    return fresh_banks
