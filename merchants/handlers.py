"""What shops do when others tell news; ``config/subscriptions.py`` says when."""

from merchants.enums import JobKind, NoteKind
from merchants.services import (
    answering,
    dispute_papers,
    exports,
    import_pictures,
    imports,
    jobs,
    news_wishes,
    order_payments,
    paper_links,
    push_news,
    pushes,
    reviews,
    shop_news,
    statements,
    talk_news,
)

_STEPS = {
    JobKind.IMPORT: imports.do_import,
    JobKind.STATEMENT: statements.do_statement,
    JobKind.EXPORT: exports.do_export,
}


def end_paper_links(*, person_id: int) -> None:
    """TOGETHER on ``person.access_ended``: codes for their phone lead nowhere any more."""
    paper_links.end_paper_links(person_id=person_id)


def mark_paid(*, payment_id: str) -> None:
    """TOGETHER on ``payment.completed``: the order or the link is paid in the same commit."""
    order_payments.mark_paid(payment_id=payment_id)


def note_failed(*, payment_id: str) -> None:
    """TOGETHER on ``payment.failed``: the order's timeline says so."""
    order_payments.note_payment(payment_id=payment_id, kind=NoteKind.PAYMENT_FAILED)


def note_unknown(*, payment_id: str) -> None:
    """TOGETHER on ``payment.unknown``: the order's timeline says that the bank is asked."""
    order_payments.note_payment(payment_id=payment_id, kind=NoteKind.PAYMENT_UNKNOWN)


def note_returned(*, payment_id: str) -> None:
    """TOGETHER on ``payment.returned``: the order's timeline says that money went back."""
    order_payments.note_payment(payment_id=payment_id, kind=NoteKind.PAYMENT_RETURNED)


def note_refunded(*, refund_id: str, payment_id: str) -> None:
    """TOGETHER on ``refund.completed``: the order's timeline says that money went back."""
    order_payments.note_refund(payment_id=payment_id, refund_id=refund_id, kind=NoteKind.REFUNDED)


def note_refund_failed(*, refund_id: str, payment_id: str) -> None:
    """TOGETHER on ``refund.failed``: the order's timeline says that the bank refused it."""
    order_payments.note_refund(
        payment_id=payment_id, refund_id=refund_id, kind=NoteKind.REFUND_FAILED
    )


def note_disputed(*, payment_id: str) -> None:
    """TOGETHER on ``payment.disputed``: the order's timeline says so."""
    order_payments.note_payment(payment_id=payment_id, kind=NoteKind.DISPUTED)


def tell_order(*, order_id: str) -> None:
    """TOGETHER on ``order.*``: the shop's programs are owed the news."""
    shop_news.tell_order(order_id=order_id)


def tell_payment(*, payment_id: str) -> None:
    """TOGETHER on what becomes of a payment: the payee's programs are owed the news."""
    shop_news.tell_payment(payment_id=payment_id)


def tell_refund(*, refund_id: str, payment_id: str) -> None:
    """TOGETHER on ``refund.completed`` and ``refund.failed``: so are they."""
    shop_news.tell_refund(refund_id=refund_id, payment_id=payment_id)


def tell_dispute(*, dispute_id: str, payment_id: str) -> None:
    """TOGETHER on ``dispute.*``: so are they."""
    shop_news.tell_dispute(dispute_id=dispute_id, payment_id=payment_id)


def hand_in_papers(*, dispute_id: str, payment_id: str) -> None:  # noqa: ARG001
    """TOGETHER on ``dispute.under_review``: the papers of the answer are closed with it."""
    dispute_papers.hand_in_papers(dispute_id=dispute_id)


def tell_payout(*, payout_id: str) -> None:
    """TOGETHER on what becomes of a payout: the shop's programs are owed the news."""
    shop_news.tell_payout(payout_id=payout_id)


def note_new_holder(*, party_id: int) -> None:
    """TOGETHER on ``payout_holder.changed``: the shop is reviewed again before it is paid."""
    reviews.note_new_holder(party_id=party_id)


