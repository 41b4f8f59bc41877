"""What every test may use: a private Postgres, real threads, the application's database role."""

import importlib.util
import os
import threading
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import psycopg
import pytest
from django.db import connection, connections
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation
from hypothesis import HealthCheck, settings

from launcher.databases import APPLICATION, make_url
from tests.embedded import (
    EmbeddedServer,
    forget_counts,
    keep_baseline,
    owned_socket_folder,
    prepare_migrated,
    refuse_strange_database,
    restore_baseline,
    use_migrated,
)
from tests.stuck import (
    LONG_TEST_SECONDS,
    TEST_SECONDS,
    bound_the_end,
    bounded,
    tell_on_signal,
)

# How long a draw takes says how busy the machine is, and nothing of the product.
settings.register_profile("troco", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("troco")

_SETTINGS = "config.settings"
_server_key = pytest.StashKey[EmbeddedServer]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the server before pytest-django reads the settings (its hook comes last).

    Where workers of xdist run the tests, each has its own; who only starts them needs none.
    """
    tell_on_signal()
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        prepare_migrated()
        return
    server = EmbeddedServer()
    config.stash[_server_key] = server
    server.start()
    if _settings_exist():
        os.environ["DJANGO_SETTINGS_MODULE"] = _SETTINGS
        django.setup()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let no test hold up the run for ever, its fixtures included."""
    is_long = item.get_closest_marker("long") is not None
    with bounded(LONG_TEST_SECONDS if is_long else TEST_SECONDS):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """Let nothing that was started hold up the end for ever."""
    bound_the_end()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Let no test speak the language in which another one's page was shown."""
    translation.deactivate()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this run started."""
    server = config.stash.get(_server_key, None)
    if server is not None:
        server.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Spread the files over the workers: the longest first, those that start servers apart.

    Nobody shall wait for a file that began last, and three servers at once are slow for all. By
    hand the order stays as it is read.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, int]:
    """Mix the files, always in the same way."""
    name = item.nodeid.partition("::")[0]
    return item.get_closest_marker("model") is None, zlib.crc32(name.encode())


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Number the files that tests are given: their bytes are no name for a test."""
    return argname if isinstance(val, bytes) else None


def _settings_exist() -> bool:
    try:
        return importlib.util.find_spec(_SETTINGS) is not None
    except ModuleNotFoundError:
        return False


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_modify_db_settings: None,
    django_test_environment: None,
    django_db_blocker: Any,
    request: pytest.FixtureRequest,
) -> Iterator[None]:
    """Make this worker's database, remember what migrations put into it, drop it at the end."""
    verbosity = request.config.option.verbose
    with django_db_blocker.unblock():
        refuse_strange_database(connection)
        use_migrated()
        made = setup_databases(verbosity=verbosity, interactive=False, serialized_aliases=[])
        keep_baseline()
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: restore_baseline())
    yield
    patch.undo()
    with django_db_blocker.unblock():
        _close_strays()
        teardown_databases(made, verbosity=verbosity)


def _close_strays() -> None:
    """Close what threads left open, such as the connection that sends hints.

    The whole server is this process's own: a backend that nobody reads from, in whatever
    database, would hold up the end of the test's database for ever.
    """
    refuse_strange_database(connection)
    with psycopg.connect(os.environ["TROCO_TEST_SUPERUSER_URL"], autocommit=True) as superuser:
        superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    connections.close_all()


@pytest.fixture
def app_role_dsn(transactional_db: None) -> str:
    """URL of this test's database for the role that the product runs as."""
    name = str(connection.settings_dict["NAME"])
    return make_url(owned_socket_folder(), role=APPLICATION, database=name, scheme="postgresql")


@pytest.fixture
def uncounted(db: None) -> None:
    """Plans are made as on the first day, whatever ran before."""
    forget_counts()


InThreads = Callable[..., list[Any]]


@pytest.fixture
def in_threads(transactional_db: None) -> InThreads:
    """Run callables at once, each in a thread and with a connection of its own.

    ``in_threads(work, times=100)`` or ``in_threads(*works)``; the answer holds, in order, what
    each returned or the exception it raised.
    """

    def run(*works: Callable[[], Any], times: int = 1) -> list[Any]:
        jobs = list(works) * times
        gate = threading.Barrier(len(jobs))
        with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
            return list(pool.map(lambda job: _outcome(job, gate), jobs))

    return run


def _outcome(job: Callable[[], Any], gate: threading.Barrier) -> Any:
    try:
        gate.wait(timeout=30)
        return job()
    except Exception as error:  # noqa: BLE001 - the test looks at it.
        return error
    finally:
        connections.close_all()


@pytest.fixture
def names_of() -> Callable[[Sequence[Any]], list[str]]:
    """Name each outcome of ``in_threads``: the exception's class, or ``ok``."""
    return lambda outcomes: sorted(
        type(each).__name__ if isinstance(each, Exception) else "ok" for each in outcomes
    )
