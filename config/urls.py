"""Every way in by HTTP, on one page."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from config import operations, reference
from config.admin import ReleaseDuty
from merchants.portal.public_links import show_link, show_product
from merchants.portal.public_papers import paper_taken, take_paper
from merchants.portal.public_pictures import show_picture, show_small_picture
from merchants.portal.styleguide import show_styleguide
from merchants.queries.faces import logo_of_party
from payments.api.callbacks import BankCallbacksView
from payments.api.receipts import ReceiptKeysView

# Patterns are tried one after another, so what is asked most stands first.
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(f"{_app}.api.urls"))
    for _app in ("payments", "messaging", "people", "merchants")
    if find_spec(f"{_app}.api.urls")
]
urlpatterns += [
    path("", RedirectView.as_view(url="/portal/")),
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("metrics", operations.metrics),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", include("config.staff.urls")),
    path("admin/", include("payments.admin.urls")),
    path("admin/", include("people.admin.urls")),
    path("admin/", include("messaging.admin.urls")),
    path("admin/", include("merchants.admin.urls")),
    path("admin/duties/<int:duty_id>/release", ReleaseDuty.door(), name="staff-release-duty"),
    path("admin/", admin.site.urls),
    path("r/", include("payments.portal.urls"), {"logo_of": logo_of_party}),
    path("l/<str:code>", show_link, name="link"),
    path("p/<str:public_id>", show_product, name="shown-product"),
    path("u/done", paper_taken, name="paper-taken"),
    path("u/<str:token>", take_paper, name="paper"),
    path("i/<str:public_id>", show_picture, name="picture"),
    path("i/<str:public_id>/small", show_small_picture, name="small-picture"),
    path(".well-known/troco-receipt-keys.json", ReceiptKeysView.as_view(), name="receipt-keys"),
    path("bank/callbacks", BankCallbacksView.as_view(), name="bank-callbacks"),
    path("v1/openapi.json", reference.Schema.as_view(), name="openapi"),
    path("v1/docs/", reference.TryIt.as_view(), name="try-it"),
    path("docs/errors", reference.errors, name="errors"),
]
urlpatterns.append(path("cloud/", include("merchants.cloud.urls")))
if find_spec("merchants.portal.urls"):
    urlpatterns.append(path("portal/", include("merchants.portal.urls")))
urlpatterns.append(path("styleguide/", show_styleguide, name="styleguide"))

handler400 = "config.refusals.bad_request"
handler403 = "config.refusals.forbidden"
handler404 = "config.refusals.not_found"
handler500 = "config.refusals.broken"
