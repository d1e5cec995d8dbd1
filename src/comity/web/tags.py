"""The two tags that our templates have beyond Django's.

    {% w "docket-title" %}       the words of a page in the reader's language (`web.words`)
    {{ moment|when }}            a `moments.Moment`, as the HTML element for times

Deliberately not here: anything that looks something up.
"""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from comity.web.moments import Moment
from comity.web.words import word

register = template.Library()


@register.simple_tag(takes_context=True)
def w(context: dict[str, Any], key: str, **values: object) -> str:
    """Return words of the page; escaped like any other value."""
    return word(key, context["language"], **{name: str(value) for name, value in values.items()})


@register.filter
def when(moment: Moment) -> SafeString:
    """Return the moment in words, with what a machine reads beside it."""
    return format_html('<time datetime="{}">{}</time>', moment.machine, moment.words)
