"""The Django application of the node: its name, and nothing that runs at start.

Deliberately not here: signals. What must happen, happens in the function that does it.
"""

from django.apps import AppConfig


class NodeConfig(AppConfig):
    name = "comity.node"
    label = "node"
    default_auto_field = "django.db.models.BigAutoField"
