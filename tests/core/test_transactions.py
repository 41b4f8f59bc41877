import pytest

from core.transactions import OwnershipError, joins, owns, owns_block, refuse_owner


@owns
def pay() -> str:
    return "paid"


@joins
def note() -> str:
    return "noted"


@pytest.mark.django_db
def test_an_owner_refuses_to_nest() -> None:
    assert pay() == "paid"
    with owns_block(), pytest.raises(OwnershipError):
        pay()


@pytest.mark.django_db
def test_a_joiner_refuses_to_run_alone() -> None:
    with pytest.raises(OwnershipError):
        note()
    with owns_block():
        assert note() == "noted"


@pytest.mark.django_db
def test_a_stranger_is_not_spoken_to_inside_a_transaction() -> None:
    refuse_owner("call")
    with owns_block(), pytest.raises(OwnershipError):
        refuse_owner("call")


@pytest.mark.django_db
def test_ownership_ends_with_a_failure() -> None:
    with pytest.raises(ZeroDivisionError), owns_block():
        raise ZeroDivisionError
    assert pay() == "paid"
