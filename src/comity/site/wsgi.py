"""The WSGI door of one node: Django's handler, with the node in each request's environment.

Two nodes in one process are two callables. Deliberately not here: sockets and threads
(`node.serving`).
"""

import logging
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

import django
from django.apps import apps

from comity.node.node import Node

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_LOUD: Final = ("django.request", "django.security")
"""Loggers of Django that write addresses and errors: an address may hold a link, an error a body."""


def application(node: Node) -> Application:
    """Return the WSGI callable of a node."""
    set_up()
    from django.core.handlers.wsgi import WSGIHandler  # only after Django is set up

    from comity.web.guard import NODE_KEY

    handler = WSGIHandler()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[NODE_KEY] = node
        return handler(environ, start_response)

    return serve


def set_up() -> None:
    """Set Django up once, and keep its own loggers from writing what pages must not say."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comity.site.settings")
    if not apps.ready:
        django.setup()
    for name in _LOUD:
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        logger.propagate = False
