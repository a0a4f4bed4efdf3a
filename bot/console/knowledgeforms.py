"""The forms of the knowledge base. Shape only; what an entry must have, `bot.knowledge.wording` decides."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bot.console.forms import DepartmentField
from bot.console.words import language
from bot.knowledge.models import QUESTION_MAX, Entry
from bot.staff.access import Actor
from bot.staff.models import Department, Person
from bot.staff.queries import departments_for, people_for
from nlu.subjects import all_subjects
from policies.knowledge import LONGEST
from policies.roles import Right

if TYPE_CHECKING:
    _People = forms.ModelChoiceField[Person]
else:
    _People = forms.ModelChoiceField  # generic for the type checker only

FIELDS = ("department", "question", "answer", "subject", "topic", "source_name", "source_url", "valid_from", "valid_until", "owner")


class PersonField(_People):
    """People by name, with their user name."""

    def label_from_instance(self, obj: Person) -> str:
        return f"{obj.name}（{obj.username}）"


def subject_choices() -> list[tuple[str, str]]:
    """The first-level subjects in the language of the screen."""
    english = language() == "en"
    return [(key, row.en if english else row.zh) for key, row in all_subjects().items()]


def topic_choices() -> list[tuple[str, Any]]:
    """The topics, grouped by subject."""
    english = language() == "en"
    grouped = [
        (row.en if english else row.zh, [(one.id, one.en if english else one.zh) for one in row.topics]) for row in all_subjects().values()
    ]
    return [("", _("（不细分）")), *grouped]


class EntryForm(forms.Form):
    """One entry."""

    question = forms.CharField(label=_("问题"), max_length=QUESTION_MAX, help_text=_("用市民的话写，一条只问一件事"))
    variants = forms.CharField(
        label=_("其他问法"),
        required=False,
        max_length=QUESTION_MAX * 31,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("每行一种，最多 30 行。写得越多，越容易找到"),
    )
    answer = forms.CharField(
        label=_("答案"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("给市民的原文。80 字以内时，微博也能自动发出"),
    )
    department = DepartmentField(label=_("部门（含下级）"))
    subject = forms.ChoiceField(label=_("主题"))
    topic = forms.ChoiceField(label=_("二级主题"), required=False)
    source_name = forms.CharField(label=_("来源文件"), max_length=200, help_text=_("例如：云川市 2026 年秋季招生办法"))
    source_url = forms.CharField(label=_("来源网址"), max_length=500, required=False, widget=forms.URLInput())
    valid_from = forms.DateField(label=_("生效日期"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    valid_until = forms.DateField(
        label=_("失效日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("最后有效的一天；过后不再使用"),
    )
    owner = PersonField(label=_("负责人"), queryset=Person.objects.none(), empty_label=None)

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        mine: QuerySet[Department] = departments_for(actor, Right.EDIT_KNOWLEDGE).filter(is_active=True)
        self.fields["department"].queryset = mine  # type: ignore[attr-defined]
        people = people_for(actor, Right.EDIT_KNOWLEDGE).filter(is_active=True)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]
        self.fields["subject"].choices = [("", _("请选择")), *subject_choices()]  # type: ignore[attr-defined]
        self.fields["topic"].choices = topic_choices()  # type: ignore[attr-defined]


def filled(entry: Entry) -> dict[str, Any]:
    """The values a form starts with."""
    start: dict[str, Any] = {name: getattr(entry, name) for name in FIELDS}
    return start | {"department": entry.department.code, "owner": entry.owner_id, "variants": "\n".join(entry.variants)}


class KnowledgeFilter(forms.Form):
    """What the list is narrowed to; wrong values count as empty."""

    q = forms.CharField(max_length=100, required=False)
    state = forms.CharField(max_length=20, required=False)
    department = forms.CharField(max_length=64, required=False)
    subject = forms.CharField(max_length=60, required=False)
    flag = forms.CharField(max_length=20, required=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)


class CommentForm(forms.Form):
    comment = forms.CharField(max_length=300, required=False)


class SheetForm(forms.Form):
    sheet = forms.FileField(label=_("Excel 文件（.xlsx）"), max_length=200, widget=forms.FileInput(attrs={"accept": ".xlsx"}))


class SwitchForm(forms.Form):
    department = DepartmentField(label=_("部门"))
    subject = forms.ChoiceField(label=_("主题"))
    on = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1")

    def __init__(self, *args: Any, actor: Actor, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = departments_for(actor, Right.SWITCH_ANSWERS)  # type: ignore[attr-defined]
        self.fields["subject"].choices = subject_choices()  # type: ignore[attr-defined]
