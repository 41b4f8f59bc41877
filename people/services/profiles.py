"""What a person says about themselves."""

from core.transactions import owns
from people.models import Party, Person
from people.names import LONGEST_DISPLAY_NAME, clean_text


@owns
def change_profile(
    *, person: Person, display_name: str | None = None, locale: str | None = None
) -> None:
    """Change the name that others see, or the language of words for the person.

    Changes: ``Party.display_name``, ``Person.locale``, and the same on the objects given.

    Args:
        person: With their party.
        display_name: 1 to 80 characters; None leaves it.
        locale: One of the languages of this instance; None leaves it.

    Raises:
        TextInvalid, InputInvalid: The name is not one.

    Transaction: owns.
    """
    if display_name is not None and person.party is not None:
        name = clean_text(display_name, field="display_name", longest=LONGEST_DISPLAY_NAME)
        Party.objects.filter(id=person.party.id).update(display_name=name)
        person.party.display_name = name
    if locale is not None:
        Person.objects.filter(id=person.id).update(locale=locale)
        person.locale = locale
