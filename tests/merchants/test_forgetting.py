"""What shops' programs were told and called long ago is forgotten, however much it was."""

from datetime import timedelta

import pytest

from core.clock import wall_now
from merchants.models import Shop, ShopCall
from merchants.tasks import forget_news

pytestmark = pytest.mark.django_db


def test_more_old_calls_than_one_statement_takes_are_all_forgotten(shop: Shop) -> None:
    old, young = wall_now() - timedelta(days=8), wall_now()
    ShopCall.objects.bulk_create(
        ShopCall(
            shop=shop,
            at=young if number == 0 else old,
            method="GET",
            path="/v1/shop/orders",
            http_status=200,
            took_ms=1,
            request_id="",
        )
        for number in range(5_002)
    )
    assert forget_news() == 5_001
    assert ShopCall.objects.get().at == young
    assert forget_news() == 0
