"""The ways in which a bank misbehaves in the fault programme, each by the simulator's switches.

F6 of the test programme. A behaviour strikes both banks at once: the payers' while money is
collected and given back, the shops' while it is delivered and settled.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.payments.settlement_cast import PAYERS_BANK, SHOPS_BANK

TIMEOUT_SECONDS = 0.5
"""How long the product waits for a bank here; what is late or held is so by a little more."""

_LATE = TIMEOUT_SECONDS + 0.3
BOTH = (PAYERS_BANK, SHOPS_BANK)


@dataclass(frozen=True)
class Switch:
    """A fault of the simulator, where it is set, and what else it takes."""

    fault: str
    probability: float = 0.12
    banks: tuple[str, ...] = BOTH
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Behaviour:
    """A way to misbehave.

    Attributes:
        name: What tests and figures call it.
        says: What the bank does, for the page of figures.
        by_day: Switched on before the first payment, off in the morning.
        at_night: Switched on after the half of the payments, off in the morning.
        on_paper: Switched on before the first payment, off when the bank corrects its statement.
    """

    name: str
    says: str
    by_day: tuple[Switch, ...] = ()
    at_night: tuple[Switch, ...] = ()
    on_paper: tuple[Switch, ...] = ()


BEHAVIOURS = (
    Behaviour("no_reply", "hears nothing, answers nothing", (Switch("lost"),)),
    Behaviour(
        "late_reply",
        "executes, answers after our time-out",
        (Switch("late", more={"delay_seconds": _LATE}),),
    ),
    Behaviour(
        "broken_reply",
        "executes, then the connection breaks",
        (Switch("executed_but_timeout"),),
    ),
    Behaviour(
        "late_execution",
        "executes after our time-out",
        (Switch("executes_after_timeout", more={"delay_seconds": _LATE}),),
    ),
    Behaviour(
        "denied_then_found",
        "executes, denies it twice, then knows it",
        (Switch("not_found_then_found", more={"times": 2}),),
    ),
    Behaviour(
        "denied_for_ever",
        "executes, and denies it until its statement",
        (Switch("not_found_then_found", more={"times": 99}),),
    ),
    Behaviour(
        "refusals",
        "refuses debits, credits, and the way back",
        (Switch("reject", 0.2, more={"reason": "AC04"}),),
    ),
    Behaviour("unavailable", "says that it is not available", (Switch("unavailable", 0.3),)),
    Behaviour("closed_at_night", "closes in the middle of the day", at_night=(Switch("down", 1),)),
    Behaviour(
        "accepts_then_rejects",
        "takes the file in and rejects a part of it",
        (Switch("batch_partial_reject", 0.4, banks=(SHOPS_BANK,)),),
    ),
    Behaviour(
        "lost_receipt",
        "takes the file in, its answer is lost",
        (Switch("batch_lost_answer", 1, banks=(SHOPS_BANK,)),),
    ),
    Behaviour(
        "missing_line",
        "leaves a line out of its statement",
        on_paper=(Switch("statement_missing_line", 1, more={"count": 1}),),
    ),
    Behaviour(
        "doubled_line",
        "lists a movement twice",
        on_paper=(Switch("statement_doubled_line", 1, more={"count": 1}),),
    ),
    Behaviour(
        "wrong_line",
        "lists a movement with another amount",
        on_paper=(Switch("statement_changed_amount", 1, more={"count": 1}),),
    ),
    Behaviour(
        "all_at_once",
        "does all of it",
        (
            Switch("lost", 0.04),
            Switch("executed_but_timeout", 0.04),
            Switch("executes_after_timeout", 0.04, more={"delay_seconds": _LATE}),
            Switch("not_found_then_found", 0.04, more={"times": 99}),
            Switch("reject", 0.04),
            Switch("unavailable", 0.04),
            Switch("batch_partial_reject", 0.3, banks=(SHOPS_BANK,)),
            Switch("batch_lost_answer", 1, banks=(SHOPS_BANK,)),
        ),
        on_paper=(Switch("statement_missing_line", 1, more={"count": 1}),),
    ),
)
"""Each plays a day of payments and of settlement, see ``fault_day``."""
