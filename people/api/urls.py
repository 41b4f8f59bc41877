"""The people part of ``/v1``."""

from django.urls import path

from people.api import blocks, duress, freezing, me, passkeys, sandbox, sign_in

urlpatterns = [
    path("sign-in/codes", sign_in.CodesView.as_view()),
    path("sign-in", sign_in.SignInView.as_view()),
    path("me", me.MeView.as_view()),
    path("me/devices", me.DevicesView.as_view()),
    path("me/devices/<str:public_id>", me.DeviceView.as_view()),
    path("me/devices/<str:public_id>/removal", me.DeviceRemovalView.as_view()),
    path("me/identity", me.IdentityView.as_view()),
    path("me/pin", me.PinView.as_view()),
    path("me/challenges", me.ChallengesView.as_view()),
    path("me/duress-pin", duress.DuressPinView.as_view()),
    path("me/passkeys", passkeys.PasskeysView.as_view()),
    path("me/passkeys/options", passkeys.OptionsView.as_view()),
    path("me/passkeys/<str:public_id>", passkeys.PasskeyView.as_view()),
    path("me/freeze", freezing.FreezeView.as_view()),
    path("me/blocks", blocks.BlocksView.as_view()),
    path("me/blocks/<str:party>", blocks.BlockView.as_view()),
    path("me/unfreeze", freezing.UnfreezeView.as_view()),
    path("sandbox/codes", sandbox.SandboxCodesView.as_view()),
    path("sandbox/invitations", sandbox.SandboxInvitationsView.as_view()),
]
