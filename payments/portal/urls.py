"""The address of receipts, short enough for a QR code."""

from django.urls import path

from payments.portal.receipts import show_receipt

urlpatterns = [path("<str:code>", show_receipt, name="receipt")]
