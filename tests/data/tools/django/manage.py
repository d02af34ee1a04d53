import os
import sys
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management import execute_from_command_line

url = urlsplit(os.environ["DATABASE_URL"])
settings.configure(INSTALLED_APPS=["polls"], DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "HOST": url.hostname, "PORT": url.port or 5432, "NAME": url.path[1:],
    "USER": unquote(url.username), "PASSWORD": unquote(url.password),
}})
execute_from_command_line(sys.argv)
