"""The forms of the duty roster and the ladder. They check shape; what may be done, actions decide."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.console import words
from bot.console.ladder import ACTS
from bot.staff.models import Person
from policies.ladder import BOUNDS, Act, Ladder, Step

if TYPE_CHECKING:
    _People = forms.ModelChoiceField[Person]
else:
    _People = forms.ModelChoiceField  # generic for the type checker only

WEEKDAYS = ((0, _("周一")), (1, _("周二")), (2, _("周三")), (3, _("周四")), (4, _("周五")), (5, _("周六")), (6, _("周日")))
MOST_STEPS = 8  # rows of the form; a ladder of more steps is nobody's


class PersonField(_People):
    """People by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Person.objects.none(), empty_label=_("请选择"), **options)

    def label_from_instance(self, obj: Person) -> str:
        return f"{obj.name}（{obj.username}）" if obj.name != obj.username else obj.username


def _moment(**options: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(widget=widget, **options)


def _day(**options: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def _time(**options: Any) -> forms.TimeField:
    return forms.TimeField(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options)


class _WithPeople(forms.Form):
    """A form whose `people` fields offer these people."""

    people: Sequence[str] = ("person",)

    def __init__(self, *args: Any, staff: Sequence[Person], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in self.people:
            self.fields[name].queryset = Person.objects.filter(pk__in=[one.pk for one in staff]).order_by("username")  # type: ignore[attr-defined]


class ShiftForm(_WithPeople):
    person = PersonField(label=_("值班人员"))
    starts_at = _moment(label=_("开始"))
    ends_at = _moment(label=_("结束"))


class WeeklyForm(_WithPeople):
    person = PersonField(label=_("值班人员"))
    weekdays = forms.TypedMultipleChoiceField(label=_("星期"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple)
    begins = _time(label=_("上班"))
    ends = _time(label=_("下班"), help_text=_("早于或等于上班时间即为次日"))
    first = _day(label=_("从哪天"))
    last = _day(label=_("到哪天"))


class GiveForm(_WithPeople):
    person = PersonField(label=_("换给"))


class AbsenceForm(_WithPeople):
    people = ("person", "deputy")
    person = PersonField(label=_("请假人员"))
    starts_at = _moment(label=_("开始"))
    ends_at = _moment(label=_("结束"))
    deputy = PersonField(label=_("代班人"), required=False, help_text=_("值班、提醒和升级都改找代班人"))
    reason = forms.CharField(label=_("事由"), max_length=100, required=False)


class PostForm(_WithPeople):
    people = ("head",)
    head = PersonField(label=_("部门负责人"), required=False, help_text=_("不填时依次为本部门的带班领导、主管"))
    when_empty = forms.ChoiceField(label=_("无人值班时由谁办理"), choices=list(words.WHEN_EMPTY.items()))
    round_the_clock = forms.BooleanField(label=_("全天值班：夜间和节假日无人值班也报警"), required=False)


class HandOverForm(_WithPeople):
    person = PersonField(label=_("接班人员"))
    words = forms.CharField(label=_("交接说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class StepForm(forms.Form):
    """One step; an empty row is none."""

    act = forms.ChoiceField(label=_("做什么"), choices=[("", "–"), *ACTS.items()], required=False)
    share = forms.IntegerField(label=_("期限过去（%）"), min_value=0, max_value=100, required=False)
    after_minutes = forms.IntegerField(label=_("或上一步之后（分钟）"), min_value=0, max_value=BOUNDS["after_minutes"][1], required=False)


_StepSet = forms.formset_factory(StepForm, extra=0, max_num=MOST_STEPS, absolute_max=MOST_STEPS, validate_max=True)


def step_rows(ladder: Ladder, kind: str, data: Any = None) -> Any:
    """The rows of a ladder's form: its steps, and empty ones up to the most there can be."""
    filled: list[dict[str, Any]] = [
        {"act": step.act, "share": None if step.share is None else round(step.share * 100), "after_minutes": step.after_minutes}
        for step in ladder.steps
    ]
    return _StepSet(data, initial=filled + [{}] * (MOST_STEPS - len(filled)), prefix=kind)


def steps_of(rows: Any) -> list[Step]:
    """The steps of valid rows."""
    found = []
    for row in rows.cleaned_data:
        if row.get("act"):
            share = row.get("share")
            found.append(Step(Act(row["act"]), None if share is None else share / 100, row.get("after_minutes")))
    return found
