"""Settings: everything that differs between instances comes from the environment.

Each variable is described in ``docs/settings.md``; a test compares the two.
"""

from pathlib import Path

from csp.constants import NONCE
from environs import Env

from config.databases import database_from_url
from config.media_storage import media_storage
from config.passkeys import passkey_domain, passkey_origins
from config.secret import secret
from config.senders import code_sender
from merchants.codes.web_push import public_key_of

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# What this instance is.
TROCO_MODE = env.str("TROCO_MODE", "sandbox")
if TROCO_MODE not in {"sandbox", "live"}:
    raise ValueError("TROCO_MODE is either sandbox or live.")
SANDBOX = TROCO_MODE == "sandbox"
DEBUG = False

# Secrets. The launcher makes them for a sandbox; a live instance must bring its own.
SECRET_KEY = secret(env, "TROCO_SECRET_KEY", is_sandbox=SANDBOX)
# Those before it: sessions and kept answers that were signed with them stay good.
SECRET_KEY_FALLBACKS: list[str] = env.list("TROCO_OLD_SECRET_KEYS", [])
TROCO_PIN_PEPPER = secret(env, "TROCO_PIN_PEPPER", is_sandbox=SANDBOX)
TROCO_RECEIPT_KEY = secret(env, "TROCO_RECEIPT_KEY", is_sandbox=SANDBOX)
TROCO_SIMULATOR_SECRET = env.str("TROCO_SIMULATOR_SECRET", "sandbox-only-simulator")

# Where it is reached.
TROCO_PORT = env.int("TROCO_PORT", 8000)
TROCO_PUBLIC_URL = env.str("TROCO_PUBLIC_URL", f"http://127.0.0.1:{TROCO_PORT}")
# What passkeys are bound to: a domain, and the pages (or apps) that may ask for them. Browsers
# take no bare address for a domain, so on this machine it is localhost.
TROCO_PASSKEY_DOMAIN = passkey_domain(TROCO_PUBLIC_URL)
TROCO_PASSKEY_ORIGINS = [
    *passkey_origins(TROCO_PUBLIC_URL, TROCO_PORT, is_sandbox=SANDBOX),
    *env.list("TROCO_PASSKEY_ORIGINS", []),
]
ALLOWED_HOSTS = env.list("TROCO_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("TROCO_TRUSTED_ORIGINS", [])
SECURE = TROCO_PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-troco" if SECURE else "troco"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-troco-csrf" if SECURE else "troco-csrf"

# What it speaks to.
DATABASE_URL = env.str("DATABASE_URL", "postgresql:///troco")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", DATABASE_URL)
TROCO_DATABASE_ROLE = env.str("TROCO_DATABASE_ROLE", "app")
DATABASES = {
    "default": database_from_url(
        DATABASE_OWNER_URL if TROCO_DATABASE_ROLE == "owner" else DATABASE_URL,
        pool_size=env.int("TROCO_DATABASE_POOL", 0),
        statement_seconds=env.int("TROCO_STATEMENT_SECONDS", 0),
    )
}
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "")
# Where hints of news travel between processes; empty: Postgres itself.
CHANNEL_URL = env.str("CHANNEL_URL", "")
TROCO_SIMULATOR_URL = env.str("TROCO_SIMULATOR_URL", "http://127.0.0.1:8099" if SANDBOX else "")
TROCO_HTTP_ALLOWED_ORIGINS: list[str] = env.list("TROCO_HTTP_ALLOWED_ORIGINS", [])
if SANDBOX and TROCO_SIMULATOR_URL:
    TROCO_HTTP_ALLOWED_ORIGINS = [*TROCO_HTTP_ALLOWED_ORIGINS, TROCO_SIMULATOR_URL]
# Pushes to browsers: a key made by ``manage.py make_push_key``, and whom services may write to.
TROCO_PUSH_KEY = env.str("TROCO_PUSH_KEY", "")
if TROCO_PUSH_KEY:
    public_key_of(TROCO_PUSH_KEY)  # What is no key is told now, and not by the first push.
