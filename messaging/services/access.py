"""The one way to a conversation on behalf of a party, for those who are about to write."""

from core.errors import NotFound
from core.transactions import joins
from messaging.models import Conversation


@joins
def lock_conversation(*, party_id: int, public_id: str) -> Conversation:
    """Return a conversation to one of its members, locked until the transaction ends.

    Conversations are locked last, after ledger accounts, and by ascending key (ruling 5).

    Raises:
        NotFound: There is none with that id, or the party is no member: the same answer.

    Transaction: joins.
    """
    found = (
        Conversation.objects.select_for_update(of=("self",))
        .filter(public_id=public_id, members__party_id=party_id)
        .first()
    )
    if found is None:
        raise NotFound
    return found
