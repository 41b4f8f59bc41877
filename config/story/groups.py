"""Talking among several: who comes, who goes, what is taken back, and what is found again."""

from typing import Any

from config.story.people import Phone, new_key
from config.story.tale import Tale


def talk_in_a_group(tale: Tale) -> None:
    """Ana opens a group for Sunday; Carla joins late and Bruno leaves early."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    carla: Phone = tale.known["carla"]
    told.tell(
        "Ana opens a group for Sunday's picnic with Bruno. A message is one row, however many are"
        " there, and its number has no gap."
    )
    group = ana.api.call(
        "POST",
        "/v1/conversations",
        {"title": "Piquenique de domingo", "with": [bruno.party]},
        expect=201,
        key=new_key(),
    )
    talk = group["id"]
    told.check("Ana's role", found=group["role"], expected="owner")
    _say(ana, talk, text="Levo o pão. Quem leva o café?")
    told.tell("Carla is added. What was said before is not hers to read; what comes after is.")
    ana.api.call("POST", f"/v1/conversations/{talk}/members", {"add": [carla.party]})
    place = {"latitude": -23.5874, "longitude": -46.6576, "name": "Parque Ibirapuera"}
    _say(ana, talk, type="location", location=place)
    question = _say(ana, talk, text="Bruno, e o café?", mentions=[bruno.party])
    told.check(
        "what Carla reads", found=_read(carla, talk), expected=["system", "location", "text"]
    )
    told.check("it speaks to Bruno", found=_shown(bruno, talk)["mentions"], expected=1)
    _answer(tale, talk, question["id"])
    _leave(tale, talk)


def _answer(tale: Tale, talk: str, question: str) -> None:
    """Bruno reads and answers with a slip, which he corrects; Carla likes it."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    carla: Phone = tale.known["carla"]
    answer = _say(bruno, talk, text="Eu levo o cafe", reply_to=question)
    receipts = ana.api.call("GET", f"/v1/messages/{question}/receipts")
    told.check("who has read Ana's question", found=receipts["read"], expected=1)
    told.tell("Bruno corrects himself within the quarter of an hour, and Carla likes it.")
    path = f"/v1/messages/{answer['id']}"
    bruno.api.call("PATCH", path, {"text": "Eu levo o café ☕"})
    carla.api.call("PUT", f"{path}/reaction", {"emoji": "❤️"}, expect=204)
    shown = ana.api.call("GET", path)
    told.check("the words", found=shown["content"]["text"], expected="Eu levo o café ☕")
    told.check("the hearts", found=shown["reactions"][0]["count"], expected=1)
    told.tell("Whoever looks for it writes as they like: accents and case make no difference.")
    found = carla.api.call("GET", f"/v1/messages?q=CAFE&conversation={talk}")["data"]
    told.check("found", found=[row["id"] for row in found], expected=[answer["id"], question])


def _leave(tale: Tale, talk: str) -> None:
    """Bruno says something he regrets, leaves, and hears nothing more."""
    told, ana, bruno = tale.transcript, tale.ana, tale.bruno
    carla: Phone = tale.known["carla"]
    told.tell("Bruno takes a message back. Its place stays, empty; only the operator could see it.")
    regret = _say(bruno, talk, text="Esqueçam, não vou!")
    bruno.api.call("DELETE", f"/v1/messages/{regret['id']}", expect=204)
    shown = carla.api.call("GET", f"/v1/messages/{regret['id']}")
    told.check("what is left of it", found=shown["type"], expected="deleted")
    bruno.api.call("DELETE", f"/v1/conversations/{talk}/members/{bruno.party}", expect=204)
    _say(ana, talk, text="Então o café fica comigo.")
    told.check("the last that Bruno reads", found=_read(bruno, talk)[-1], expected="system")
    text = {"client_id": new_key(), "type": "text", "text": "Ainda dá?"}
    path = f"/v1/conversations/{talk}/messages"
    bruno.api.call("POST", path, text, expect=403, code="not_in_group")
    told.tell("To somebody who never was there, the group does not exist.")
    stranger = Phone.of("Somebody else", tale.base_url, told)
    stranger.sign_in()
    stranger.api.call("GET", f"/v1/conversations/{talk}", expect=404, code="not_found")
    told.check("members now", found=_shown(ana, talk)["member_count"], expected=2)


def _say(who: Phone, talk: str, **said: Any) -> dict[str, Any]:
    body = {"client_id": new_key(), "type": "text", **said}
    return who.api.call("POST", f"/v1/conversations/{talk}/messages", body, expect=201)


def _read(who: Phone, talk: str) -> list[str]:
    rows = who.api.call("GET", f"/v1/conversations/{talk}/messages?after_seq=0")["data"]
    return [str(row["type"]) for row in rows]


def _shown(who: Phone, talk: str) -> dict[str, Any]:
    return who.api.call("GET", f"/v1/conversations/{talk}")
