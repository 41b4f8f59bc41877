"""Finding words: without accents, in every script, and only what one may see."""

from typing import Any

import pytest
from django.db import connection

from tests.messaging.cast import Phone
from tests.messaging.test_changes import delete, edit
from tests.messaging.test_conversations import problem, same_refusal
from tests.messaging.test_groups import add, drop, make_group

pytestmark = pytest.mark.django_db


def found(who: Phone, text: str, **query: Any) -> list[str]:
    answer = who.get("messages", q=text, **query)
    assert answer.status_code == 200, answer.json()
    return [row["content"].get("text", row["type"]) for row in answer.json()["data"]]


@pytest.mark.parametrize(
    ("said", "sought"),
    [
        ("Pão francês quentinho", "pao FRANCES"),
        ("Pao frances", "pão francês"),
        ("AÇÃO imediata", "acao"),
        ("coração", "coracao"),
        ("বাংলা ভাষায় কথা", "ভাষায়"),
        ("বাংলা ভাষায় কথা", "ভাষা"),
        ("দাম ৫০ টাকা", "৫০"),
        ("Encontro às 18h30, na Sé!", "se 18h"),
        ("e-mail: ze@padaria.example", "padaria"),
        ("ﬁm de semana", "fim"),
        ("café☕️quente", "cafe☕quente"),
        ("naïve Übergröße", "ubergroße"),
    ],
)
def test_accents_case_and_beginnings_make_no_difference(
    ana: Phone, talk: str, said: str, sought: str
) -> None:
    ana.say(talk, said, "1")
    ana.say(talk, "outra coisa", "2")
    assert found(ana, sought) == [said]


def test_found_is_only_what_one_may_see(ana: Phone, bruno: Phone, carla: Phone) -> None:
    group = make_group(ana, bruno)
    ana.say(group, "segredo um", "1")
    add(ana, group, carla.number)
    ana.say(group, "segredo dois", "2")
    drop(ana, group, carla)
    ana.say(group, "segredo três", "3")
    assert found(carla, "segredo") == ["segredo dois"]
    assert found(bruno, "segredo") == ["segredo três", "segredo dois", "segredo um"]
    assert found(bruno, "segredo um") == ["segredo um"]
    assert found(bruno, "um segredo nada") == []


def test_a_search_in_one_conversation_finds_nothing_of_another(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    group = make_group(ana, bruno)
    ana.say(talk, "pão a dois", "1")
    ana.say(group, "pão para todos", "2")
    assert found(bruno, "pao", conversation=talk) == ["pão a dois"]
    assert found(bruno, "pao", conversation=group) == ["pão para todos"]
    foreign = carla.get("messages", q="pao", conversation=talk)
    assert problem(foreign) == (404, "not_found")
    assert same_refusal(foreign, carla.get("messages", q="pao", conversation="cnv_unknown"))
    assert found(carla, "pao") == []
    assert found(ana, f"c:{talk}") == []


def test_what_was_edited_is_found_by_its_new_words_and_what_was_deleted_not(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    first = ana.say(talk, "abacate", "1").message.public_id
    second = ana.say(talk, "abacaxi", "2").message.public_id
    assert found(bruno, "abaca") == ["abacaxi", "abacate"]
    edit(ana, first, "banana")
    delete(ana, second)
    assert (found(bruno, "abaca"), found(bruno, "banana")) == ([], ["banana"])


def test_places_and_cards_are_found_too(ana: Phone, talk: str) -> None:
    place = {"latitude": 1, "longitude": 2, "name": "Praça da Sé"}
    ana.post(
        f"conversations/{talk}/messages", {"client_id": "1", "type": "location", "location": place}
    )
    card = {"name": {"formatted_name": "Zé Ninguém"}}
    ana.post(
        f"conversations/{talk}/messages", {"client_id": "2", "type": "contact", "contacts": [card]}
    )
    assert found(ana, "praca") == ["location"]
    assert found(ana, "ninguem") == ["contact"]


@pytest.mark.parametrize(
    "text", ["", " ", "!?", "x" * 201, "\x00", "a\x00b", "'", "' | 'c:1", "\\", "a:*&!b", "\u200b"]
)
def test_hostile_searches_are_refused_or_find_nothing(ana: Phone, talk: str, text: str) -> None:
    ana.say(talk, "oi", "1")
    answer = ana.get("messages", q=text)
    assert answer.status_code in {200, 400}
    assert answer.json().get("data", []) == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_search_is_paged_and_asks_the_same(
    ana: Phone, talk: str, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(4):
        ana.say(talk, f"pão {number}", f"{number}")
    with django_assert_num_queries(4):  # The device, the conversations, the messages, the names.
        answer = ana.get("messages", q="pao", limit=count).json()
    assert len(answer["data"]) == count
    rest = ana.get("messages", q="pao", limit=4, after=answer["next"]).json()
    words = [row["content"]["text"] for row in [*answer["data"], *rest["data"]]]
    assert words == ["pão 3", "pão 2", "pão 1", "pão 0"]


def test_the_index_serves_the_search(uncounted: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT 1 FROM messaging_message WHERE words IS NOT NULL"
            " AND words @@ messaging_query_v1('pão', ARRAY[1]::bigint[])"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "messaging_message_by_words" in plan
