"""What programs are told of a shop: how it looks, where it is, when somebody answers."""

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from merchants.models import OpeningHours, Shop
from merchants.services.looks import put_logo
from tests.merchants import cast
from tests.merchants.test_review_papers import picture

pytestmark = pytest.mark.django_db


def test_a_shop_tells_where_it_is_how_it_looks_and_when_it_is_open(
    ana: cast.Caller, shop: Shop, ze: cast.Caller
) -> None:
    path = f"/v1/shops/{shop.public_id}"
    plain = ana.get(path).json()
    told = {name: plain[name] for name in ("address", "brand_colour", "logo", "hours")}
    assert told == {"address": "", "brand_colour": "", "logo": None, "hours": []}
    shop.address, shop.brand_colour = "Rua Augusta, 100", "#0a7d5c"
    shop.save(update_fields=["address", "brand_colour"])
    put_logo(shop_id=shop.pk, actor=ze.person, file=picture())
    spans = [(5, 420, 1440), (0, 840, 1110), (0, 360, 720)]
    for day, opens, closes in spans:
        OpeningHours.objects.create(
            shop=shop, weekday=day, opens_minute=opens, closes_minute=closes
        )
    shop.refresh_from_db()
    url = f"{settings.TROCO_PUBLIC_URL}/i/{shop.logo_ref}"
    whole = {
        **plain,
        "address": "Rua Augusta, 100",
        "brand_colour": "#0a7d5c",
        "logo": {"url": url, "small_url": f"{url}/small"},
        "hours": [
            {"weekday": 0, "opens": "06:00", "closes": "12:00"},
            {"weekday": 0, "opens": "14:00", "closes": "18:30"},
            {"weekday": 5, "opens": "07:00", "closes": "24:00"},
        ],
    }
    assert ana.get(path).json() == whole
    with CaptureQueriesContext(connection) as one:
        assert ana.get("/v1/shops").json()["data"] == [whole]
    for name in ("Quitanda", "Feira"):
        cast.new_shop(ze.person, name)
    with CaptureQueriesContext(connection) as three:
        shown = ana.get("/v1/shops").json()["data"]
    assert [each["hours"] for each in shown] == [[], [], whole["hours"]]
    assert len(three) == len(one)
