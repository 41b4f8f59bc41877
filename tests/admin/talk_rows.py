"""One row of each table of messaging, each with parents of its own."""

from messaging.models import Conversation, Member, Report
from tests.admin.people_rows import AT, number, party


def conversation() -> Conversation:
    low, high = party(), party()
    made = Conversation.objects.create(
        public_id=f"cnv_{number()}",
        kind="direct",
        title="A private title",
        low_party=low,
        high_party=high,
        last_at=AT,
        created_at=AT,
    )
    for each in (low, high):
        Member.objects.create(conversation=made, party=each, joined_at=AT)
    return made


def report() -> Report:
    made = conversation()
    assert made.low_party is not None
    return Report.objects.create(
        public_id=f"rpt_{number()}",
        reporter=made.low_party,
        about=made.high_party,
        conversation=made,
        reason="scam",
        words="He asked for my PIN",
        evidence=[
            {
                "message": "msg_1",
                "seq": 1,
                "sender": "pty_1",
                "name": "Bruno",
                "type": "text",
                "content": {"text": "<script>alert(1)</script>"},
                "created_at": "2026-01-01T00:00:00.000Z",
                "earlier": [],
            }
        ],
        created_at=AT,
    )