def tell_message(*, message_id: str, conversation_id: str, recipients: str) -> None:  # noqa: ARG001
    """TOGETHER on ``message.created``: the programs of the shops it is for are owed the news."""
    talk_news.tell_message(message_id=message_id, recipients=recipients)


def tell_delivered(
    *, conversation_id: str, reader_id: int, recipients: str, after_seq: int, seq: int
) -> None:
    """TOGETHER on ``message.delivered``: so are those whose words arrived."""
    talk_news.tell_marks(
        conversation_id=conversation_id,
        reader_id=reader_id,
        recipients=recipients,
        span=(after_seq, seq),
        kind="message.delivered",
    )


def tell_read(
    *, conversation_id: str, reader_id: int, recipients: str, after_seq: int, seq: int
) -> None:
    """TOGETHER on ``message.read``: so are those whose words were read."""
    talk_news.tell_marks(
        conversation_id=conversation_id,
        reader_id=reader_id,
        recipients=recipients,
        span=(after_seq, seq),
        kind="message.read",
    )


def tell_owed_marks(*, owed_id: int) -> None:
    """AFTERWARDS on ``marks.owed``: what a marker passed is told to the last message."""
    talk_news.tell_owed_marks(owed_id=owed_id)


def tell_edited(*, message_id: str, conversation_id: str, actor_id: int, recipients: str) -> None:  # noqa: ARG001
    """TOGETHER on ``message.edited``: so are those who were written to."""
    talk_news.tell_change(
        message_id=message_id, actor_id=actor_id, recipients=recipients, kind="message.edited"
    )


def tell_deleted(*, message_id: str, conversation_id: str, actor_id: int, recipients: str) -> None:  # noqa: ARG001
    """TOGETHER on ``message.deleted``: so are those who were written to."""
    talk_news.tell_change(
        message_id=message_id, actor_id=actor_id, recipients=recipients, kind="message.deleted"
    )


def tell_reacted(*, message_id: str, conversation_id: str, actor_id: int, recipients: str) -> None:  # noqa: ARG001
    """TOGETHER on ``message.reacted``: so are those who take part."""
    talk_news.tell_change(
        message_id=message_id, actor_id=actor_id, recipients=recipients, kind="message.reacted"
    )


def work_on_job(*, job_id: str) -> None:
    """AFTERWARDS on ``job.queued``: a worker does long work, step by step."""
    jobs.work_on(job_id=job_id, steps=_STEPS, between=import_pictures.fetch_some)


def push_dispute(*, dispute_id: str, payment_id: str) -> None:
    """AFTERWARDS on ``dispute.opened``: browsers of the shop's team are told."""
    push_news.tell_dispute(dispute_id=dispute_id, payment_id=payment_id)


def push_payout(*, payout_id: str) -> None:
    """AFTERWARDS on ``payout.rejected`` and ``payout.returned``: so are they."""
    push_news.tell_payout(payout_id=payout_id)


def push_proposal(*, proposal_id: str) -> None:
    """AFTERWARDS on ``refund.proposed`` and ``refund.proposal_ended``: so are those it concerns."""
    push_news.tell_proposal(proposal_id=proposal_id)


def send_push(*, subscription_id: str, kind: str, ref: str, at: int) -> None:
    """AFTERWARDS on ``push.owed``: one browser is told one piece of news."""
    pushes.send_push(subscription_id=subscription_id, kind=kind, ref=ref, at=at)


def answer_new_message(*, message_id: str, conversation_id: str, recipients: str) -> None:  # noqa: ARG001
    """AFTERWARDS on ``message.created``: a shop greets, or says that nobody is there."""
    answering.answer_new_message(message_id=message_id, recipients=recipients)


def hear_stop(*, message_id: str, conversation_id: str, recipients: str) -> None:  # noqa: ARG001
    """AFTERWARDS on ``message.created``: a stop word ends a shop's news."""
    news_wishes.hear_stop(message_id=message_id, recipients=recipients)
