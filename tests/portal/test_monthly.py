"""The statement of a month makes itself once it is over, and is told to those who read it."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import clock
from core.clock import business_now
from merchants.enums import JobKind, JobState, Role
from merchants.models import Shop, ShopJob
from merchants.services.jobs import JobWish, queue_job
from merchants.services.monthly import make_due_statements
from merchants.services.reviews import approve_in_sandbox
from merchants.services.statements import month_of
from merchants.services.team import add_member
from tests.bank_simulator.harness import Simulator
from tests.merchants import cast as consumers
from tests.payments.cast import new_payer, work
from tests.portal import cast
from tests.portal.test_figures import _bought

pytestmark = pytest.mark.django_db(transaction=True)
MONTH_AND_MORE = 35 * 24 * 3600


@pytest.fixture
def clerk(bakery: Shop) -> cast.Clerk:
    person = cast.hire("Zé")
    add_member(shop_id=bakery.pk, actor=None, person=person, role=Role.OWNER)
    approve_in_sandbox(shop_id=bakery.pk)
    return cast.signed_in(person)


def test_a_month_is_stated_once_and_told(
    clerk: cast.Clerk, bakery: Shop, brazil: Simulator
) -> None:
    roll = consumers.new_product(bakery, "Rosca", 333, None)
    _bought(new_payer(brazil, "Ana"), bakery, roll.public_id, 3)
    idle = consumers.new_shop(clerk.person, "Quitanda")
    clock.advance(MONTH_AND_MORE)
    assert [make_due_statements() for _ in range(2)] == [1, 0]
    work()
    job = ShopJob.objects.get()
    assert (job.shop_id, job.state, job.made_type) == (bakery.pk, "done", "application/pdf")
    bakery.refresh_from_db()
    idle.refresh_from_db()
    assert bakery.stated_until is not None
    assert job.wish["last_day"] == bakery.stated_until.isoformat()
    assert idle.stated_until == bakery.stated_until
    told = [
        row for row in clerk.get("/notifications").context["rows"] if "statement" in row["title"]
    ]
    assert [row["href"] for row in told] == [f"/portal/jobs/{job.public_id}"]
    answer: Any = clerk.get(f"/jobs/{job.public_id}/file")
    assert answer.content.startswith(b"%PDF")


def test_months_in_which_nobody_ticked_are_made_one_after_the_other(
    clerk: cast.Clerk, bakery: Shop, brazil: Simulator
) -> None:
    """The clock stood for more than half a year: five jobs at once, then the rest, none twice."""
    roll = consumers.new_product(bakery, "Rosca", 333, None)
    _bought(new_payer(brazil, "Ana"), bakery, roll.public_id, 3)
    first = month_of(bakery.created_at.astimezone(ZoneInfo(bakery.timezone)).date())[0]
    clock.advance(7 * 31 * 24 * 3600)
    assert [make_due_statements() for _ in range(2)] == [5, 0]
    work()
    made = 5 + make_due_statements()
    work()
    assert make_due_statements() == 0
    jobs = ShopJob.objects.filter(shop=bakery).order_by("id")
    assert set(jobs.values_list("state", flat=True)) == {"done"}
    days = [date.fromisoformat(job.wish["first_day"]) for job in jobs]
    wanted = [first]
    while len(wanted) < made:
        wanted.append(month_of(wanted[-1])[1] + timedelta(days=1))
    assert days == wanted
    bakery.refresh_from_db()
    today = business_now().astimezone(ZoneInfo(bakery.timezone)).date()
    assert bakery.stated_until == month_of(today)[0] - timedelta(days=1)
    assert bakery.stated_until == month_of(days[-1])[1]


def test_a_shop_with_much_under_way_has_it_later(
    clerk: cast.Clerk, bakery: Shop, brazil: Simulator
) -> None:
    roll = consumers.new_product(bakery, "Rosca", 333, None)
    _bought(new_payer(brazil, "Ana"), bakery, roll.public_id, 3)
    clock.advance(MONTH_AND_MORE)
    for _ in range(5):
        wish = JobWish(kind=JobKind.IMPORT, facts={"rows": 1, "agreed": False})
        queue_job(shop_id=bakery.pk, actor=clerk.person, wish=wish)
    assert make_due_statements() == 0
    ShopJob.objects.update(state=JobState.STOPPED, ended_at=bakery.created_at)
    assert make_due_statements() == 1
