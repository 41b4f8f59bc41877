"""What messaging does when news comes from below; each calls one service."""

from messaging.services import (
    bubbles,
    devices,
    listeners,
    request_bubbles,
    security,
    thumbnails,
)


def show_payment(*, payment_id: str) -> None:
    """A payment was authorized: its bubble appears in the same commit."""
    bubbles.show_payment(payment_id=payment_id)


def refresh_payment(*, payment_id: str) -> None:
    """A payment has a new state: its bubble shows it in the same commit."""
    bubbles.show_payment(payment_id=payment_id)


def show_request(*, request_id: str) -> None:
    """Somebody asked for money: its bubble appears in the same commit."""
    request_bubbles.show_request(request_id=request_id)


def refresh_request(*, request_id: str) -> None:
    """A request was paid, closed or reminded of: its bubble shows it in the same commit."""
    request_bubbles.refresh_request(request_id=request_id)


def refresh_refund(*, refund_id: str, payment_id: str) -> None:  # noqa: ARG001
    """A part of a payment goes back: its bubble shows it in the same commit."""
    bubbles.show_payment(payment_id=payment_id)


def show_device(*, device_id: str) -> None:
    """A device was added or removed: the person's other devices hear of it."""
    devices.show_device(device_id=device_id)


def doubt_listeners(*, person_id: int) -> None:
    """A token or a session of a person ended: their streams are asked again."""
    listeners.doubt_listeners(person_id=person_id)


def show_pin_changed(*, person_id: int) -> None:
    """A PIN was chosen or changed: the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="pin_changed")


def show_frozen(*, person_id: int) -> None:
    """A person's payments were frozen: all their devices hear of it."""
    security.tell_security(person_id=person_id, what="frozen")


def show_unfrozen(*, person_id: int) -> None:
    """A freeze was lifted: all the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="unfrozen")


def show_passkey_added(*, passkey_id: str) -> None:
    """A passkey was registered: all the person's devices hear of it."""
    security.tell_passkey(passkey_id=passkey_id, what="passkey_added")


def show_passkey_removed(*, passkey_id: str) -> None:
    """A passkey was taken away: all the person's devices hear of it."""
    security.tell_passkey(passkey_id=passkey_id, what="passkey_removed")


def show_pin_reset(*, person_id: int) -> None:
    """A forgotten PIN was replaced: the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="pin_reset")


def show_password_changed(*, person_id: int) -> None:
    """The portal's password was changed: the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="password_changed")


def show_password_reset(*, person_id: int) -> None:
    """A forgotten password was replaced: the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="password_reset")


def show_limit_chosen(*, person_id: int, limit_kind: str, name: str) -> None:
    """A limit was chosen: all the person's devices hear of it, a raise while it still waits."""
    security.tell_security(
        person_id=person_id, what="limit_chosen", limit={"kind": limit_kind, "name": name}
    )


def show_limit_decided(*, party_id: int, limit_kind: str, name: str) -> None:
    """Two of the staff set a limit, or let the usual one hold again: who has it hears of it."""
    security.tell_party(
        party_id=party_id, what="limit_decided", limit={"kind": limit_kind, "name": name}
    )


def show_night_chosen(*, person_id: int) -> None:
    """The beginning of the night was chosen: all the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="night_chosen")


def show_going_out(*, person_id: int) -> None:
    """Going-out mode was switched on or made tighter: all the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="going_out_begun")


def show_coming_home(*, person_id: int) -> None:
    """Going-out mode was ended early: all the person's devices hear of it."""
    security.tell_security(person_id=person_id, what="going_out_ended")


def show_recovery_started(*, recovery_id: str) -> None:
    """Somebody began to recover a PIN: all the person's devices hear of it, to stop it."""
    security.tell_recovery(recovery_id=recovery_id, what="recovery_started")


def show_recovery_cancelled(*, recovery_id: str) -> None:
    """A recovery was stopped: all the person's devices hear of it."""
    security.tell_recovery(recovery_id=recovery_id, what="recovery_cancelled")


def add_thumbnail(*, media_id: str) -> None:
    """A picture was uploaded: its small one is made."""
    thumbnails.add_thumbnail(media_id=media_id)
