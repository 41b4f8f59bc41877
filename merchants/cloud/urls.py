"""Addresses below ``/cloud/``; a version before them is taken and means nothing."""

from django.urls import include, path, re_path

from merchants.cloud import views

_objects = [
    path("oauth/access_token", views.on_token),
    path("debug_token", views.on_debug),
    path("media/<int:number>", views.on_file),
    path("links/<str:code>", views.on_code),
    path("<int:number>", views.on_object),
    path("<int:number>/", views.on_object),
    path("<int:number>/message_qrdls/<str:code>", views.on_link),
    path("<int:number>/message_templates/<int:template>", views.on_template),
    path("<int:number>/payments/<str:configuration>/<str:reference>", views.on_payment),
    path("<int:number>/<str:asked>", views.on_object),
    path("<int:number>/<str:asked>/", views.on_object),
]
urlpatterns = [
    re_path(r"^v[0-9]{1,3}(?:\.[0-9]{1,3})?/", include(_objects)),
    *_objects,
    path("<path:rest>", views.nothing),
]
