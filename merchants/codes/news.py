"""What somebody of a team chose to be told of, and how."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from merchants.enums import NewsKind, Role

ALL: Final = frozenset(NewsKind)
SPEAKING: Final = frozenset({Role.OWNER, Role.MANAGER, Role.CASHIER, Role.SUPPORT})
SEES_MONEY: Final = frozenset({Role.OWNER, Role.MANAGER, Role.CASHIER, Role.ACCOUNTANT})
SELLS: Final = frozenset({Role.OWNER, Role.MANAGER, Role.CASHIER})
KEEPS: Final = frozenset({Role.OWNER, Role.MANAGER})
FOR_ROLES: Final[Mapping[NewsKind, frozenset[Role]]] = {
    NewsKind.MESSAGE: SPEAKING,
    NewsKind.ORDER: SPEAKING,
    NewsKind.PAYMENT: SEES_MONEY,
    NewsKind.DISPUTE: SELLS,
    NewsKind.STOCK: KEEPS,
    NewsKind.PAYOUT: KEEPS | {Role.ACCOUNTANT},
    NewsKind.REFUND: SELLS,
}
"""Who may be told of what: nobody hears of more than their pages show them."""
FIRST: Final = ALL - {NewsKind.REFUND}
"""The kinds there were when choices were first kept, without a word of which these are."""


@dataclass(frozen=True, slots=True)
class NewsChoices:
    """What is told on the screen, with a sound, and by push.

    A sound is off until somebody wants it; a push reaches only browsers that were subscribed.

    Attributes:
        screen: Kinds that the portal shows as they happen and lists.
        sound: Kinds that it also plays its sound for.
        push: Kinds that subscribed browsers are told of.
        tells_all: Whether a push says names and amounts, also on a locked screen.
    """

    screen: frozenset[NewsKind] = ALL
    sound: frozenset[NewsKind] = frozenset()
    push: frozenset[NewsKind] = ALL
    tells_all: bool = False


def read_choices(kept: Mapping[str, Any]) -> NewsChoices:
    """Return choices as they are kept; what was no choice then is as nobody had chosen."""
    plain = NewsChoices()
    added = ALL - (_kinds(kept["known"]) if "known" in kept else FIRST)

    def chosen(way: str, usual: frozenset[NewsKind]) -> frozenset[NewsKind]:
        return _kinds(kept[way]) | (usual & added) if way in kept else usual

    return NewsChoices(
        screen=chosen("screen", plain.screen),
        sound=chosen("sound", plain.sound),
        push=chosen("push", plain.push),
        tells_all=bool(kept.get("tells_all", False)),
    )


def kept_choices(choices: NewsChoices) -> dict[str, Any]:
    """Return choices as they are kept, and between which kinds they were made."""
    return {
        "screen": sorted(choices.screen),
        "sound": sorted(choices.sound),
        "push": sorted(choices.push),
        "tells_all": choices.tells_all,
        "known": sorted(ALL),
    }


def kinds_for(role: Role) -> list[NewsKind]:
    """Return what somebody with a role may be told of, in the order it is shown."""
    return [kind for kind in NewsKind if role in FOR_ROLES[kind]]


def _kinds(names: Iterable[str]) -> frozenset[NewsKind]:
    return frozenset(NewsKind(name) for name in names if name in NewsKind.values)
