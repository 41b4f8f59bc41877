"""Who may listen to a business: the members of a shop's team, as merchants knows them."""

from merchants.queries.shops import parties_of_person
from messaging.access import register_party_checker


def install() -> None:
    """Tell the stream's door how to ask."""
    register_party_checker(_acts_for)


def _acts_for(person_id: int, party_id: int) -> bool:
    return party_id in parties_of_person(person_id)
