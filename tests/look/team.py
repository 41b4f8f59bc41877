"""The pages of the team, of one's own security, and of the first minutes."""

from functools import partial
from typing import Any

from merchants.enums import Role
from merchants.portal.activity import ActivityPage
from merchants.portal.forgotten import NewPasswordForm
from merchants.portal.security import NewTotpForm, PasskeyForm, PasswordForm
from merchants.portal.sign_up import AccountForm, NumberCodeForm, PhoneForm
from merchants.portal.step_up import StepUpForm
from merchants.portal.team import InviteForm, LimitsForm, RoleForm, TeamPage
from merchants.portal.words import ROLES
from payments.codes.pictures import draw_code
from tests.look import data
from tests.look.data import ago, frame
from tests.look.lists import listing

MEMBERS: list[dict[str, Any]] = [
    {
        "id": index,
        "name": name,
        "login": login,
        "role": ROLES[role].name,
        "may": ROLES[role].may,
        "joined_at": ago(60 * 24 * 90),
        "last_seen": seen,
        "left_at": None,
        "is_you": index == 0,
    }
    for index, (name, login, role, seen) in enumerate(
        [
            ("José Ferreira", "ze", Role.OWNER, ago(0)),
            ("Lia Campos", "lia", Role.CASHIER, ago(44)),
            ("Rita Ferreira de Albuquerque Figueiredo", "+•••• 4410", Role.ACCOUNTANT, None),
        ]
    )
]
SECRET = "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP"
OTP_ADDRESS = "otpauth://totp/Troco:ze?secret=JBSWY3DPEHPK3PXP&issuer=Troco"
CODES = [f"abc{digit}-efgh-jkl{digit}-mnop" for digit in range(10)]
OPTIONS = {
    "rp": {"id": "localhost", "name": "Troco"},
    "user": {"id": "d2ViLTE", "name": "ze", "displayName": "Zé"},
    "challenge": "eHh4eHh4eHh4eHh4eHh4eA",
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "authenticatorSelection": {"userVerification": "required"},
}
ACTS: list[dict[str, Any]] = [
    {
        "id": 0,
        "at": ago(12),
        "who": "José Ferreira",
        "words": "Changed a role",
        "changes": [
            {"name": "person", "before": "lia", "after": "lia"},
            {"name": "role", "before": "support", "after": "cashier"},
        ],
        "reason": "",
    },
    {
        "id": 1,
        "at": ago(300),
        "who": "Troco's staff",
        "words": "Stopped a webhook endpoint",
        "changes": [{"name": "url", "before": "https://bot.example/cloud", "after": ""}],
        "reason": "It was asked for",
    },
]


def _roles() -> list[Any]:
    return list(ROLES.values())


def _team(members: list[dict[str, Any]], *, is_owner: bool) -> dict[str, Any]:
    invite = {"id": "inv_1", "phone": "+•••• 7782", "role": "Support", "expires_at": ago(-9000)}
    return {
        **frame("team"),
        "listing": listing(TeamPage, members, next_href="", views=[]),
        "invites": [invite] if is_owner else [],
        "roles": _roles(),
        "form": partial(LimitsForm, {"manager": "1.000,00", "cashier": "x"}, currency="BRL")
        if is_owner
        else None,
        "is_owner": is_owner,
        "may_see_acts": is_owner,
    }


def _session(name: str, seen: int, *, is_this: bool) -> dict[str, Any]:
    return {
        "id": f"wse_{seen}",
        "name": name,
        "address": "203.0.113.9",
        "factor": "Authenticator app",
        "seen_at": ago(seen),
        "is_this": is_this,
    }


def _start(form: Any) -> dict[str, Any]:
    return {
        "form": form,
        "person_name": "Zé",
        "closed": ["Bangladesh", "India"],
        "has_shop": True,
        "is_sandbox": True,
    }


PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "/portal/team": ("portal/team.html", _team(MEMBERS, is_owner=True)),
    "/look/team-cashier": ("portal/team.html", _team(MEMBERS[:2], is_owner=False)),
    "/portal/team/new": (
        "portal/invite.html",
        {**frame("team"), "form": partial(InviteForm), "roles": _roles()},
    ),
    "/portal/team/1": (
        "portal/member.html",
        {
            **frame("team"),
            "member": MEMBERS[1],
            "form": partial(RoleForm, initial={"role": "cashier"}),
            "end_form": partial(StepUpForm, auto_id="end_%s"),
            "roles": _roles(),
        },
    ),
    "/portal/team/activity": (
        "portal/activity.html",
        {
            **frame("team"),
            "listing": listing(ActivityPage, ACTS, is_filtered=True),
        },
    ),
    "/portal/security": (
        "portal/security.html",
        {
            **frame("security"),
            "has_totp": True,
            "codes_left": 2,
            "codes_form": partial(StepUpForm, {"code": ""}, auto_id="codes_%s"),
            "passkeys": [
                {
                    "public_id": "wky_1",
                    "name": "Shop's laptop",
                    "created_at": ago(9000),
                    "last_used_at": ago(9),
                }
            ],
            "sessions": [
                _session("Chrome · Linux", 1, is_this=True),
                _session("Safari · iPhone", 3000, is_this=False),
            ],
            "phones": [{"name": "Zé's phone", "seen_at": ago(40)}],
        },
    ),
    "/portal/security/passkey": (
        "portal/passkey_new.html",
        {**frame("security"), "form": partial(PasskeyForm), "options": OPTIONS},
    ),
    "/portal/security/authenticator": (
        "portal/totp.html",
        {
            **frame("security"),
            "form": partial(NewTotpForm),
            "secret": SECRET,
            "qr": draw_code(OTP_ADDRESS),
            "address": OTP_ADDRESS,
        },
    ),
    "/portal/security/password": (
        "portal/password.html",
        {**frame("security"), "form": partial(PasswordForm)},
    ),
    "/look/recovery-codes": ("portal/recovery_codes.html", {**frame("security"), "codes": CODES}),
    "/portal/sign-up": (
        "portal/sign_up.html",
        {"form": partial(PhoneForm, {"phone": ""}), "next": "", "is_sandbox": True},
    ),
    "/portal/sign-up/code": (
        "portal/sign_up_code.html",
        {
            "form": partial(NumberCodeForm),
            "phone": "+5511987654321",
            "sandbox_code": "493817",
            "start_href": "/portal/sign-up",
            "is_sandbox": True,
        },
    ),
    "/portal/sign-in/forgotten": (
        "portal/forgotten.html",
        {"form": partial(PhoneForm, {"phone": ""}), "is_sandbox": True},
    ),
    "/portal/sign-in/forgotten/password": (
        "portal/new_password.html",
        {"form": partial(NewPasswordForm), "is_sandbox": True},
    ),
    "/portal/sign-up/account": (
        "portal/sign_up_account.html",
        {
            "form": partial(AccountForm),
            "secret": SECRET,
            "qr": draw_code(OTP_ADDRESS),
            "address": OTP_ADDRESS,
            "is_sandbox": True,
        },
    ),
    "/look/sign-up-codes": (
        "portal/sign_up_codes.html",
        {"codes": CODES, "next": "/portal/start", "is_sandbox": True},
    ),
    "/portal/start": ("portal/start.html", _start(partial(data.Business))),
    "/portal/join/token": (
        "portal/join.html",
        {
            "shop_name": "Padaria do Zé",
            "role": ROLES[Role.CASHIER],
            "phone": "+•••• 4410",
            "person_name": "",
            "sign_in_href": "/portal/sign-in",
            "sign_up_href": "/portal/sign-up",
            "is_sandbox": True,
        },
    ),
}
