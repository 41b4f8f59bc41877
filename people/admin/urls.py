"""Where staff act on people; each address asks first, and only its form does anything."""

from django.urls import path

from people.admin import acts

urlpatterns = [
    path("people/<int:person_id>/freeze", acts.FreezePerson.door(), name="staff-freeze"),
    path("people/<int:person_id>/unfreeze", acts.UnfreezePerson.door(), name="staff-unfreeze"),
    path("people/<int:person_id>/lift-duress", acts.LiftDuress.door(), name="staff-lift-duress"),
]
