"""The pages of the API: the schema, a page to try it, and the catalogue of errors."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from core.errors import catalogue


class Schema(SpectacularAPIView):
    """The OpenAPI 3.1 document, as JSON."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = [OpenApiJsonRenderer]


class TryIt(SpectacularSwaggerSplitView):
    """Swagger UI from our own origin; its script is a file, so the strict policy holds."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    url_name = "openapi"


def errors(request: HttpRequest) -> HttpResponse:
    """Show the catalogue of error codes; a problem's ``type`` leads here."""
    return render(request, "reference/errors.html", {"errors": list(catalogue())})
