"""The clock: what runs by itself, how often, and why at that pace.

Every entry is a nudge to look at what Postgres says is due; running one twice, or late, does
no harm.
"""

from datetime import timedelta
from typing import TypedDict


class Tick(TypedDict):
    """One line of the clock: a task and its pace."""

    task: str
    schedule: timedelta


SCHEDULE: dict[str, Tick] = {
    # A nudge that was lost costs this long at most.
    "duties": {"task": "core.drain_duties", "schedule": timedelta(seconds=5)},
    # An act of staff is in the chain within a second of its commit.
    "audit": {"task": "people.chain_audit", "schedule": timedelta(seconds=1)},
    # Somebody is being forced to pay: staff hear of it within this long.
    "duress": {"task": "people.tell_of_duress", "schedule": timedelta(seconds=5)},
    # Stock of an unpaid order is free again within this long of its end.
    "orders": {"task": "merchants.expire_orders", "schedule": timedelta(seconds=15)},
    # A refund nobody approved already reads as expired; this ends it and tells its asker.
    "proposals": {"task": "merchants.expire_refund_proposals", "schedule": timedelta(seconds=60)},
    # A request already reads as expired; this tells both sides in their chat.
    "requests": {"task": "payments.expire_requests", "schedule": timedelta(seconds=30)},
    # Money of a payee who did not enrol goes back within this long of the end of its time.
    "claims": {"task": "payments.settle_claims", "schedule": timedelta(seconds=30)},
    # A country whose conditions fail closes within a minute; the last check may be five old.
    "countries": {"task": "payments.check_countries", "schedule": timedelta(seconds=60)},
    # Three bad probes close a connector: a bank that is down shows within a minute.
    "health": {"task": "payments.probe_health", "schedule": timedelta(seconds=20)},
    # A cutoff is acted on within this long; each batch takes one step further.
    "settlements": {"task": "payments.run_due_settlements", "schedule": timedelta(seconds=15)},
    # First look-up after 90 s: asking every 15 s finds it soon after.
    "unknowns": {"task": "payments.look_up_unknowns", "schedule": timedelta(seconds=15)},
    # Banks publish overnight; a sandbox whose clock moved wants it soon.
    "statements": {"task": "payments.import_due_statements", "schedule": timedelta(seconds=30)},
    # Deadlines are days; a minute late is on time.
    "disputes": {"task": "payments.advance_disputes", "schedule": timedelta(seconds=60)},
    # Inboxes stay short enough to be read at once.
    "fold": {"task": "payments.fold_ledger", "schedule": timedelta(seconds=5)},
    # Late, a statement adds up some more lines.
    "marks": {"task": "payments.mark_owed", "schedule": timedelta(hours=1)},
    # A broadcast begins within this long of its time; a large one goes on in the next turns.
    "broadcasts": {"task": "merchants.send_broadcasts", "schedule": timedelta(seconds=10)},
    # Somebody whose portal is closed hears of an order within this long.
    "pushes": {"task": "merchants.read_for_pushes", "schedule": timedelta(seconds=5)},
    # On the first of a month its statement is there before the accountant is.
    "monthly": {"task": "merchants.make_statements", "schedule": timedelta(minutes=10)},
    # A mail that tells of a statement may take its time; one that was refused waits longer.
    "mails": {"task": "merchants.mail_statements", "schedule": timedelta(minutes=2)},
    # Whoever opens a conversation wants its small pictures; most are made at once.
    "thumbnails": {"task": "messaging.add_thumbnails", "schedule": timedelta(seconds=30)},
    # What nobody sent is a day old; another quarter of an hour is nothing.
    "leftovers": {"task": "messaging.remove_leftovers", "schedule": timedelta(minutes=15)},
    # Housekeeping; nothing waits for any of them.
    "rations": {"task": "people.forget_rations", "schedule": timedelta(minutes=10)},
    "challenges": {"task": "people.forget_challenges", "schedule": timedelta(minutes=10)},
    "webhooks": {"task": "merchants.forget_old_news", "schedule": timedelta(minutes=10)},
    "sweep": {"task": "core.sweep", "schedule": timedelta(minutes=10)},
}
