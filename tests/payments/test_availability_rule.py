"""The availability rule as a pure function: every condition, alone and at its edge."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from payments.queries.rule import ClearanceFact, Facts, HoldFact, evaluate, places_of, reason_from

TODAY = date(2026, 11, 23)
CLEARED = ClearanceFact("BCB-1", date(2026, 1, 1), None, None, 0, None)
GOOD = Facts(
    capability="purchase",
    state="open",
    min_live_banks=2,
    signed_banks=2,
    healthy_banks=2,
    has_limits=True,
    clearances=(CLEARED,),
    holds=(),
    enrolled_count=10,
    check_age_seconds=30.0,
    max_age_seconds=300,
    today=TODAY,
)


def hold(level: str, capability: str = "") -> HoldFact:
    return HoldFact("hld_1", level, "order 7", datetime(2026, 11, 22, tzinfo=UTC), capability)


def codes(facts: Facts) -> list[str]:
    return [reason.code for reason in evaluate(facts).reasons]


def test_all_conditions_met_is_open() -> None:
    verdict = evaluate(GOOD)
    assert verdict.is_open
    assert verdict.has_evidence
    assert verdict.missing == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"signed_banks": 1, "healthy_banks": 1}, "banks_missing"),
        ({"healthy_banks": 1}, "connectors_down"),
        ({"has_limits": False}, "limits_missing"),
        ({"clearances": ()}, "clearance_missing"),
        ({"check_age_seconds": 300.5}, "check_stale"),
        ({"check_age_seconds": None}, "check_stale"),
        ({"state": None}, "state_none"),
        ({"state": "planned"}, "state_planned"),
        ({"state": "ready"}, "state_ready"),
        ({"state": "suspended"}, "state_suspended"),
        ({"state": "closed"}, "state_closed"),
        ({"holds": (hold("stop_new"),)}, "regulator_hold"),
        ({"holds": (hold("stop_all"),)}, "regulator_hold"),
    ],
)
def test_each_condition_alone_closes(change: dict[str, object], code: str) -> None:
    facts = replace(GOOD, **change)  # type: ignore[arg-type]  # The parameters name the fields.
    assert codes(facts) == [code]
    assert not evaluate(facts).is_open
    assert evaluate(facts).reasons[0].words


def test_degraded_is_open_while_enough_banks_answer() -> None:
    assert codes(replace(GOOD, state="degraded")) == []


def test_a_check_of_the_greatest_age_still_counts() -> None:
    assert codes(replace(GOOD, check_age_seconds=300.0)) == []


def test_stop_new_lets_refunds_go_on_and_stop_all_does_not() -> None:
    refund = replace(GOOD, capability="refund", has_limits=False)
    assert codes(replace(refund, holds=(hold("stop_new"),))) == []
    assert codes(replace(refund, holds=(hold("stop_all"),))) == ["regulator_hold"]


@pytest.mark.parametrize(
    ("clearance", "expected"),
    [
        (replace(CLEARED, valid_from_date=TODAY), []),
        (replace(CLEARED, valid_from_date=date(2026, 11, 24)), ["clearance_not_yet"]),
        (replace(CLEARED, valid_to_date=TODAY), []),
        (replace(CLEARED, valid_to_date=date(2026, 11, 22)), ["clearance_expired"]),
        (replace(CLEARED, notified_date=date(2026, 11, 13), notice_days=10), []),
        (
            replace(CLEARED, notified_date=date(2026, 11, 14), notice_days=10),
            ["clearance_not_yet"],
        ),
        (replace(CLEARED, max_users=11), []),
        (replace(CLEARED, max_users=10), []),
        (replace(CLEARED, max_users=9), ["users_cap_passed"]),
    ],
)
def test_a_clearance_counts_from_its_day_to_its_day(
    clearance: ClearanceFact, expected: list[str]
) -> None:
    assert codes(replace(GOOD, clearances=(clearance,))) == expected


def test_a_full_pilot_takes_nobody_else_and_those_within_it_pay_on() -> None:
    full = replace(GOOD, clearances=(replace(CLEARED, max_users=10),))
    assert codes(full) == []
    enrolment = replace(full, capability="enrolment")
    assert codes(enrolment) == ["pilot_full"]
    assert evaluate(enrolment).has_evidence
    assert codes(replace(enrolment, enrolled_count=9)) == []


@pytest.mark.parametrize(
    ("caps", "places"),
    [((10,), 10), ((10, 40), 40), ((10, None), None), ((), None), ((3,), 3)],
)
def test_the_widest_clearance_of_today_says_how_many_may_take_part(
    caps: tuple[int | None, ...], places: int | None
) -> None:
    over = replace(CLEARED, max_users=500, valid_to_date=date(2026, 1, 2))
    clearances = (over, *(replace(CLEARED, max_users=cap) for cap in caps))
    for capability in ("enrolment", "purchase"):
        facts = replace(GOOD, capability=capability, clearances=clearances)
        assert places_of(facts) == places


def test_one_clearance_that_counts_is_enough() -> None:
    over = replace(CLEARED, valid_to_date=date(2026, 1, 2))
    assert codes(replace(GOOD, clearances=(over, CLEARED))) == []


def test_only_evidence_decides_whether_a_person_may_open() -> None:
    facts = replace(GOOD, state="ready", healthy_banks=0, check_age_seconds=None)
    assert evaluate(facts).has_evidence
    assert not evaluate(replace(facts, signed_banks=1)).has_evidence


def test_words_say_the_numbers_and_what_is_missing() -> None:
    verdict = evaluate(replace(GOOD, signed_banks=0, healthy_banks=0))
    assert verdict.reasons[0].words == ("0 of the 2 banks it takes have a live signed agreement.")
    assert verdict.missing == ("2 more banks with a live signed agreement",)
    one = evaluate(replace(GOOD, signed_banks=1, healthy_banks=1))
    assert one.missing == ("1 more bank with a live signed agreement",)


def test_a_reason_survives_being_written_down() -> None:
    reason = evaluate(replace(GOOD, clearances=())).reasons[0]
    assert reason_from(reason.written()) == reason
    banks = evaluate(replace(GOOD, healthy_banks=1)).reasons[0]
    assert reason_from(banks.written()).words == banks.words
