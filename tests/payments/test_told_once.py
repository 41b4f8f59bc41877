"""What a payment is told as JSON in one answer is what the same question tells in rows."""

import json
from typing import Any

import pytest
from django.db import connection

from payments.enums import Capability
from payments.models import LimitRule, LimitUsage
from payments.queries.limits import told_rules
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_payer, prove_the_books, work
from tests.payments.test_limits_personal import brl, choose

pytestmark = pytest.mark.django_db
KINDS = ["person_to_person", "any"]
AS_ROWS = """
SELECT json_agg(row_to_json(rule))
  FROM limits_of_v2(%s, %s, 'BR', %s::text[], %s, %s) AS rule
"""
AS_JSON = "SELECT limits_told_v1(%s, %s, 'BR', %s::text[], %s, %s)"


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def answer(question: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        found = cursor.fetchone()[0]
    return json.loads(found) if isinstance(found, str) else found


def same_limits(payer: Someone, payee: Someone) -> list[dict[str, Any]]:
    values = [payer.person.party_id, payee.person.party_id, KINDS, "verified", "verified"]
    rows, told = told_rules(answer(AS_ROWS, values)), told_rules(answer(AS_JSON, values))
    assert told == rows
    return rows


def test_limits_are_told_alike_with_and_without_what_somebody_set(
    ana: Someone, bruno: Someone
) -> None:
    assert {rule["has_own"] for rule in same_limits(ana, bruno)} == {False}
    choose(ana, ("person_to_person", "sent_per_month"), brl(900_00))
    assert [rule["name"] for rule in same_limits(ana, bruno) if rule["has_own"]] == [
        "sent_per_month"
    ]
    assert {rule["has_own"] for rule in same_limits(bruno, ana)} == {False}


@pytest.mark.usefixtures("brazil")
@pytest.mark.parametrize("country", ["BR", "IN", "QQ"])
def test_whether_a_country_is_open_is_told_alike(country: str) -> None:
    for capability in Capability.values:
        rows = answer(
            "SELECT json_agg(row_to_json(facts))"
            "  FROM payments_capability_facts_v2(%s, ARRAY[%s]::text[], now()) AS facts",
            [country, capability],
        )
        told = answer("SELECT payments_openness_v1(%s, %s, now())", [country, capability])
        assert [told] == (rows or [None])


def test_counters_that_are_there_and_counters_that_are_not_are_raised_once(
    ana: Someone, bruno: Someone, brazil: Simulator
) -> None:
    """To Carla, Ana's counters stand already and Carla's do not."""
    carla = new_payer(brazil, "Carla", bank="banco-mar")
    for payee in (bruno, carla, carla):
        assert ana.pay({"party": payee.party}, 10_00).status_code == 201
    work()
    rule = LimitRule.objects.get(country="BR", name="sent_per_month", tier="")
    used = LimitUsage.objects.filter(rule_id=rule.id)
    assert list(used.values_list("party_id", "used")) == [(ana.person.party_id, 30_00)]
    prove_the_books()
