"""A shop's bot hears that its words were read when they are answered, in the Cloud shapes."""

import pytest

from merchants.models import WebhookEvent
from messaging.queries import history
from messaging.services.messages import Sender, send_message
from tests.merchants.bot import Bot, write_to
from tests.merchants.cast import Caller

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_answer_reads_what_the_bot_said(shop: object, ana: Caller) -> None:
    bot = Bot(shop)
    bot.listen("https://padaria.example/hook")
    talk = write_to(shop, ana)
    for number in range(2):
        send_message(
            sender=Sender(bot.shop.party_id, None),
            conversation_id=talk,
            client_id=f"b-{number}",
            kind="text",
            content={"text": str(number)},
        )
    write_to(shop, ana, "Dois, por favor", "c2")
    messages, _more = history(bot.shop.party_id, talk, after_seq=0, limit=200)
    said = [each.public_id for each in messages if each.sender_id == bot.shop.party_id]
    rows = WebhookEvent.objects.order_by("id").values_list("kind", "ref")
    told = [(kind, ref) for kind, ref in rows if ref in said]
    kinds = ("message.delivered", "message.read")
    assert told == [(kind, each) for kind in kinds for each in said]
    assert rows.last() == ("message.created", messages[-1].public_id)
    write_to(shop, ana, "Obrigada", "c3")
    assert WebhookEvent.objects.filter(kind="message.read").count() == 2
