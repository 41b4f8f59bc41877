"""The secret of the shop's number on its page: made anew with an overlap, and switched."""

from typing import Any

import pytest

from merchants.models import Line
from merchants.services.lines import open_line
from tests.portal import cast

pytestmark = pytest.mark.django_db
PAGE = "/developers/number"


def test_two_secrets_count_until_somebody_switches(owner: cast.Clerk, shop: Any) -> None:
    before = open_line(shop_id=shop.pk, actor=None).app_secret
    assert "Two secrets count" not in owner.body(PAGE)
    shown = owner.post(PAGE, overlap="24", code=cast.code_of(owner.person))
    assert shown.status_code == 200
    assert shown["Cache-Control"] == "no-store"
    assert before not in shown.content.decode()
    line = Line.objects.get()
    assert line.old_app_secret_until is not None
    assert "Two secrets count" in owner.body(PAGE)
    assert owner.post(PAGE, verb="switch", code="000000").status_code == 422
    assert Line.objects.get() == line
    assert owner.post(PAGE, verb="switch", code=cast.code_of(owner.person)).status_code == 303
    line = Line.objects.get()
    assert (line.old_app_secret, line.old_app_secret_until) == ("", None)
    assert "Two secrets count" not in owner.body(PAGE)


def test_an_overlap_that_is_not_offered_changes_nothing(owner: cast.Clerk, shop: Any) -> None:
    open_line(shop_id=shop.pk, actor=None)
    before = Line.objects.values().get()
    for wrong in ({}, {"overlap": "9999"}):
        answer = owner.post(PAGE, code=cast.code_of(owner.person), **wrong)
        assert answer.status_code == 422
    assert Line.objects.values().get() == before
