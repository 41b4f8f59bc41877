"""Four eyes: what one asks another decides, once, and only while the thing is as it was."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, connection, transaction

from config.staff.groups import prepare_groups
from core.clock import advance, business_now
from core.errors import Forbidden, InputInvalid, NotFound, StateConflict
from core.transactions import OwnershipError
from people.models import ApprovalRequest, AuditEntry, Person
from people.services.approvals import (
    Change,
    MakerLeft,
    OwnApproval,
    ask_approval,
    count_waiting_for,
    decide_approval,
    waiting_for,
    withdraw_approval,
)
from people.services.staff import ask_groups, create_staff

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def staff(login: str, *groups: str, is_superuser: bool = True) -> Person:
    create_staff(
        login=login,
        password="a long enough passphrase",
        totp_secret=SECRET,
        is_superuser=is_superuser,
        groups=groups,
    )
    return Person.objects.get(login=login)


@pytest.fixture
def marta() -> Person:
    prepare_groups()
    staff("clara", "support", is_superuser=False)
    return staff("marta")


@pytest.fixture
def otto() -> Person:
    return staff("otto")


def ask(maker: Person, *groups: str, login: str = "clara") -> ApprovalRequest:
    return ask_groups(maker=maker, login=login, groups=groups, reason="She moves")


def decide(checker: Person, asked: ApprovalRequest, *, approve: bool = True) -> ApprovalRequest:
    return decide_approval(
        checker=checker, approval_id=asked.public_id, approve=approve, reason="I looked"
    )


def groups_of(login: str) -> list[str]:
    found = Person.objects.get(login=login).groups.order_by("name")
    return list(found.values_list("name", flat=True))


def end_of(asked: ApprovalRequest) -> tuple[str, str | None]:
    row = ApprovalRequest.objects.select_related("checker").get(pk=asked.pk)
    return row.state, row.checker.login if row.checker else None


def test_one_asks_another_approves_and_it_is_done(marta: Person, otto: Person) -> None:
    asked = ask(marta, "countries", "settlement")
    assert (asked.before, asked.after) == (
        {"groups": ["support"], "is_active": True},
        {"groups": ["countries", "settlement"], "is_active": True},
    )
    assert groups_of("clara") == ["support"]
    assert [each.pk for each in waiting_for(otto)] == [asked.pk]
    assert count_waiting_for(otto) == (1, asked.asked_at)
    assert count_waiting_for(marta) == (0, None)
    assert decide(otto, asked).state == "executed"
    assert groups_of("clara") == ["countries", "settlement"]
    assert end_of(asked) == ("executed", "otto")
    assert count_waiting_for(otto) == (0, None)
    trail = AuditEntry.objects.filter(object_ref="clara").order_by("id")
    assert list(trail.values_list("action", "actor_login", "reason"))[1:] == [
        ("approval.asked", "marta", "She moves"),
        ("approval.executed", "otto", "I looked"),
        ("staff.groups_changed", "otto", ""),
    ]


def test_whoever_asked_does_not_approve(marta: Person, otto: Person) -> None:
    asked = ask(marta)
    for approve in (True, False):
        with pytest.raises(OwnApproval):
            decide(marta, asked, approve=approve)
    assert (groups_of("clara"), end_of(asked)) == (["support"], ("waiting", None))


def test_the_database_has_the_last_word_on_who_approves(marta: Person, otto: Person) -> None:
    asked = ask(marta)
    row = ApprovalRequest.objects.filter(pk=asked.pk)
    with pytest.raises(IntegrityError, match="people_approvalrequest_checker_is_not_maker"):
        row.update(state="executed", checker=marta, decided_at=business_now())
    with pytest.raises(IntegrityError, match="people_approvalrequest_decided_by_a_checker"):
        row.update(state="executed", decided_at=business_now())
    with pytest.raises(IntegrityError, match="people_approvalrequest_executed_in_time"):
        row.update(state="executed", checker=otto, decided_at=asked.expires_at)
    assert end_of(asked) == ("waiting", None)


def test_it_is_executed_once(marta: Person, otto: Person) -> None:
    asked = ask(marta, "countries")
    decide(otto, asked)
    Person.objects.get(login="clara").groups.set(Group.objects.filter(name="support"))
    for approve in (True, False):
        with pytest.raises(StateConflict):
            decide(otto, asked, approve=approve)
    assert groups_of("clara") == ["support"]
    assert AuditEntry.objects.filter(action="staff.groups_changed").count() == 1


def test_of_two_checkers_at_once_one_does_it(
    marta: Person,
    otto: Person,
    in_threads: Callable[..., list[Any]],
    names_of: Callable[..., list[str]],
) -> None:
    asked, third = ask(marta, "countries"), staff("dora")
    outcomes = in_threads(
        *[lambda checker=checker: decide(checker, asked) for checker in (otto, third)], times=5
    )
    assert names_of(outcomes) == ["StateConflict"] * 9 + ["ok"]
    assert groups_of("clara") == ["countries"]
    assert AuditEntry.objects.filter(action="staff.groups_changed").count() == 1


def test_of_one_who_approves_and_one_who_declines_at_once_one_wins(
    marta: Person, otto: Person, in_threads: Callable[..., list[Any]]
) -> None:
    asked, third = ask(marta, "countries"), staff("dora")
    outcomes = in_threads(lambda: decide(otto, asked), lambda: decide(third, asked, approve=False))
    won = [each.state for each in outcomes if isinstance(each, ApprovalRequest)]
    assert end_of(asked)[0] == won[0]
    assert len(won) == 1
    assert groups_of("clara") == (["countries"] if won == ["executed"] else ["support"])


def test_a_thing_that_changed_since_is_left_alone(marta: Person, otto: Person) -> None:
    asked = ask(marta, "countries")
    Person.objects.get(login="clara").groups.set(Group.objects.filter(name="audit"))
    with pytest.raises(StateConflict, match="state_conflict") as refused:
        decide(otto, asked)
    assert "has changed since" in str(refused.value.detail)
    assert (groups_of("clara"), end_of(asked)) == (["audit"], ("stale", "otto"))
    with pytest.raises(StateConflict):
        decide(otto, asked)


def test_a_thing_that_is_gone_is_stale(marta: Person, otto: Person) -> None:
    asked = ask(marta, "countries")
    clara = Person.objects.get(login="clara")
    clara.phone, clara.is_staff, clara.party = None, False, staff_party()
    clara.save()
    with pytest.raises(StateConflict):
        decide(otto, asked)
    assert end_of(asked) == ("stale", "otto")


def staff_party() -> Any:
    from tests.admin.people_rows import party  # noqa: PLC0415 - needs Django set up.

    return party()


def test_after_its_time_it_cannot_be_approved(marta: Person, otto: Person) -> None:
    asked = ask(marta, "countries")
    advance(3 * 24 * 3600)
    assert count_waiting_for(otto) == (0, None)
    with pytest.raises(StateConflict) as refused:
        decide(otto, asked)
    assert "time is over" in str(refused.value.detail)
    assert (groups_of("clara"), end_of(asked)) == (["support"], ("expired", None))
    again = ask(marta, "countries")
    advance(3 * 24 * 3600)
    assert ask(marta, "countries").state == "waiting"  # The one before ends by the way.
    assert end_of(again) == ("expired", None)


def test_who_lacks_the_permission_may_not_decide(marta: Person, otto: Person) -> None:
    asked = ask(marta, "countries")
    clara = Person.objects.get(login="clara")
    for approve in (True, False):
        with pytest.raises(Forbidden):
            decide(clara, asked, approve=approve)
    assert count_waiting_for(clara) == (0, None)
    Person.objects.filter(pk=otto.pk).update(is_active=False)
    with pytest.raises(Forbidden):
        decide(Person.objects.get(pk=otto.pk), asked)
    assert end_of(asked) == ("waiting", None)
    with pytest.raises(NotFound):
        decide_approval(checker=otto, approval_id="apr_nothing", approve=True, reason="")


@pytest.mark.parametrize("lost", [{"is_active": False}, {"is_superuser": False}])
def test_what_somebody_asked_who_has_left_is_only_declined(
    marta: Person, otto: Person, lost: dict[str, bool]
) -> None:
    asked = ask(marta, "countries")
    Person.objects.filter(pk=marta.pk).update(**lost)
    with pytest.raises(MakerLeft):
        decide(otto, asked)
    assert (groups_of("clara"), end_of(asked)) == (["support"], ("waiting", None))
    assert decide(otto, asked, approve=False).state == "declined"


def test_a_right_lost_since_the_page_was_opened_does_not_count(marta: Person, otto: Person) -> None:
    asked = ask(marta, "countries")
    assert otto.has_perm("people.appoint_person")
    Person.objects.filter(pk=otto.pk).update(is_superuser=False)
    with pytest.raises(Forbidden):
        decide(otto, asked)
    assert (groups_of("clara"), end_of(asked)) == (["support"], ("waiting", None))


def test_the_same_act_waits_once(marta: Person, otto: Person) -> None:
    ask(marta, "countries")
    for maker in (marta, otto):
        with pytest.raises(StateConflict):
            ask(maker, "settlement")
    assert ApprovalRequest.objects.count() == 1
    assert AuditEntry.objects.filter(action="approval.asked").count() == 1


def test_of_ten_who_ask_at_once_one_is_heard(
    marta: Person, in_threads: Callable[..., list[Any]], names_of: Callable[..., list[str]]
) -> None:
    outcomes = in_threads(lambda: ask(marta, "countries"), times=10)
    assert names_of(outcomes) == ["StateConflict"] * 9 + ["ok"]
    assert ApprovalRequest.objects.count() == 1


def test_declining_and_taking_back_do_nothing(marta: Person, otto: Person) -> None:
    declined = ask(marta, "countries")
    assert decide(otto, declined, approve=False).state == "declined"
    taken = ask(marta, "countries")
    with pytest.raises(NotFound):
        withdraw_approval(maker=otto, approval_id=taken.public_id, reason="Not mine")
    withdraw_approval(maker=marta, approval_id=taken.public_id, reason="A mistake")
    with pytest.raises(StateConflict):
        decide(otto, taken)
    assert [end_of(declined), end_of(taken)] == [("declined", "otto"), ("withdrawn", None)]
    assert groups_of("clara") == ["support"]


def test_what_cannot_be_asked_leaves_nothing(marta: Person) -> None:
    with pytest.raises(InputInvalid):
        ask(marta, "kings")
    with pytest.raises(StateConflict):
        ask(marta, "support")
    with pytest.raises(NotFound):
        ask(marta, "support", login="nobody")
    with pytest.raises(OwnershipError):
        ask_approval(
            maker=marta,
            change=Change("staff.groups", "clara", {}, {}, {}),
            reason="",
            expires_in=timedelta(days=1),
        )
    assert ApprovalRequest.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_approvalrequest SET payload = '{}'",
        "UPDATE people_approvalrequest SET maker_id = checker_id",
        "UPDATE people_approvalrequest SET state = 'waiting', checker_id = NULL, decided_at = NULL",
        "UPDATE people_approvalrequest SET decision_reason = 'other'",
        "DELETE FROM people_approvalrequest",
        "TRUNCATE people_approvalrequest",
    ],
)
def test_not_even_the_owner_rewrites_one(statement: str, marta: Person, otto: Person) -> None:
    decide(otto, ask(marta, "countries"))
    with (
        pytest.raises(DatabaseError, match="people_approvalrequest"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_application_has_no_right_to(marta: Person, app_role_dsn: str) -> None:
    ask(marta, "countries")
    with psycopg.connect(app_role_dsn) as session:
        for change in (
            "UPDATE people_approvalrequest SET after = '{}'",
            "DELETE FROM people_approvalrequest",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(change.encode())
            session.rollback()
        session.execute(
            "UPDATE people_approvalrequest SET state = 'withdrawn', decided_at = asked_at"
        )
        session.rollback()
