"""What a client may say: one field for each type of message, and exactly the type's own."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import StrictSerializer
from core.errors import InputInvalid
from messaging.checks import (
    CHOICES,
    MAX_CAPTION,
    MAX_CONTACTS,
    MAX_ENTRIES,
    MAX_FILENAME,
    MAX_LABEL,
    MAX_MENTIONS,
    MAX_PRESSED,
    MAX_TEXT,
    MAX_URL,
)

_ID: Final = 40


class PlainText(serializers.CharField):
    """A text that was sent as a text; numbers and booleans are not turned into one."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text as it came."""
        if not isinstance(data, str):
            self.fail("invalid")
        return data


class PlainFlag(serializers.BooleanField):
    """True or false, and no word for it."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag as it came."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Degrees(serializers.FloatField):
    """A number that was sent as a number."""

    def to_internal_value(self, data: Any) -> float:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


def _label() -> PlainText:
    return PlainText(max_length=MAX_LABEL, required=False)


class MentionsField(serializers.ListField):
    """Party ids of members whom a text or a caption speaks to."""

    child = PlainText(max_length=_ID)

    def __init__(self, **options: Any) -> None:
        """Hold the list to its length."""
        super().__init__(**{"max_length": MAX_MENTIONS, **options})


class StickerIn(StrictSerializer):
    """A file that was uploaded before."""

    media = PlainText(max_length=_ID, help_text=_("What POST /v1/media answered."))


class PictureIn(StickerIn):
    """A picture or a film, with words."""

    caption = PlainText(max_length=MAX_CAPTION, required=False, trim_whitespace=False)


class DocumentIn(PictureIn):
    """A document, with words and the name it is kept under."""

    filename = PlainText(max_length=MAX_FILENAME, required=False)


class AudioIn(StickerIn):
    """A sound; ``voice`` says that it was spoken for this conversation."""

    voice = PlainFlag(required=False)


class LocationIn(StrictSerializer):
    """A place, in degrees of WGS 84."""

    latitude = Degrees(min_value=-90, max_value=90)
    longitude = Degrees(min_value=-180, max_value=180)
    name = _label()
    address = _label()


class ContactNameIn(StrictSerializer):
    """How somebody is called."""

    formatted_name = PlainText(max_length=MAX_LABEL)
    first_name = _label()
    last_name = _label()
    middle_name = _label()
    prefix = _label()
    suffix = _label()


class ContactPhoneIn(StrictSerializer):
    """A number; ``wa_id`` is its digits where it also receives messages elsewhere."""

    phone = PlainText(max_length=MAX_LABEL)
    type = _label()
    wa_id = _label()


class ContactEmailIn(StrictSerializer):
    """An address of mail."""

    email = PlainText(max_length=MAX_LABEL)
    type = _label()


class ContactUrlIn(StrictSerializer):
    """A page: http or https."""

    url = PlainText(max_length=MAX_URL)
    type = _label()


class ContactAddressIn(StrictSerializer):
    """A postal address."""

    street = _label()
    city = _label()
    state = _label()
    zip = _label()
    country = _label()
    country_code = _label()
    type = _label()


class ContactOrgIn(StrictSerializer):
    """Where somebody works."""

    company = _label()
    department = _label()
    title = _label()


class ContactIn(StrictSerializer):
    """Somebody's card."""

    name = ContactNameIn()
    phones = serializers.ListField(child=ContactPhoneIn(), required=False, max_length=MAX_ENTRIES)
    emails = serializers.ListField(child=ContactEmailIn(), required=False, max_length=MAX_ENTRIES)
    urls = serializers.ListField(child=ContactUrlIn(), required=False, max_length=MAX_ENTRIES)
    addresses = serializers.ListField(
        child=ContactAddressIn(), required=False, max_length=MAX_ENTRIES
    )
    org = ContactOrgIn(required=False)
    birthday = PlainText(max_length=10, required=False, help_text=_("1990-12-31, or --12-31."))


class ChoiceIn(StrictSerializer):
    """The button or row of an offer that was pressed; ``reply_to`` names the offer."""

    type = serializers.ChoiceField(choices=CHOICES)
    id = PlainText(max_length=MAX_PRESSED)
    title = PlainText(max_length=MAX_LABEL)
    description = _label()


class ProductIn(StrictSerializer):
    """A product that buyers may see; its name and price of this moment are added."""

    product = PlainText(max_length=_ID)


_OWN: Final = {
    "text": "text",
    "image": "image",
    "video": "video",
    "document": "document",
    "audio": "audio",
    "sticker": "sticker",
    "location": "location",
    "contact": "contacts",
    "product": "product",
    "choice": "choice",
}
TYPES: Final = tuple(_OWN)


class MessageIn(StrictSerializer):
    """A message that a client may post: its type, and the one field of that type."""

    client_id = serializers.RegexField(r"\A[\x21-\x7e]{1,64}\Z", trim_whitespace=False)
    type = serializers.ChoiceField(choices=TYPES)
    text = PlainText(max_length=MAX_TEXT, trim_whitespace=False, required=False)
    image = PictureIn(required=False)
    video = PictureIn(required=False)
    document = DocumentIn(required=False)
    audio = AudioIn(required=False)
    sticker = StickerIn(required=False)
    location = LocationIn(required=False)
    contacts = serializers.ListField(child=ContactIn(), required=False, max_length=MAX_CONTACTS)
    product = ProductIn(required=False)
    choice = ChoiceIn(required=False)
    mentions = MentionsField(
        required=False, help_text=_("Party ids of members whom a text or a caption speaks to.")
    )
    reply_to = PlainText(max_length=_ID, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a message that has not exactly the field of its type."""
        own = _OWN[attrs["type"]]
        if own not in attrs:
            raise serializers.ValidationError({own: _("This type needs it.")}, code="required")
        strange = sorted((set(attrs) & set(_OWN.values())) - {own})
        if strange:
            raise serializers.ValidationError(
                {strange[0]: _("It belongs to another type.")}, code="not_allowed"
            )
        return attrs


def content_of(said: dict[str, Any]) -> dict[str, Any]:
    """Return the content that a checked ``MessageIn`` stands for.

    Raises:
        InputInvalid: The type cannot mention anybody.
    """
    kind = said["type"]
    value = said[_OWN[kind]]
    content = {_OWN[kind]: value} if kind in {"text", "contact"} else dict(value)
    if "mentions" in said:
        if kind not in {"text", "image", "video", "document"}:
            raise InputInvalid(field_errors={"mentions": [{"code": "not_allowed"}]})
        content["mentions"] = said["mentions"]
    return content
