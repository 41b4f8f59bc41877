from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.bots import Customer, Line, open_line
from tests.processes.cast import Someone
from tests.processes.instance import Instance


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance with all its processes, seeded without history, for the whole run."""
    made = Instance(tmp_path_factory.mktemp("instance"))
    try:
        made.start()
        assert Path(made.one("SHOW data_directory")) == made.home / "postgres"
        # The limits of a person are few payments a day; as an operator would, by data.
        made.raise_limits()
        yield made
    finally:
        made.stop()


@pytest.fixture
def instance(running: Instance) -> Iterator[Instance]:
    """The instance, whole before a test, and with proven books after it."""
    running.wait_until_ready()
    yield running
    running.wait_until_ready()
    running.prove_the_books()


@pytest.fixture
def line(instance: Instance) -> Iterator[Line]:
    """The bakery's number, with secrets of this test's own."""
    opened = open_line(instance)
    yield opened
    opened.listen_nowhere()


@pytest.fixture
def ana(instance: Instance) -> Customer:
    """Ana, who can talk with the bakery and not pay yet."""
    return Customer(Someone(instance, "Ana"))
