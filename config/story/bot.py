"""A program sells in the shop's name, in the shapes that bots all over the world speak already."""

from typing import Any

from config.seed import cast
from config.story.client import Api
from config.story.people import new_key
from config.story.tale import Tale
from config.story.transcript import StoryFailed
from core.errors import TrocoError
from merchants.enums import KeyScope
from merchants.queries.lines import LineFacts, line_of_shop
from merchants.queries.shops import shop_by_public_id
from merchants.services.keys import make_key, revoke_key
from merchants.services.lines import open_line

CAKE = 3200
NOBODY = 131026
NO_TOKEN = 190


class Bot:
    """The bakery's bot: its number, its key, and where it stands in the shop's feed."""

    def __init__(self, tale: Tale) -> None:
        """Make a key for this telling; the number stays for the next one."""
        shop = shop_by_public_id(tale.known["shop"]["id"])
        if shop is None:
            raise StoryFailed("the bakery is gone")
        self.shop_id = shop.id
        self.line = _line_of(shop.id)
        self.key = make_key(shop_id=shop.id, actor=None, name="Story", scopes=list(KeyScope))
        self.api = Api(tale.base_url, tale.transcript, "Bot")
        self.api.use_token(self.key.secret)
        self.stand = self.api.call("GET", "/v1/shop/updates?after=now")["next"]

    def hear(self, kind: str, wanted: str) -> dict[str, Any]:
        """Wait for news of a kind that names something, and stand behind it."""
        path = f"/v1/shop/updates?after={self.stand}"

        def has_come(page: dict[str, Any]) -> bool:
            return any(row["kind"] == kind and wanted in str(row["data"]) for row in page["data"])

        page = self.api.wait_for(path, has_come, kind)
        row = next(r for r in page["data"] if r["kind"] == kind and wanted in str(r["data"]))
        self.stand = row["id"]
        data: dict[str, Any] = row["data"]
        return data

    def say(self, to: str, kind: str, content: dict[str, Any], expect: int = 200) -> dict[str, Any]:
        """Send a message as any program of these shapes does."""
        body = {"messaging_product": "whatsapp", "to": to, "type": kind, kind: content}
        path = f"/cloud/v23.0/{self.line.phone_number}/messages"
        return self.api.call("POST", path, body, expect=expect)

    def leave(self) -> None:
        """End the key: the next call with it is nobody's."""
        revoke_key(shop_id=self.shop_id, actor=None, key_id=self.key.key.public_id)


def sell_by_bot(tale: Tale) -> None:
    """A bot answers Ana, sends her an order, hears that it is paid, and ships it."""
    told, ana = tale.transcript, tale.ana
    told.tell(
        "The bakery has a number of its own for programs. What spoke to the WhatsApp Cloud API"
        " speaks here unchanged; only the money is new: it is paid in the conversation."
    )
    bot = Bot(tale)
    try:
        _offer(tale, bot)
        reference = new_key()
        order = _ask_for_money(tale, bot, reference)
        payment = ana.pay(ana.quote({"order": order}), key=new_key())
        ana.wait_for_payment(payment["id"], "completed")
        _ship(tale, bot, order, reference)
        told.tell("It reaches nobody who never wrote to the bakery, and tells nothing of them.")
        refused = bot.say("5511900000000", "text", {"body": "Oi"}, expect=400)
        told.check("a stranger", found=refused["error"]["code"], expected=NOBODY)
    finally:
        bot.leave()
    gone = bot.api.call("GET", f"/cloud/{bot.line.phone_number}", expect=401)
    told.check("a key that was ended", found=gone["error"]["code"], expected=NO_TOKEN)


