"""Fixtures of these tests. Pytest reads this file before Django is set up."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.look import browser
from tests.merchants.conftest import ana, bakery, carla, ze
from tests.payments.conftest import bank_process, brazil, fresh_banks, fresh_brazil, simulator
from tests.processes.instance import Instance

__all__ = [
    "ana",
    "bakery",
    "bank_process",
    "brazil",
    "carla",
    "fresh_banks",
    "fresh_brazil",
    "simulator",
    "ze",
]


pytest.register_assert_rewrite("tests.portal.drawn.sums")


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


Open = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance with all its processes, seeded without history, for every browser of this run."""
    made = Instance(tmp_path_factory.mktemp("portal"))
    try:
        made.start()
        # A person may pay little at night, and tests run at any hour.
        made.raise_limits()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="session")
def boss(place: Instance) -> Any:
    """José at the portal of the bakery that is his."""
    clerks, seed = _clerks(), import_module("config.seed.cast")
    return clerks.Clerk(place.url, seed.OWNER, clerks.fresh_codes(place))


@pytest.fixture(scope="module")
def buyer(place: Instance) -> Any:
    """Ana, who writes to the bakery and buys there, from her phone."""
    return _clerks().customer(place.url, "Ana Souza")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.browser() as started:
        yield started


@pytest.fixture
def open_page(chromium: Browser, boss: Any) -> Open:
    """Open a page of one width and theme, signed in as the owner."""

    @contextmanager
    def run(*, width: int = 1440, theme: str = "light") -> Iterator[Page]:
        with browser.page_of(chromium, width=width, theme=theme) as page:
            page.context.add_cookies(boss.cookies())
            yield page

    return run


def _clerks() -> Any:
    return import_module("tests.portal.clerks")
