"""Pages of the staff's site that belong to no single room."""

from django.urls import path

from config.staff.approvals import Approvals
from config.staff.search import Search

urlpatterns = [
    path("approvals/", Approvals.door(), name="staff-approvals"),
    path("search", Search.door(), name="staff-search"),
]
