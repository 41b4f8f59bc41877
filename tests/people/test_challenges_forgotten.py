"""What somebody was asked to approve is forgotten when it is long over."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from core.clock import business_now
from people.models import Challenge, Person
from people.services.challenges import (
    FORGOTTEN_AT_ONCE,
    KEPT_FOR,
    forget_old_challenges,
    open_challenge,
)
from people.tasks import forget_challenges
from tests.messaging.cast import make_phone
from tests.people.cast import ANA

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> Person:
    return Person.objects.get(party_id=make_phone(ANA, "Ana").party.id)


def challenges(person: Person, count: int, ended: timedelta) -> None:
    """Write challenges whose time was over so long ago, each other one used."""
    end = business_now() - ended
    Challenge.objects.bulk_create(
        Challenge(
            public_id=f"chl_{ended.total_seconds():.0f}_{number}",
            person=person,
            purpose="pin",
            signed_text="{}",
            digest=b"d" * 32,
            created_at=end - timedelta(minutes=5),
            expires_at=end,
            used_at=end if number % 2 else None,
        )
        for number in range(count)
    )


def test_more_than_one_statement_takes_are_all_forgotten_and_nothing_else(ana: Person) -> None:
    challenges(ana, FORGOTTEN_AT_ONCE + 2, KEPT_FOR + timedelta(seconds=1))
    challenges(ana, 2, KEPT_FOR - timedelta(minutes=1))
    fresh = open_challenge(person=ana, purpose="pin")
    assert forget_challenges() == FORGOTTEN_AT_ONCE + 2
    assert forget_challenges() == 0
    assert Challenge.objects.count() == 3
    assert Challenge.objects.filter(pk=fresh.pk).exists()


def test_one_turn_takes_no_more_than_its_bound_the_oldest_first(ana: Person) -> None:
    challenges(ana, FORGOTTEN_AT_ONCE, KEPT_FOR + timedelta(days=2))
    challenges(ana, 1, KEPT_FOR + timedelta(days=1))
    assert forget_old_challenges() == FORGOTTEN_AT_ONCE
    assert Challenge.objects.get().expires_at > business_now() - KEPT_FOR - timedelta(days=2)
    assert forget_old_challenges() == 1


def test_they_are_found_by_their_end(ana: Person) -> None:
    challenges(ana, 3_000, timedelta(0))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_challenge")
    old = Challenge.objects.filter(expires_at__lt=business_now() - KEPT_FOR).order_by("expires_at")
    plan = json.dumps(json.loads(old[:FORGOTTEN_AT_ONCE].explain(format="json")))
    assert "people_challenge_by_end" in plan
    assert "Seq Scan" not in plan
