"""An order that was placed while purchases were stopped: paid to the shop, beside Troco."""

from config.story.tale import Tale
from payments.codes.br_code import read_br_code


def pay_the_shop_itself(tale: Tale) -> None:
    """Ana pays by the shop's own Pix code; Zé says that it came, and Troco says what it knows."""
    told, ana, owner = tale.transcript, tale.ana.api, tale.known["owner"]
    path = f"/v1/orders/{tale.known['outside_order']}"
    told.tell(
        "The cake that Ana ordered during the hold cannot be paid in the chat. She is shown the"
        " shop's own Pix code, and that Troco does not verify it."
    )
    order = ana.call("GET", path)
    way = order["payment"]["means"][0]
    told.call(f"  · {order['payment']['note']}")
    code = read_br_code(way["code"])
    total = order["total"]["amount_minor"]
    told.check("what the code asks for", found=code.amount_minor, expected=total)
    told.check("it can be scanned", found=way["qr"].startswith("data:image"), expected=True)
    said = {"note": "Pix das 9h12"}
    ana.call("POST", f"{path}/paid-outside", said)
    here = f"/portal/orders/{order['id']}"
    page = owner.open(here)
    told.check("Zé sees that she says so", found=said["note"] in page, expected=True)
    told.tell("He looks at his account, marks it as received and prepares the cake.")
    for verb in ("received", "prepare"):
        owner.submit(f"{here}/move", {"verb": verb}, page=here)
    after = ana.call("GET", path)
    told.check("the order", found=after["state"], expected="preparing")
    told.check("Troco saw the money", found=after["payment"]["is_verified"], expected=False)
    told.call(f"  · {after['payment']['note']}")
