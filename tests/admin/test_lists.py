"""Every list and every record opens, costs the same for one row and three, and writes nothing."""

from typing import Any

from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.doors import inline_parts
from tests.admin.rows import MAKERS

MOST_QUERIES = 12
# Three of each are the session, the person and the second factor; then the count, the rows, and
# what a filter offers or the rows' parties.
QUERIES: dict[str, int] = {
    "core_duty": 5,
    "core_heartbeat": 5,
    "core_tick": 5,
    "merchants_disputepaper": 5,
    "merchants_externalmeans": 5,
    "merchants_line": 5,
    "merchants_linetemplate": 5,
    "merchants_order": 5,
    "merchants_paperlink": 5,
    "merchants_paymentlink": 5,
    "merchants_product": 5,
    "merchants_productpicture": 5,
    "merchants_refundproposal": 5,
    "merchants_savedview": 5,
    "merchants_shipment": 5,
    "merchants_shop": 5,
    "merchants_shopjob": 5,
    "merchants_shopkey": 5,
    "merchants_shopreview": 5,
    "merchants_statementmail": 5,
    "merchants_statementmailing": 5,
    "merchants_webhookdelivery": 5,
    "merchants_webhookendpoint": 5,
    "messaging_conversation": 5,
    "messaging_report": 5,
    "payments_availabilitycheck": 6,
    "payments_bank": 6,
    "payments_bankagreement": 6,
    "payments_breaker": 6,
    "payments_bankcallback": 5,
    "payments_banktrouble": 6,
    "payments_caseterms": 6,
    "payments_chargeback": 5,
    "payments_country": 7,
    "payments_countrycapability": 6,
    "payments_dayoverride": 5,
    "payments_dayproof": 6,
    "payments_dispute": 6,
    "payments_feerule": 5,
    "payments_fundingsource": 6,
    "payments_ledgeraccount": 8,
    "payments_ledgertransfer": 6,
    "payments_limitdecision": 7,
    "payments_limitrule": 5,
    "payments_limitsettings": 6,
    "payments_limitusage": 7,
    "payments_missingline": 7,
    "payments_notification": 6,
    "payments_payment": 6,
    "payments_paymentrequest": 5,
    "payments_payout": 6,
    "payments_payoutaccount": 6,
    "payments_personallimit": 7,
    "payments_receipt": 5,
    "payments_receiptkey": 5,
    "payments_refund": 5,
    "payments_regulatorclearance": 6,
    "payments_regulatorhold": 6,
    "payments_settlementbatch": 6,
    "payments_statement": 6,
    "payments_statementline": 7,
    "payments_takenback": 5,
    "payments_toolarge": 7,
    "payments_wayback": 5,
    "people_approvalrequest": 6,
    "people_auditentry": 5,
    "people_device": 5,
    "people_freeze": 5,
    "people_identity": 5,
    "people_party": 5,
    "people_passkey": 5,
    "people_person": 5,
    "people_pinrecovery": 5,
    "people_proof": 5,
}


def _path(name: str) -> str:
    return f"/admin/{name.replace('_', '/', 1)}/"


def _cost(client: Any, name: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        page = client.get(_path(name))
    assert (name, page.status_code) == (name, 200)
    # The session's last use is written now and then, whatever the page.
    return sum(query["sql"].startswith("SELECT") for query in asked.captured_queries)


def test_every_table_that_staff_see_is_tested() -> None:
    tables = (model._meta for model in admin.site._registry)  # noqa: SLF001 - no other way.
    shown = {f"{meta.app_label}_{meta.model_name}" for meta in tables}
    assert shown == {*MAKERS, "auth_group"}


def test_a_list_costs_the_same_for_one_row_and_three(marta: Any) -> None:
    costs: dict[str, list[int]] = {}
    for name, make in MAKERS.items():
        make()
        costs[name] = [_cost(marta, name)]
        make()
        make()
        costs[name].append(_cost(marta, name))
    assert costs == {name: [count, count] for name, count in QUERIES.items()}
    assert max(QUERIES.values()) <= MOST_QUERIES


def test_records_open_without_anything_inline_and_show_no_token(marta: Any) -> None:
    found = {}
    for name, make in MAKERS.items():
        page = marta.get(f"{_path(name)}{make().pk}/change/")
        bad = inline_parts(page) + inline_parts(marta.get(_path(name)))
        found[name] = (page.status_code, bad, b"tok-secret" in page.content)
    assert found == dict.fromkeys(MAKERS, (200, [], False))


def test_nothing_is_added_changed_or_deleted_by_hand(marta: Any) -> None:
    answers = {}
    for name, make in MAKERS.items():
        row = make()
        path = f"{_path(name)}{row.pk}/"
        answers[name] = [
            marta.post(f"{path}change/", {"state": "x"}).status_code,
            marta.get(f"{path}delete/").status_code,
            marta.post(f"{path}delete/", {"post": "yes"}).status_code,
            marta.get(f"{_path(name)}add/").status_code,
        ]
        assert type(row).objects.filter(pk=row.pk).exists()
    assert answers == {name: [403, 403, 403, 403] for name in MAKERS}


def test_lists_are_searched_and_narrowed(marta: Any) -> None:
    for name, make in MAKERS.items():
        row = make()
        words = str(getattr(row, "public_id", "pty_1"))
        page = marta.get(_path(name), {"q": words})
        assert (name, page.status_code, words in page.content.decode()) == (name, 200, True)
