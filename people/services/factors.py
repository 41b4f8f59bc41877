"""Second factors of the portal and the staff: time-based codes."""

from base64 import b32decode

from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.clock import wall_now
from core.transactions import joins, owns
from people.models import Person


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