TROCO_PUSH_CONTACT = env.str("TROCO_PUSH_CONTACT", TROCO_PUBLIC_URL)
TROCO_HTTP_MAX_BYTES = env.int("TROCO_HTTP_MAX_BYTES", 32 * 1024 * 1024)
TROCO_SANDBOX_OPEN = env.bool("TROCO_SANDBOX_OPEN", False)
TROCO_RAILS = {
    "sandbox": "payments.rails.sandbox.SandboxRail",
    "pix": "payments.rails.pix.PixRail",
    "cards": "payments.rails.cards.CardsRail",
    "iso20022": "payments.rails.iso20022.Iso20022Rail",
}
# Banks that exchange files with us in a folder instead of over HTTP: ``bank=/folder,…``.
TROCO_BANK_FOLDERS: dict[str, str] = env.dict("TROCO_BANK_FOLDERS", {})
# Without one, no bank is listened to.
_SIMULATOR_SIGNS_WITH = env.str("TROCO_SIMULATOR_CALLBACK_SECRET", TROCO_SIMULATOR_SECRET)
TROCO_BANK_CALLBACK_SECRETS: list[str] = env.list(
    "TROCO_BANK_CALLBACK_SECRETS", [_SIMULATOR_SIGNS_WITH] if SANDBOX else []
)
TROCO_CLOUD_WINDOW_HOURS = env.int("TROCO_CLOUD_WINDOW_HOURS", 24)
TROCO_CLOUD_MARKETING_OPT_IN = env.bool("TROCO_CLOUD_MARKETING_OPT_IN", True)
TROCO_CLOUD_PER_SECOND = env.int("TROCO_CLOUD_PER_SECOND", 0 if SANDBOX else 80)
TROCO_CLOUD_PAIR_SECONDS = env.float("TROCO_CLOUD_PAIR_SECONDS", 0 if SANDBOX else 6)
TROCO_CLOUD_PAIR_BURST = env.int("TROCO_CLOUD_PAIR_BURST", 45)
TROCO_WEBHOOK_TIMEOUT_SECONDS = env.float("TROCO_WEBHOOK_TIMEOUT_SECONDS", 15.0)
TROCO_BANK_TIMEOUT_SECONDS = env.float("TROCO_BANK_TIMEOUT_SECONDS", 10.0)
TROCO_STATEMENT_TIMEOUT_SECONDS = env.float("TROCO_STATEMENT_TIMEOUT_SECONDS", 120.0)
TROCO_STATEMENT_MAX_BYTES = env.int("TROCO_STATEMENT_MAX_BYTES", 1024 * 1024 * 1024)
TROCO_OPERATOR_NAME = env.str("TROCO_OPERATOR_NAME", "Troco")
TROCO_CHECK_MAX_AGE_SECONDS = env.int("TROCO_CHECK_MAX_AGE_SECONDS", 300)