def _offer(tale: Tale, bot: Bot) -> None:
    """Ana asks; the bot offers two buttons, and she presses one."""
    told, ana = tale.transcript, tale.ana
    talk = f"/v1/conversations/{tale.known['talk']}/messages"
    question = {"client_id": new_key(), "type": "text", "text": "Vocês têm bolo de maçã? 🍎"}
    ana.api.call("POST", talk, question, expect=201)
    heard = bot.hear("message.created", "maçã")
    told.check("what the bot hears", found=heard["content"]["text"], expected=question["text"])
    buttons = [
        {"type": "reply", "reply": {"id": answer, "title": title}}
        for answer, title in (("yes", "Quero! 🍰"), ("no", "Hoje não"))
    ]
    offer = {"type": "button", "body": {"text": "Temos!"}, "action": {"buttons": buttons}}
    bot.say(ana.number, "interactive", offer)
    shown = _newest(tale)
    told.check("what Ana sees", found=shown["type"], expected="interactive")
    pressed = {"type": "button_reply", "id": "yes", "title": "Quero! 🍰"}
    press = {"client_id": new_key(), "type": "choice", "choice": pressed, "reply_to": shown["id"]}
    ana.api.call("POST", talk, press, expect=201)
    chosen = bot.hear("message.created", "button_reply")
    told.check("what she pressed", found=chosen["content"]["id"], expected="yes")


def _ask_for_money(tale: Tale, bot: Bot, reference: str) -> str:
    """Send the order twice, as a program does that lost the answer; it is one order."""
    told, ana = tale.transcript, tale.ana
    amount = {"value": CAKE, "offset": 100}
    parameters = {
        "reference_id": reference,
        "type": "physical-goods",
        "payment_type": "br",
        "payment_settings": [{"type": "troco"}],
        "currency": "BRL",
        "total_amount": amount,
        "order": {
            "status": "pending",
            "items": [{"name": "Bolo de maçã", "amount": amount, "quantity": 1}],
            "subtotal": amount,
            "tax": {"value": 0, "offset": 100},
        },
    }
    content = {
        "type": "order_details",
        "body": {"text": "Seu bolo 🎂"},
        "action": {"name": "review_and_pay", "parameters": parameters},
    }
    first = bot.say(ana.number, "interactive", content)
    again = bot.say(ana.number, "interactive", content)
    told.check("sent again", found=again["messages"], expected=first["messages"])
    shown = _newest(tale)
    told.check("what Ana is asked", found=shown["content"]["total"]["amount_minor"], expected=CAKE)
    return str(shown["content"]["order"])


def _ship(tale: Tale, bot: Bot, order: str, reference: str) -> None:
    """The bot hears of the money, looks it up by its own reference, and ships."""
    told, ana = tale.transcript, tale.ana
    bot.hear("order", "'paid'")
    path = f"/cloud/v23.0/{bot.line.phone_number}/payments/any/{reference}"
    looked = bot.api.call("GET", path)["payments"][0]
    told.check("by the bot's own reference", found=looked["status"], expected="captured")
    status = {
        "type": "order_status",
        "body": {"text": "A caminho!"},
        "action": {
            "name": "review_order",
            "parameters": {"reference_id": reference, "order": {"status": "shipped"}},
        },
    }
    bot.say(ana.number, "interactive", status)
    state = ana.api.call("GET", f"/v1/orders/{order}")["state"]
    told.check("Ana's order", found=state, expected="shipped")
    page = tale.known["owner"].open(f"/portal/orders/{order}")
    told.check("Zé sees it too", found="Bolo de maçã" in page, expected=True)


def _newest(tale: Tale) -> dict[str, Any]:
    """Return the last thing that was said to Ana."""
    path = f"/v1/conversations/{tale.known['talk']}/messages"
    rows = tale.ana.api.call("GET", path)["data"]
    last: dict[str, Any] = max(rows, key=lambda row: row["seq"])
    return last


def _line_of(shop_id: int) -> LineFacts:
    """Return the shop's number, which the first telling opens."""
    found = line_of_shop(shop_id)
    if found is None:
        try:
            open_line(shop_id=shop_id, actor=None)
        except TrocoError as error:
            raise StoryFailed(str(error.detail)) from error
        found = line_of_shop(shop_id)
    if found is None:
        raise StoryFailed(f"{cast.SHOP_NAME} got no number")
    return found
