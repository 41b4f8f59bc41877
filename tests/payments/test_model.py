"""Payment, books and proof against a plain model, over many drawn courses of events: one half."""

import pytest

from tests.payments.model import real
from tests.payments.model.course import compare_over_drawn_courses, players, shop

__all__ = ["players", "shop"]

pytestmark = [pytest.mark.django_db, pytest.mark.model]


def test_the_product_does_what_the_model_says(
    players: dict[str, real.Player],
    shop: real.Shop,
) -> None:
    compare_over_drawn_courses(players, shop)
