"""From where a shop's key opens: at both doors, behind our own front, and edited in the portal."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from core.api import address_of, is_within, network_of
from core.errors import InputInvalid
from merchants.enums import KeyScope
from merchants.models import Shop, ShopCall, ShopKey
from merchants.services.key_addresses import limit_addresses
from merchants.services.keys import roll_key
from merchants.services.lines import open_line
from people.models import AuditEntry
from tests.merchants.cast import Caller, new_shop
from tests.merchants.program import Program, problem

pytestmark = pytest.mark.django_db
HERE, AWAY = "203.0.113.7", "198.51.100.1"
REFUSED = {
    "type": "https://troco.example/errors#key_address_refused",
    "status": 403,
    "code": "key_address_refused",
}


@pytest.fixture
def shop(ze: Caller) -> Shop:
    return new_shop(ze.person, "Padaria do Zé")


@pytest.fixture
def program(shop: Shop) -> Program:
    return Program(shop, *(each for each in KeyScope if each != KeyScope.REFUNDS))


def limit(program: Program, person: Any, *addresses: str) -> None:
    key = program.key
    limit_addresses(
        shop_id=key.shop_id, actor=person, key_id=key.public_id, addresses=list(addresses)
    )


def call(program: Program, path: str, **environ: str) -> Any:
    return Client().get(path, headers=program.headers, **environ)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({"REMOTE_ADDR": HERE}, HERE),
        ({"REMOTE_ADDR": HERE, "HTTP_X_FORWARDED_FOR": AWAY}, HERE),
        ({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": HERE}, HERE),
        ({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": f"{AWAY}, {HERE}"}, HERE),
        ({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": f"unknown, {HERE}"}, HERE),
        ({"REMOTE_ADDR": "::ffff:203.0.113.7"}, HERE),
        ({"REMOTE_ADDR": "2001:db8::1"}, "2001:db8::1"),
        ({"REMOTE_ADDR": ""}, "None"),
        ({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "unknown"}, "None"),
    ],
)
def test_only_the_socket_and_our_front_say_where_a_call_comes_from(
    environ: dict[str, str], address: str
) -> None:
    assert str(address_of(RequestFactory().get("/", **environ))) == address  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("networks", "address", "is_in"),
    [
        ([HERE], HERE, True),
        ([HERE], "203.0.113.8", False),
        (["203.0.113.0/24"], "203.0.113.255", True),
        (["203.0.113.0/24"], "203.0.114.0", False),
        (["2001:db8::/32"], "2001:db8:ffff::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        (["10.0.0.0/8", "2001:db8::1"], "2001:db8::1", True),
        (["10.0.0.0/8"], "::1", False),
    ],
)
def test_an_address_lies_in_a_range_of_its_own_kind(
    networks: list[str], address: str, is_in: object
) -> None:
    where = address_of(RequestFactory().get("/", REMOTE_ADDR=address))
    assert is_within(where, networks) is is_in
    assert not is_within(None, networks)
    assert [str(network_of(each)) for each in networks]


def test_the_shop_s_door_opens_from_there_and_from_nowhere_else(
    program: Program, ze: Caller
) -> None:
    assert call(program, "/v1/shop/orders", REMOTE_ADDR=AWAY).status_code == 200
    limit(program, ze.person, "203.0.113.0/24", "2001:db8::/32")
    for address in (HERE, "2001:db8::7", "::ffff:203.0.113.9"):
        assert call(program, "/v1/shop/orders", REMOTE_ADDR=address).status_code == 200
    claimed = {"REMOTE_ADDR": AWAY, "HTTP_X_FORWARDED_FOR": HERE}
    refused = call(program, "/v1/shop/orders", **claimed)
    told = problem(refused)
    assert {name: told[name] for name in ("status", "code")} == {
        "status": 403,
        "code": "key_address_refused",
    }
    assert told["address"] == AWAY
    behind = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": HERE}
    assert call(program, "/v1/shop/orders", **behind).status_code == 200
    statuses = ShopCall.objects.order_by("id").values_list("http_status", flat=True)
    assert list(statuses) == [200, 200, 200, 200, 403, 200]
    limit(program, ze.person)
    assert call(program, "/v1/shop/orders", REMOTE_ADDR=AWAY).status_code == 200


def test_nothing_is_made_from_elsewhere(program: Program, ze: Caller, shop: Shop) -> None:
    limit(program, ze.person, HERE)
    body = {"name": "Pão", "price": {"amount_minor": 150, "currency": "BRL"}}
    reply = program.post("/v1/shop/products", body, key="once")
    assert (reply.status_code, reply.json()["code"]) == (403, "key_address_refused")
    assert shop.products.count() == 0


def test_the_cloud_s_door_refuses_in_its_own_shape(
    program: Program, ze: Caller, shop: Shop
) -> None:
    line = open_line(shop_id=shop.pk, actor=ze.person).line
    path = f"/cloud/v23.0/{line.phone_number}"
    assert call(program, path, REMOTE_ADDR=AWAY).status_code == 200
    limit(program, ze.person, HERE)
    assert call(program, path, REMOTE_ADDR=HERE).status_code == 200
    refused = call(program, path, REMOTE_ADDR=AWAY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, 10)
    assert "only from the addresses" in refused.json()["error"]["message"]
    latest = ShopCall.objects.order_by("-id").first()
    assert latest is not None
    assert latest.http_status == 403


def test_a_rolled_key_opens_from_where_the_old_one_did(program: Program, ze: Caller) -> None:
    limit(program, ze.person, HERE)
    made = roll_key(shop_id=program.key.shop_id, actor=ze.person, key_id=program.key.public_id)
    assert made.key.addresses == [HERE]


def test_a_list_is_kept_in_order_once_and_written_down(program: Program, ze: Caller) -> None:
    limit(program, ze.person, "2001:DB8::/32", f" {HERE} ", "10.0.0.0/8", "::ffff:203.0.113.7")
    key = ShopKey.objects.get(pk=program.key.pk)
    assert key.addresses == ["10.0.0.0/8", HERE, "2001:db8::/32"]
    entry = AuditEntry.objects.get(action="shop_key.addresses_changed")
    assert entry.after == {"addresses": key.addresses}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("padaria.example", "“padaria.example” is no address."),
        ("203.0.113.7/24", "write 203.0.113.0/24"),
        ("203.0.113.256", "is no address."),
        ("203.0.113.7-9", "is no address."),
        ("0.0.0.0/0", "That is everywhere."),
        ("::/0", "That is everywhere."),
        ("fe80::1%eth0", "is no address."),
        ("010.0.0.1", "is no address."),
        ("", "is no address."),
    ],
)
def test_what_is_no_address_is_told_and_nothing_changes(
    program: Program, ze: Caller, wrong: str, words: str
) -> None:
    limit(program, ze.person, HERE)
    with pytest.raises(InputInvalid) as caught:
        limit(program, ze.person, AWAY, wrong)
    (error,) = caught.value.extra["field_errors"]["addresses"]  # type: ignore[index]
    assert words in str(error["detail"])
    assert ShopKey.objects.get(pk=program.key.pk).addresses == [HERE]


@pytest.mark.parametrize("halves", [("0.0.0.0/1", "128.0.0.0/1"), ("::/1", "8000::/1")])
def test_two_halves_are_everywhere(program: Program, ze: Caller, halves: tuple[str, str]) -> None:
    limit(program, ze.person, HERE)
    with pytest.raises(InputInvalid) as caught:
        limit(program, ze.person, AWAY, *halves)
    (error,) = caught.value.extra["field_errors"]["addresses"]  # type: ignore[index]
    assert str(error["detail"]) == "That is everywhere. Leave the list empty for it."
    assert ShopKey.objects.get(pk=program.key.pk).addresses == [HERE]


def test_a_range_of_ipv4_in_the_clothes_of_ipv6_is_what_it_is(program: Program, ze: Caller) -> None:
    limit(program, ze.person, "::ffff:203.0.113.0/120", "::ffff:10.0.0.1")
    assert ShopKey.objects.get(pk=program.key.pk).addresses == ["10.0.0.1", "203.0.113.0/24"]


def test_fifty_are_enough(program: Program, ze: Caller) -> None:
    with pytest.raises(InputInvalid):
        limit(program, ze.person, *(f"10.0.0.{number}" for number in range(51)))
    limit(program, ze.person, *(f"10.0.0.{number}" for number in range(50)))
    assert len(ShopKey.objects.get(pk=program.key.pk).addresses) == 50
