"""What stands around every page: a phone's bar, and what is behind its "More"."""

import pytest

from merchants.enums import Role
from merchants.portal.frame import more_of, navigation
from tests.portal import cast

MORE = '<button type="button" popovertarget="more-menu" {}>'


@pytest.mark.parametrize(
    ("section", "is_current"), [("disputes", True), ("team", True), ("orders", False), ("", False)]
)
def test_more_says_what_waits_behind_it_and_that_one_is_there(
    section: str, *, is_current: bool
) -> None:
    entries = navigation(Role.OWNER, {"inbox": 7, "orders": 3, "disputes": 2})
    assert more_of(entries, section) == {"number": 2, "is_current": is_current}


@pytest.mark.django_db
def test_a_phones_bar_marks_more_on_the_pages_behind_it(owner: cast.Clerk) -> None:
    assert MORE.format('aria-current="true"') in owner.body("/team")
    assert MORE.format("") in owner.body("/orders")
