"""The ways in which a bank misbehaves in the fault programme, each by the simulator's switches.

The first fifteen are those of F6 of the test programme, in its order; others follow. A behaviour
strikes both banks at once: the payers' while money is collected and given back, the shops' while it
is delivered and settled.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.payments.settlement_cast import PAYERS_BANK, SHOPS_BANK

TIMEOUT_SECONDS = 0.5
"""How long the product waits for a bank here; what is late or held is so by a little more."""

_LATE = {"delay_seconds": TIMEOUT_SECONDS + 0.3}
_DRIP = {"delay_seconds": TIMEOUT_SECONDS / 5}
_ONCE = {"count": 1}
BOTH = (PAYERS_BANK, SHOPS_BANK)
SHOPS = (SHOPS_BANK,)


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
        calls: Whether the bank calls us, as far as its faults let it.
        broken_tls: Of so many payments the connection's TLS handshake fails.
        breaks: Whether calls fail in a row, so that a breaker has to open.
    """

    name: str
    says: str
    by_day: tuple[Switch, ...] = ()
    at_night: tuple[Switch, ...] = ()
    on_paper: tuple[Switch, ...] = ()
    calls: bool = False
    broken_tls: float = 0
    breaks: bool = False


_EXECUTES_LATE = Switch("executes_after_timeout", more=_LATE)

F6 = (
    Behaviour("no_reply", "hears nothing, answers nothing", (Switch("lost"),)),
    Behaviour("late_reply", "executes, answers after our time-out", (Switch("late", more=_LATE),)),
    Behaviour(
        "duplicate",
        "calls three times, lists a movement twice",
        (_EXECUTES_LATE, Switch("callback_duplicate", 1, more={"times": 3})),
        on_paper=(Switch("statement_doubled_line", 1, more=_ONCE),),
        calls=True,
    ),
    Behaviour(
        "reordered",
        "executes and calls in another order than asked",
        (_EXECUTES_LATE, Switch("callback_out_of_order", 0.5, more={"delay_seconds": 3})),
        calls=True,
    ),
    Behaviour(
        "server_error",
        "answers 500, whether it executed or not",
        (Switch("server_error", 0.08), Switch("executed_but_server_error", 0.08)),
    ),
    Behaviour("garbage", "executes, answers 200 with a page of HTML", (Switch("garbage"),)),
    Behaviour(
        "accepts_then_rejects",
        "accepts the file, rejects a part of it at the cutoff",
        (Switch("batch_accept_then_reject", 0.4, banks=SHOPS),),
    ),
    Behaviour(
        "partial_file",
        "breaks off in the middle of answers and statements",
        (Switch("cut_short"), Switch("cut_short", 1, SHOPS, {"direction": "batch", **_ONCE})),
        on_paper=(
            Switch("statement_cut_short", 1, more=_ONCE),
            Switch("cut_short", 0.5, more={"direction": "statement", "count": 2}),
        ),
    ),
    Behaviour(
        "slow_drip",
        "executes, answers byte by byte",
        (Switch("slow_drip", more=_DRIP), Switch("slow_drip", more={"direction": "look_up"})),
    ),
    Behaviour("tls_error", "fails the TLS handshake", broken_tls=0.2),
    Behaviour("wrong_amount", "executes, answers with another amount", (Switch("wrong_amount"),)),
    Behaviour("unknown_id", "executes, answers about another id", (Switch("unknown_id"),)),
    Behaviour(
        "replayed_callback",
        "has its calls replayed, some of an hour ago",
        (_EXECUTES_LATE, Switch("callback_stale", 0.3), Switch("callback_replayed", 1)),
        calls=True,
    ),
    Behaviour(
        "bad_signature",
        "is imitated: calls signed by another, some lies",
        (_EXECUTES_LATE, Switch("callback_bad_signature", 0.4), Switch("callback_forged", 0.7)),
        calls=True,
    ),
    Behaviour(
        "closed_at_night",
        "closes for the night in the middle of the day",
        at_night=(Switch("closed_at_night", 1),),
        breaks=True,
    ),
)
"""The fifteen of the programme."""

OTHERS = (
    Behaviour(
        "broken_reply",
        "executes, then the connection breaks",
        (Switch("executed_but_timeout"),),
    ),
    Behaviour("late_execution", "executes after our time-out", (_EXECUTES_LATE,)),
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
    Behaviour(
        "down", "goes down in the middle of the day", at_night=(Switch("down", 1),), breaks=True
    ),
    Behaviour(
        "rejects_a_part",
        "takes the file in and rejects a part of it",
        (Switch("batch_partial_reject", 0.4, banks=SHOPS),),
    ),
    Behaviour(
        "lost_receipt",
        "takes the file in, its answer is lost",
        (Switch("batch_lost_answer", 1, banks=SHOPS),),
    ),
    Behaviour(
        "too_many_questions",
        "loses answers, rations questions with 429",
        (Switch("executed_but_timeout"), Switch("too_many_requests", 0.7)),
    ),
    Behaviour(
        "missing_line",
        "leaves a line out of its statement",
        on_paper=(Switch("statement_missing_line", 1, more=_ONCE),),
    ),
    Behaviour(
        "doubled_line",
        "lists a movement twice",
        on_paper=(Switch("statement_doubled_line", 1, more=_ONCE),),
    ),
    Behaviour(
        "wrong_line",
        "lists a movement with another amount",
        on_paper=(Switch("statement_changed_amount", 1, more=_ONCE),),
    ),
    Behaviour(
        "unknown_line",
        "lists a movement that nobody asked for",
        on_paper=(Switch("statement_unknown_line", 1, more=_ONCE),),
    ),
    Behaviour(
        "all_at_once",
        "does all of it",
        (
            Switch("lost", 0.04),
            Switch("executed_but_timeout", 0.04),
            Switch("executes_after_timeout", 0.04, more=_LATE),
            Switch("not_found_then_found", 0.04, more={"times": 99}),
            Switch("reject", 0.04),
            Switch("unavailable", 0.04),
            Switch("batch_partial_reject", 0.3, banks=SHOPS),
            Switch("batch_lost_answer", 1, banks=SHOPS),
        ),
        on_paper=(Switch("statement_missing_line", 1, more=_ONCE),),
    ),
)
"""Further ones; each plays a day of payments and of settlement, see ``fault_day``."""

BEHAVIOURS = F6 + OTHERS