# How it behaves.
TROCO_CODE_SENDER = code_sender(env, is_sandbox=SANDBOX)
TROCO_CODE_GATEWAY_URL = env.str("TROCO_CODE_GATEWAY_URL", "")
TROCO_CODE_GATEWAY_TOKEN = env.str("TROCO_CODE_GATEWAY_TOKEN", "")
TROCO_MAIL_FROM = env.str("TROCO_MAIL_FROM", "troco@localhost")
EMAIL_HOST = env.str("TROCO_MAIL_HOST", "")
EMAIL_PORT = env.int("TROCO_MAIL_PORT", 587)
EMAIL_HOST_USER = env.str("TROCO_MAIL_USER", "")
EMAIL_HOST_PASSWORD = env.str("TROCO_MAIL_PASSWORD", "")
# Never in clear: 465 speaks TLS from the first byte, every other port after STARTTLS.
EMAIL_USE_SSL = EMAIL_PORT == 465  # noqa: PLR2004 - RFC 8314.
EMAIL_USE_TLS = not EMAIL_USE_SSL
EMAIL_TIMEOUT = 20
if not EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = Path(env.str("TROCO_HOME", ".troco")) / "mail"
CAN_MAIL = bool(EMAIL_HOST) or SANDBOX
TROCO_RECOVERY_HOURS = env.int("TROCO_RECOVERY_HOURS", 24)
TROCO_RECOVERY_ALONE_HOURS = env.int("TROCO_RECOVERY_ALONE_HOURS", 7 * 24)
TROCO_MEANS_COOLING_HOURS = env.int("TROCO_MEANS_COOLING_HOURS", 24)
TROCO_EDIT_MINUTES = env.int("TROCO_EDIT_MINUTES", 15)
TROCO_DELETE_HOURS = env.int("TROCO_DELETE_HOURS", 48)
TROCO_POLITENESS = env.bool("TROCO_POLITENESS", not SANDBOX)
TROCO_METRICS_TOKEN = env.str("TROCO_METRICS_TOKEN", "")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "config.apps.TrocoAdminConfig",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "core",
    "people",
    "payments",
    "messaging",
    "merchants",
    "config.apps.ConfigConfig",
]

MIDDLEWARE = [
    "core.api.request_id_middleware",
    "config.refusals.nul_middleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
            "libraries": {"troco": "merchants.portal.templatetags.troco"},
        },
    }
]

AUTH_USER_MODEL = "people.Person"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "config.hashers.PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
OTP_TOTP_ISSUER = "Troco"
LOGIN_URL = "/portal/sign-in"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)"), ("bn", "বাংলা")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "troco-language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("TROCO_STATIC_ROOT", BASE_DIR / "staticfiles")
WHITENOISE_USE_FINDERS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# What people send lies in a folder of the instance; see docs/media.md for object stores.
TROCO_MEDIA_ROOT = env.path("TROCO_MEDIA_ROOT", Path(env.str("TROCO_HOME", ".troco")) / "media")
TROCO_MEDIA_DAILY_BYTES = env.int("TROCO_MEDIA_DAILY_BYTES", 1_000_000_000)
TROCO_MEDIA_DAILY_FILES = env.int("TROCO_MEDIA_DAILY_FILES", 1000)
FILE_UPLOAD_HANDLERS = ["core.api.uploads.ToDisk"]
TROCO_INCOMING_ROOT = TROCO_MEDIA_ROOT / "incoming"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "media": media_storage(env, TROCO_MEDIA_ROOT),
}

# Nothing inline, nothing from elsewhere; the admin's pages live under the same policy.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "media-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["people.api.auth.DeviceAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    # core.api.ApiView names its own parser and renderer: core.api cannot be imported from here.
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.problem_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Troco",
    "DESCRIPTION": "Payments inside the conversation. Amounts are whole minor units.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/v1",
    "SERVERS": [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.openapi.describe_stream",
    ],
    "ENUM_NAME_OVERRIDES": {
        "MediaKindEnum": ["image", "audio", "video", "document"],
        "OpenOrClosedEnum": ["open", "closed"],
        "OrderStateEnum": "merchants.enums.OrderState",
        "OrderTimelineKindEnum": ["move", "note"],
        "DeliveryStateEnum": "merchants.enums.DeliveryState",
        "EndpointStateEnum": ["enabled", "disabled"],
        "LinkStateEnum": "merchants.enums.LinkState",
        "MoneyKindEnum": "payments.enums.PaymentKind",
        "PaymentStateEnum": "payments.enums.PaymentState",
        "PayoutStateEnum": "payments.enums.PayoutState",
        "RefundStateEnum": "payments.enums.RefundState",
        "UnitEnum": "merchants.enums.Unit",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("TROCO_LOG_LEVEL", "INFO")},
    "loggers": {
        "httpcore": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}
