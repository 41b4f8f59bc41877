"""The PIN, as a device in the sense of django-otp."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_otp.models import Device as OtpDevice
from django_otp.models import DeviceManager

from people.models.parties import Person


class ProofDeviceManager(DeviceManager):  # type: ignore[misc]  # django-otp ships no types.
    """Finds PINs and passkeys; offers none where django-otp asks for second factors."""

    def devices_for_user(
        self,
        user: Person,  # noqa: ARG002 - The signature is django-otp's.
        confirmed: bool | None = None,  # noqa: ARG002, FBT001
    ) -> "models.QuerySet[models.Model]":
        """Return nothing: a proof of payments is no second factor of the portal or the admin."""
        none: models.QuerySet[models.Model] = self.none()
        return none


class PinDevice(OtpDevice):  # type: ignore[misc]  # django-otp ships no types.
    """A person's 6-digit PIN, with the count of tries since it was last right.

    ``pin_hash`` is a PHC string: Argon2id over an HMAC-SHA256 whose key is a setting, so that
    the database alone lets nobody guess. ``failures`` counts every try *before* it is looked
    at; a right PIN sets it back to 0. ``reset_at`` is when a forgotten PIN was last replaced
    after a recovery.

    ``duress_hash`` is a second PIN for whoever is forced to pay, with the salt of the first; empty
    for most. ``duress_since`` is when it was first used, until staff lift it, and
    ``duress_told_at`` when staff were told.

    Where django-otp asks for second factors a PIN is not offered, and its ``verify_token`` keeps
    answering no. A PIN counts only together with a signature of the person's device, in
    ``services.proofs``.
    """

    user = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="pin_device")
    pin_hash = models.CharField(max_length=200)
    failures = models.SmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    set_at = models.DateTimeField()
    reset_at = models.DateTimeField(null=True)
    duress_hash = models.CharField(max_length=200, default="", blank=True)
    duress_since = models.DateTimeField(null=True)
    duress_told_at = models.DateTimeField(null=True)

    objects = ProofDeviceManager()

    class Meta:
        """Ten wrong tries end it, whatever the code above does."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(failures__gte=0, failures__lte=10),
                name="people_pindevice_failures_at_most_ten",
            ),
            models.CheckConstraint(
                condition=Q(duress_told_at__isnull=True) | Q(duress_since__isnull=False),
                name="people_pindevice_told_of_duress",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["duress_since"],
                name="people_pindevice_in_duress",
                condition=Q(duress_since__isnull=False),
            ),
        ]
