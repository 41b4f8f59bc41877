from core.ids import derive_uuid, new_id


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
