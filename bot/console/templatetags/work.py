"""Filters of figures: hours in words, periods by name."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()
PERIODS = {"this_month": gettext_lazy("本月至今"), "last_month": gettext_lazy("上月"), "last_quarter": gettext_lazy("上季度")}
TWO_DAYS = 48


@register.filter
def hours(value: float | None) -> str:
    """A span in hours as people say it; a dash where too few answers stand behind it."""
    if value is None:
        return "–"
    if value < 1:
        return _("%(m)s 分钟") % {"m": max(1, round(value * 60))}
    return (
        _("%(h)s 小时") % {"h": f"{value:.1f}".removesuffix(".0")}
        if value < TWO_DAYS
        else _("%(d)s 天") % {"d": f"{value / 24:.1f}".removesuffix(".0")}
    )


@register.filter
def period(name: str) -> str | Promise:
    """The name of a period."""
    return PERIODS.get(name, name)
