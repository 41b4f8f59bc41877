"""Where staff act on people; each address asks first, and only its form does anything."""

from django.urls import path

from people.admin import acts, approvals, reveal, trail

urlpatterns = [
    path("people/<int:person_id>/freeze", acts.FreezePerson.door(), name="staff-freeze"),
    path("people/<int:person_id>/unfreeze", acts.UnfreezePerson.door(), name="staff-unfreeze"),
    path("people/<int:person_id>/lift-duress", acts.LiftDuress.door(), name="staff-lift-duress"),
    path("people/<int:person_id>/reveal", reveal.RevealPerson.door(), name="staff-reveal"),
    path("audit/export", trail.ExportAudit.door(), name="staff-export-audit"),
    path("people/<int:person_id>/groups", approvals.ChangeGroups.door(), name="staff-groups"),
    path(
        "approvals/<str:approval_id>/approve",
        approvals.ApproveRequest.door(),
        name="staff-approve-request",
    ),
    path(
        "approvals/<str:approval_id>/decline",
        approvals.DeclineRequest.door(),
        name="staff-decline-request",
    ),
    path(
        "approvals/<str:approval_id>/withdraw",
        approvals.WithdrawApproval.door(),
        name="staff-withdraw-request",
    ),
]
