"""Settings, all from the environment (design §9): nothing here is secret and nothing needs editing."""

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.csp import CSP

from policies.answering import undo_time
from policies.lockout import idle_minutes

os.umask(0o077)  # database, attachments and keys are for the account that runs us only

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("HUIYIN_DATA") or ROOT / "var").resolve()
DATA.mkdir(parents=True, exist_ok=True)
DEMO = os.environ.get("HUIYIN_DEMO", "1") != "0"
DEMO_PASSWORD = "yunchuan-2026-huiyin"  # noqa: S105  (the demo listens on this machine only and says so on its sign-in page)
REDIS_URL = os.environ.get("REDIS_URL", "")
NLU_URLS = [url for url in os.environ.get("NLU_URL", "").split(",") if url]
NLU_TOKEN = os.environ.get("NLU_TOKEN", "")  # one for all of them, or one each, comma-separated
RASA_PYTHON = Path(os.environ.get("NLU_PYTHON") or ROOT / ".venv-rasa" / "bin" / "python")  # trains beside the running models
NLU_SETS = ROOT / "tests" / "nlu" / "sets"  # the written sets that models are compared on
PUBLIC_URL = os.environ.get("HUIYIN_PUBLIC_URL", f"http://127.0.0.1:{os.environ.get('PORT', '8000')}").rstrip("/")
SANDBOX_URL = os.environ.get("HUIYIN_SANDBOX_URL", "")

# How long, in seconds, a process that died keeps its work to itself. A send's lease is renewed six times within its length.
LEASE_SECONDS = float(os.environ.get("HUIYIN_LEASE_SECONDS") or 60)
INTAKE_LEASE_SECONDS = float(os.environ.get("HUIYIN_INTAKE_LEASE_SECONDS") or 15)
PLATFORM_TIMEOUT = float(os.environ.get("HUIYIN_PLATFORM_TIMEOUT") or 10)  # for one call to a platform


def _secret_key() -> str:
    given = os.environ.get("HUIYIN_SECRET_KEY")
    if given:
        return given
    path = DATA / "secret_key"
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()


def _database(url: str) -> dict[str, object]:
    if not url or url.startswith("sqlite"):
        path = url.partition(":///")[2] or str(DATA / "huiyin.sqlite3")
        pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;"
        return {
            "ENGINE": "bot.inbox.sqlite",
            "CONN_MAX_AGE": None,  # every thread keeps its own: opening one costs more than most transactions
            "NAME": path,
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "cached_statements": 512, "init_command": pragmas},
            "TEST": {"NAME": str(DATA / "test.sqlite3")},  # a file: tests with several threads need to see one database
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,  # a connection the server has cut is noticed when it leaves the pool, not by whoever got it
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 24, "timeout": 20}},
    }


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("HUIYIN_SECRET_KEY_PREVIOUS", "").split(",") if key]
DEBUG = False
HOSTS_HERE = f"127.0.0.1,localhost,[::1],{urlsplit(PUBLIC_URL).hostname or ''}"  # this machine may always ask
ALLOWED_HOSTS = os.environ.get("HUIYIN_ALLOWED_HOSTS", "*" if DEMO else HOSTS_HERE).split(",")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "bot.audit",
    "bot.staff",
    "bot.deadlines",
    "bot.duty",
    "bot.paging",
    "bot.channels",
    "bot.outbox",
    "bot.inbox",
    "bot.tickets",
    "bot.answering",
    "bot.closing",
    "bot.incidents",
    "bot.learning",
    "bot.knowledge",
    "bot.dialogue",
    "bot.supervision",
    "bot.console",
    "bot.api",
    "bot.worker",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bot.console.session.SessionGuard",
]
ROOT_URLCONF = "bot.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bot.console.frame.frame",
            ]
        },
    }
]
ASGI_APPLICATION = "bot.asgi.application"

DATABASES = {"default": _database(os.environ.get("DATABASE_URL", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "staff.Person"
AUTHENTICATION_BACKENDS = ["bot.staff.signin.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
UNDO_SECONDS = float(os.environ.get("HUIYIN_UNDO_SECONDS") or undo_time(urgent=False).total_seconds())
IDLE_MINUTES = int(os.environ.get("HUIYIN_IDLE_MINUTES") or idle_minutes())
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PUBLIC_URL.startswith("https://") else None
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "media-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "bot" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = None  # served from the apps themselves
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "bot.log.HideSecrets"}},
    "formatters": {"json": {"()": "bot.log.Formatter"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["secrets"]}},
    "root": {"handlers": ["out"], "level": os.environ.get("HUIYIN_LOG", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "httpcore": {"level": "WARNING"}},
}
