"""Reading who gets the statements of a shop by mail, and who may."""

from collections.abc import Sequence
from dataclasses import dataclass

from merchants.enums import Role
from merchants.models import StatementMail, TeamMember


@dataclass(frozen=True, slots=True)
class MailReader:
    """Somebody who reads statements, and the mail they get, where they do.

    Attributes:
        person_id: Primary key of the person.
        name: How they are called on screen.
        role: What they are in the team.
        mail_id: ``stm_…``; empty without one.
        address: Where it goes.
        formats: As which files.
        is_confirmed: Whether they confirmed it.
    """

    person_id: int
    name: str
    role: Role
    mail_id: str = ""
    address: str = ""
    formats: tuple[str, ...] = ()
    is_confirmed: bool = False


def mail_readers(shop_id: int, roles: Sequence[Role]) -> list[MailReader]:
    """Return those of a team who may get statements by mail, the longest there first; two queries.

    Args:
        shop_id: Primary key of the shop.
        roles: Which roles may.
    """
    team = TeamMember.objects.filter(shop_id=shop_id, removed_at__isnull=True, role__in=roles)
    living = StatementMail.objects.filter(shop_id=shop_id, ended_at__isnull=True)
    mails = {mail.person_id: mail for mail in living}
    found = []
    for member in team.select_related("person__party").order_by("id"):
        person, mail = member.person, mails.get(member.person_id)
        name = person.party.display_name if person.party else person.login
        reader = MailReader(person.pk, name, Role(member.role))
        if mail is not None:
            reader = MailReader(
                person.pk,
                name,
                Role(member.role),
                mail_id=mail.public_id,
                address=mail.address,
                formats=tuple(mail.formats),
                is_confirmed=mail.confirmed_at is not None,
            )
        found.append(reader)
    return found
