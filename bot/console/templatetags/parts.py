"""Tags every template has: style sheets and icons of our own, never from a network."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def sheets(names: str) -> list[str]:
    """Addresses of our style sheets, one for each part of the page."""
    return [static(f"console/css/{name}.css") for name in names.split()]


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing from our own sheet; the word beside it says what it means, so it is hidden from readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>', static("console/icons.svg"), name
    )
