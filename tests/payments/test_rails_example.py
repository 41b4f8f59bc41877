"""The worked example of ``docs/rails.md`` is a rail, word for word."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from pytest_django import Settings

from payments.rails import rail_named, rails_offering
from tests.bank_simulator.harness import Simulator
from tests.payments.rails_bench import NOON, ask, executed, open_account, point_at

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rails.md"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> str:
    """The example's file and its one line of the settings."""
    (text,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("tests_desk")
    exec(compile(text, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - Our own page.
    monkeypatch.setitem(sys.modules, "tests_desk", module)
    settings.TROCO_RAILS = {**settings.TROCO_RAILS, "desk": "tests_desk.DeskRail"}
    return "desk"


@pytest.mark.django_db
def test_the_example_does_what_the_page_says(
    desk: str, simulator: Simulator, settings: Settings
) -> None:
    bank, rail = simulator.open_bank(), rail_named(desk)
    account = open_account(bank, "sandbox", 9_000_00)
    wanted = "0" * 29
    names = rail.names(wanted, moment=NOON, member_id=lambda: "90000001")
    assert (names.instruction_id, names.end_to_end_id) == (wanted, f"90000-{wanted}")
    sent = ask(desk, bank, account, 5_000_00)
    assert rail.debit(sent).kind == "executed"
    assert executed(bank) == 1
    point_at(settings, "http://127.0.0.1:9")
    assert rail.debit(ask(desk, bank, account, 5_000_01)).reason == "AM02"
    assert rail.credit(sent).reason == "AG03"
    assert rail.submit_batch(bank.slug, b"<x/>").reason == "AG03"
    assert ("desk" in rails_offering("debit"), "desk" in rails_offering("batch")) == (True, False)
