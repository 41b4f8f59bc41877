"""Long work that somebody stops at the portal: it ends within a step, and says what it did."""

from typing import Any

import pytest

from core.events import Later
from merchants.enums import JobKind, JobState
from merchants.models import Product, ShopJob
from merchants.services import jobs
from merchants.services.imports import do_import
from tests.payments.cast import work
from tests.payments.settlement_cast import local_day
from tests.portal import cast

pytestmark = pytest.mark.django_db
ROWS = "Title,Variant SKU,Variant Price\n" + "".join(f"Item {n},I-{n},1.00\n" for n in range(700))


@pytest.fixture
def job(owner: cast.Clerk, shop: Any) -> ShopJob:
    """An import of 700 rows that somebody has just asked for."""
    wish = {"filename": "c.csv", "rows": 700, "agreed": False}
    asked = jobs.JobWish(kind=JobKind.IMPORT, facts=wish, given=ROWS)
    return jobs.queue_job(shop_id=shop.pk, actor=owner.person, wish=asked)


def step(job: ShopJob) -> None:
    """Do the first of two steps."""
    with pytest.raises(Later):
        jobs.work_on(job_id=job.public_id, steps={JobKind.IMPORT: do_import}, seconds=0)


def stopped(owner: cast.Clerk, job: ShopJob) -> str:
    """Press "Stop", let the worker hear of it, and read the page."""
    path = f"/jobs/{job.public_id}"
    assert 'value="stop"' in owner.body(path)
    assert owner.post(path, verb="stop").status_code == 303
    work()
    job.refresh_from_db()
    assert job.state == JobState.STOPPED
    page = owner.body(path)
    assert 'value="stop"' not in page
    return page


def test_one_that_was_only_looking_has_changed_nothing(owner: cast.Clerk, job: ShopJob) -> None:
    step(job)
    page = stopped(owner, job)
    assert "Stopped after 500 of 700 rows." in page
    assert "Nothing was changed." in page
    assert not Product.objects.exists()


def test_what_was_taken_over_stays_and_is_told(owner: cast.Clerk, shop: Any, job: ShopJob) -> None:
    work()
    jobs.go_on(shop_id=shop.pk, job_id=job.public_id)
    step(job)
    page = stopped(owner, job)
    assert "Stopped after 500 of 700 rows." in page
    assert "What was taken over until then stays." in page
    assert 'href="/portal/catalogue?sort=changed"' in page
    assert Product.objects.count() == job.tally["new"] == 500


def test_a_statement_that_nobody_waits_for_makes_no_file(owner: cast.Clerk, shop: Any) -> None:
    day = local_day().isoformat()
    owner.post("/statements", **{"file": "csv", "from": day, "to": day})
    asked = ShopJob.objects.get()
    assert "No file was made." in stopped(owner, asked)
    assert owner.get(f"/jobs/{asked.public_id}/file").status_code == 404
