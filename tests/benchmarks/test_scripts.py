"""Every script of the benchmarks runs once against the product as it is; nothing is timed."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from benchmarks.house import House
from benchmarks.people import Crowd, gather_crowd, make_quotes
from benchmarks.pgbench import SCRIPTS, Load, Ran, find_pgbench, run_script
from benchmarks.proof import prove
from benchmarks.scenes.payment import ready, write_script
from benchmarks.world import Books, fill_books, open_land
from launcher.databases import OWNER, make_url
from payments.models import LedgerTransfer, Payment
from tests.embedded import owned_socket_folder

pytestmark = pytest.mark.django_db(transaction=True)
FUNDED = 30


@pytest.fixture
def house(tmp_path: Path) -> House:
    name = str(connection.settings_dict["NAME"])
    url = make_url(owned_socket_folder(), role=OWNER, database=name)
    return House(tmp_path, find_pgbench(), "", url, url, os.getpid())


@pytest.fixture
def books(house: House) -> Books:
    return fill_books(house, accounts=FUNDED)


@pytest.fixture
def crowd(house: House) -> Crowd:
    open_land()
    return gather_crowd(house, count=20)


def once(house: House, script: Path, variables: Mapping[str, int]) -> Ran:
    return run_script(house.pgbench, house.product, script, Load(1, 0, 1, variables))


def test_transfers_run(house: House, books: Books) -> None:
    variables = {**books.range, "hot": books.hot, "size": 10}
    for name, count in (("single.sql", 1), ("hot.sql", 1), ("batch.sql", 10)):
        before = LedgerTransfer.objects.count()
        assert once(house, SCRIPTS / name, variables).transactions == 1
        assert LedgerTransfer.objects.count() == before + count
    assert prove().broken == ()


def test_a_complete_payment_runs_and_is_proven(house: House, crowd: Crowd) -> None:
    script = write_script(house.folder)
    load = ready(house, crowd, made=0, count=2, clients=1)
    assert run_script(house.pgbench, house.product, script, load).transactions == 2
    assert list(Payment.objects.values_list("state", flat=True)) == ["authorized"] * 2
    assert prove().broken == ()


def test_a_payment_by_passkey_is_made(house: House, crowd: Crowd, settings: Settings) -> None:
    settings.TROCO_PASSKEY_DOMAIN = "localhost"
    settings.TROCO_PASSKEY_ORIGINS = ["http://localhost:8000"]
    (digest,) = make_quotes(house, crowd, [7], proven=False)
    phone = crowd.phone(7)
    answer = Client().post(
        "/v1/payments",
        {"quote": "quo_bench_7", "proof": phone.passkey.approve(digest)},
        content_type="application/json",
        headers={"Authorization": f"Bearer {phone.token}", "Idempotency-Key": "key-7"},
    )
    assert answer.status_code == 201, answer.content
    assert prove().broken == ()
