"""Where staff act on reports; the address asks first, and only its form does anything."""

from django.urls import path

from messaging.admin.reports import CloseReport

urlpatterns = [
    path("reports/<str:report_id>/close", CloseReport.door(), name="staff-close-report"),
]
