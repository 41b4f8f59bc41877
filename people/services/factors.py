"""Second factors of the portal and the staff: time-based codes, and codes for an emergency."""

import hashlib
import hmac
import re
import secrets
from base64 import b32decode, b32encode

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.clock import wall_now
from core.errors import TrocoError
from core.transactions import joins, owns
from people.models import Person

RECOVERY_CODES = 10
_RECOVERY = "recovery"
_CODE_BYTES = 10
_SECRET_BYTES = 20
_GAPS = re.compile(r"[\s-]")


class CodeRefused(TrocoError):
    """The authenticator's code is not the one of this moment, or was used."""

    code = "factor_rejected"
    http_status = 403
    words = _("That code is not right, or was used. Wait for a new one and try again.")


@joins
def give_totp(*, person: Person, totp_secret: str) -> None:
    """Give a person a TOTP device with a secret that an authenticator app also has.

    Changes: a ``TOTPDevice`` of django-otp.

    Args:
        person: Who signs in with it.
        totp_secret: Base 32, as in an ``otpauth`` address.

    Transaction: joins.
    """
    padded = totp_secret.upper() + "=" * (-len(totp_secret) % 8)
    TOTPDevice.objects.create(user=person, name="TOTP", confirmed=True, key=b32decode(padded).hex())


@owns
def verify_totp(*, person: Person, token: str) -> TOTPDevice | None:
    """Return the person's device whose code of this moment the token is, or None.

    django-otp's own check reads, decides and writes; twenty codes sent at once were really
    looked at seven times. With the row locked they wait for each other, and its growing pause
    after each wrong code holds.

    Changes: the device's last used step, so that a code works once; or its count of failures,
    which is committed although the answer is None.

    Args:
        person: Who signs in.
        token: Six digits.

    Transaction: owns.
    """
    if not (token.isascii() and token.isdigit()):
        return None
    devices = TOTPDevice.objects.select_for_update().filter(user=person, confirmed=True)
    for device in devices.order_by("id"):
        if device.verify_token(token):
            return device
    return None


def current_totp(*, login: str) -> str | None:
    """Return the code that a person's authenticator shows now, or None without a device.

    Only commands of a sandbox ask for it: whoever reads the secret needs no factor.

    Transaction: none.
    """
    device = TOTPDevice.objects.filter(user__login=login, confirmed=True).order_by("id").first()
    if device is None:
        return None
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = wall_now().timestamp()
    return f"{totp.token():0{device.digits}d}"


def new_totp_secret() -> str:
    """Return a fresh secret for an authenticator app, in base 32.

    Transaction: none.
    """
    return b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


@owns
def replace_totp(*, person: Person, totp_secret: str, token: str) -> TOTPDevice:
    """Let another authenticator take the place of a person's, once it shows a right code.

    Changes: the person's ``TOTPDevice`` rows; sessions that stand on the old one are over.

    Args:
        person: Whose; has shown a factor just now.
        totp_secret: Base 32.
        token: What the new authenticator shows.

    Raises:
        CodeRefused: It shows something else.

    Transaction: owns.
    """
    TOTPDevice.objects.filter(user=person).delete()
    return begin_totp(person=person, totp_secret=totp_secret, token=token)


@joins
def begin_totp(*, person: Person, totp_secret: str, token: str) -> TOTPDevice:
    """Give a person an authenticator that has shown a right code, which is used up by it.

    Raises:
        CodeRefused: It shows something else. The caller's transaction is lost then.

    Transaction: joins.
    """
    give_totp(person=person, totp_secret=totp_secret)
    device = TOTPDevice.objects.filter(user=person, confirmed=True).order_by("-id").get()
    if not (token.isascii() and token.isdigit() and device.verify_token(token)):
        raise CodeRefused
    return device


@owns
def make_recovery_codes(*, person: Person) -> list[str]:
    """Give a person ten codes for when their authenticator is lost; older ones end.

    Only hashes are kept, under the instance's own secret.

    Changes: the person's ``StaticDevice`` and its tokens.

    Returns:
        The codes, shown this once.

    Transaction: owns.
    """
    StaticDevice.objects.filter(user=person, name=_RECOVERY).delete()
    device = StaticDevice.objects.create(user=person, name=_RECOVERY, confirmed=True)
    codes = [
        b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
        for _each in range(RECOVERY_CODES)
    ]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_kept(code)) for code in codes)
    return [f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}" for code in codes]


@owns
def verify_recovery_code(*, person: Person, code: str) -> StaticDevice | None:
    """Use one of a person's recovery codes up, or return None; wrong ones are slowed down.

    Changes: the code is gone; or the device's count of failures.

    Transaction: owns.
    """
    devices = StaticDevice.objects.select_for_update().filter(user=person, name=_RECOVERY)
    device = devices.first()
    plain = _GAPS.sub("", code).lower()
    return device if device is not None and device.verify_token(_kept(plain)) else None


def recovery_codes_left(*, person: Person) -> int:
    """Return how many recovery codes a person has.

    Transaction: none (one query).
    """
    kept = StaticToken.objects.filter(device__user=person, device__name=_RECOVERY)
    return int(kept.count())


def has_totp(*, person: Person) -> bool:
    """Tell whether a person has an authenticator app.

    Transaction: none (one query).
    """
    return bool(TOTPDevice.objects.filter(user=person, confirmed=True).exists())


def _new_code() -> str:
    return b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()


def _kept(code: str) -> str:
    """Return what is kept of a recovery code: 64 bits of a keyed hash of its 80."""
    key = hashlib.sha256(b"troco recovery codes 1" + str(settings.SECRET_KEY).encode()).digest()
    return hmac.new(key, code.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:16]
