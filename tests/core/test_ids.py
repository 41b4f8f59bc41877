from uuid import RFC_4122, UUID

import pytest

from core.ids import derive_uuid, new_id

# The first and the last millisecond with and without a UUID that begins with the time.
ORDERED = "pay_01M8AJDS000000000000000C1S"
BEFORE = "pay_01M8AJDRZZ0000000000000C1S"


def test_ids_are_prefixed_long_and_never_alike() -> None:
    made = [new_id("pay") for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {len(one) for one in made} == {30}
    assert all(one.startswith("pay_") for one in made)


def test_ids_sort_by_the_millisecond_they_were_made_in() -> None:
    made = [new_id("pay")[:14] for _ in range(1000)]
    assert made == sorted(made)


def test_the_uuid_of_a_fact_is_always_the_same_one() -> None:
    assert derive_uuid("pay_1", "collect") == derive_uuid("pay_1", "collect")
    assert derive_uuid("pay_1", "collect") != derive_uuid("pay_1", "deliver")


def test_a_fact_made_before_keeps_the_uuid_that_was_written_for_it() -> None:
    assert derive_uuid(BEFORE, "collect") == UUID("a07402d6-b68e-5dd0-8da6-6b35360f3263")
    assert derive_uuid(BEFORE, "collect").version == 5


def test_the_uuid_of_a_later_fact_begins_with_its_time() -> None:
    found = derive_uuid(ORDERED, "collect")
    assert found == UUID("01a21526-e400-8158-9b7f-a63df224af4c")
    assert (found.version, found.variant) == (8, RFC_4122)
    assert found.int >> 80 == 1_795_651_200_000
    assert derive_uuid(ORDERED, "deliver").int >> 80 == found.int >> 80
    assert derive_uuid(ORDERED, "deliver") != found


def test_uuids_of_facts_sort_as_the_facts_do() -> None:
    facts = [f"pay_01M8AJDS{at:02d}0000000000000C1S" for at in range(99)]
    derived = [derive_uuid(fact, "collect") for fact in facts]
    assert derived == sorted(derived)


@pytest.mark.parametrize(
    "fact",
    [
        "pay_1",
        "lin_7",
        f"{ORDERED}/3",
        ORDERED.lower(),
        "pay_Z1M8AJDS000000000000000C1S",
    ],
)
def test_a_fact_whose_id_tells_no_time_has_a_plain_hash(fact: str) -> None:
    assert derive_uuid(fact, "collect").version == 5
