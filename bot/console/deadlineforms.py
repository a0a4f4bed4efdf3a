"""The forms of 期限与日历. They check shape; what may be set, actions decide."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.console import words
from bot.deadlines.inherited import Line, Way
from bot.deadlines.legal import TEXT_MAX
from policies.legal import Where
from policies.packs import Own
from policies.pauses import reasons


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class TermForm(forms.Form):
    """One value of a department's pack."""

    key = forms.ChoiceField(label=_("项目"), choices=list(words.TERMS.items()))
    value = forms.IntegerField(label=_("数值"), min_value=0, max_value=100_000)
    unit = forms.ChoiceField(label=_("单位"), choices=list(words.UNITS.items()))
    source = forms.CharField(label=_("依据"), max_length=300, widget=_area(2), help_text=_("文件名称和条款，或为什么这样定"))

    @classmethod
    def of(cls, line: Line) -> "TermForm":
        """The form as the value now stands."""
        own = line.own
        return cls(initial={"key": own.key, "value": own.value, "unit": own.unit, "source": own.source if line.is_own else ""})

    def own(self) -> Own:
        data = self.cleaned_data
        return Own(data["key"], data["value"], data["unit"], data["source"])


class HoursForm(forms.Form):
    """Office hours: one sitting, or two with a pause at noon."""

    morning_from = forms.TimeField(label=_("上午上班"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    morning_until = forms.TimeField(label=_("上午下班"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    afternoon_from = forms.TimeField(label=_("下午上班"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    afternoon_until = forms.TimeField(label=_("下午下班"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    source = forms.CharField(label=_("依据"), max_length=300, help_text=_("例如本地作息时间的通知"))

    @classmethod
    def of(cls, sittings: tuple[tuple[time, time], ...]) -> "HoursForm":
        moments = [moment for pair in sittings for moment in pair]
        return cls(initial=dict(zip(("morning_from", "morning_until", "afternoon_from", "afternoon_until"), moments, strict=False)))

    def sittings(self) -> list[list[str]]:
        data = self.cleaned_data
        pairs = [(data["morning_from"], data["morning_until"]), (data["afternoon_from"], data["afternoon_until"])]
        return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in pairs if opens is not None and closes is not None]

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or {}
        if (data.get("afternoon_from") is None) != (data.get("afternoon_until") is None):
            self.add_error("afternoon_until", _("下午的上下班时间要么都填，要么都不填。"))
        return data


class YearForm(forms.Form):
    """A year's arrangement: a file or a text, and the text again once it has been looked at."""

    file = forms.FileField(label=_("文件（TOML）"), required=False, widget=forms.FileInput(attrs={"accept": ".toml,.txt"}))
    text = forms.CharField(
        label=_("或粘贴内容"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 10, "class": "mono"})
    )

    def given(self) -> str:
        """The text of whichever was given."""
        file = self.cleaned_data.get("file")
        return file.read(100_000).decode("utf-8", errors="replace") if file else str(self.cleaned_data["text"])


class LegalForm(forms.Form):
    """Where a legal route begins."""

    route = forms.ChoiceField(label=_("途径"), choices=list(words.LEGAL_ROUTES.items()))
    office = forms.CharField(label=_("受理单位"), max_length=200)
    address = forms.CharField(label=_("地址"), max_length=300, required=False)
    phone = forms.CharField(label=_("电话"), max_length=100, required=False)
    hours = forms.CharField(label=_("时间"), max_length=200, required=False)
    url = forms.CharField(label=_("网址"), max_length=500, required=False)
    text = forms.CharField(
        label=_("怎样办理"), max_length=TEXT_MAX, required=False, widget=_area(4), help_text=_("须带什么材料，期限从何时起算")
    )
    source = forms.CharField(label=_("依据"), max_length=300, help_text=_("法规名称和条款"))

    @classmethod
    def of(cls, way: Way) -> "LegalForm":
        where = way.where
        fields = ("office", "address", "phone", "hours", "url", "text", "source")
        return cls(initial={"route": way.route, **{name: getattr(where, name) for name in fields}})

    def where(self) -> Where:
        return Where(**{name: value for name, value in self.cleaned_data.items() if name != "route"})


class PauseForm(forms.Form):
    """Asking the citizen, with the clock standing until then."""

    reason = forms.ChoiceField(label=_("请市民"), choices=[(name, words.PAUSE_REASONS[name]) for name in reasons()])
    text = forms.CharField(label=_("具体是什么（会发给市民）"), max_length=400, widget=_area(2))
    until = forms.DateField(label=_("等到哪一天（下班时）"), widget=forms.DateInput(attrs={"type": "date"}))

    @classmethod
    def around(cls, first: datetime, usual: datetime, latest: datetime) -> "PauseForm":
        """The form with the days between which an end may lie, and a usual one."""
        form = cls(initial={"until": usual.date().isoformat()})
        form.fields["until"].widget.attrs |= {"min": first.date().isoformat(), "max": latest.date().isoformat()}
        return form
