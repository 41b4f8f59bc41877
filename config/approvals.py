"""Every act that waits for a second person, on one page.

A member of staff asks, a colleague with the permission approves, and then the act's service does
it in the same transaction (``people.services.approvals``). Holds, batches, refunds and disputes
count their two people themselves, by constraints of their own tables.
"""

from django.utils.translation import gettext_lazy as _

from merchants.services import reviews
from payments.services import limit_decisions, lines
from people.services import staff
from people.services.approvals import Approvable
from people.services.approvals import install as install_page

APPROVALS: dict[str, Approvable] = {
    reviews.APPROVE_ACTION: Approvable(
        words=_("Approve a shop of high risk"),
        permission="merchants.review_shop",
        asking="merchants.review_shop",
        snapshot=reviews.review_now,
        execute=reviews.approve_agreed,
    ),
    staff.GROUPS_ACTION: Approvable(
        words=_("Change what a member of staff may do"),
        permission="people.appoint_person",
        asking="people.appoint_person",
        snapshot=staff.groups_now,
        execute=staff.change_groups,
    ),
    limit_decisions.ACTION: Approvable(
        words=_("Set a limit of one person or shop for a time"),
        permission="payments.approve_limitdecision",
        asking="payments.decide_limitdecision",
        snapshot=limit_decisions.decision_now,
        execute=limit_decisions.put_decision,
    ),
    lines.PART_ACTION: Approvable(
        words=_("Say what a statement line was, or write it off"),
        permission="payments.approve_statementline",
        asking="payments.resolve_statementline",
        snapshot=lines.line_now,
        execute=lines.part_line,
    ),
    lines.RETURN_ACTION: Approvable(
        words=_("Send money nobody asked for back to its sender"),
        permission="payments.approve_statementline",
        asking="payments.resolve_statementline",
        snapshot=lines.line_now,
        execute=lines.send_line_back,
    ),
}


def install() -> None:
    """Make the actions known to the room that asks and decides."""
    install_page(APPROVALS)
