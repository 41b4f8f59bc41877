import pytest

from core.errors import StateConflict
from core.states import Moves

DOOR = Moves({"open": {"closed"}, "closed": {"open", "locked"}})


def test_the_table_tells_all_states_and_which_are_final() -> None:
    assert frozenset({"open", "closed", "locked"}) == DOOR.all
    assert frozenset({"locked"}) == DOOR.final
    assert list(DOOR) == [("closed", "locked"), ("closed", "open"), ("open", "closed")]


def test_an_allowed_move_passes_and_another_is_refused() -> None:
    DOOR.check("open", "closed")
    with pytest.raises(StateConflict) as refused:
        DOOR.check("locked", "open")
    assert refused.value.extra == {"state": "locked", "asked": "open"}
