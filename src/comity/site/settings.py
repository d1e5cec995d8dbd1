"""Django's settings: constants only, the same for every node.

Deliberately not here: who this node is, where its database lies, what the time is. Those
belong to a `Node` value, which every function takes; so two nodes can live in one process,
and there is no `default` database for anything to be written to by mistake.
"""

from pathlib import Path

SECRET_KEY = "unused: cookies are signed with the key of the node that gives them"  # noqa: S105  # no secret
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INSTALLED_APPS = ["comity.node", "comity.web"]
DATABASES = {"default": {"ENGINE": "django.db.backends.dummy"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False  # our words are tables of both languages; see `tracks.words`
ROOT_URLCONF = "comity.site.urls"
MIDDLEWARE = ["comity.web.guard.Guard"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "web" / "templates"],
        "OPTIONS": {"builtins": ["comity.web.tags"]},
    }
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
LOGGING_CONFIG = None
