"""In whose words shops' endpoints are told, beside Standard Webhooks."""

from merchants.cloud.news import SPEECH
from merchants.enums import Dialect
from merchants.services.dialects import register_dialect


def install() -> None:
    """Make the Cloud dialect spoken."""
    register_dialect(Dialect.CLOUD, SPEECH)
