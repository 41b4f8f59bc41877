"""The story's chapter of the group is told here too: over HTTP, through the front, in seconds."""

import pytest

from config.asgi import make_front
from config.story.groups import talk_in_a_group
from config.story.people import Phone
from config.story.tale import Tale
from config.story.transcript import Transcript
from tests.front.serving import serve

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_chapter_of_the_group_is_true() -> None:
    lines: list[str] = []
    with serve(make_front("")) as port:
        base_url = f"http://127.0.0.1:{port}"
        tale = Tale.begin(base_url, Transcript(lines.append))
        tale.known["carla"] = Phone.of("Carla Nunes Prado", base_url, tale.transcript)
        for phone in (tale.ana, tale.bruno, tale.known["carla"]):
            phone.sign_in()
        talk_in_a_group(tale)
    told = "\n".join(lines)
    assert "it speaks to Bruno: 1" in told
    assert "what is left of it: deleted" in told
