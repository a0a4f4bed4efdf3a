"""The forms of the console. They check shape; what may be done, actions decide."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.console import words
from bot.console.words import ROLES
from bot.staff.models import Department
from bot.staff.routing import reachable
from bot.tickets.actions import REPLY_MAX

if TYPE_CHECKING:
    _Departments = forms.ModelChoiceField[Department]
else:
    _Departments = forms.ModelChoiceField  # generic for the type checker only


def _area(rows: int, **attributes: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attributes})


def _secret(complete: str) -> forms.PasswordInput:
    return forms.PasswordInput(attrs={"autocomplete": complete})


class SignInForm(forms.Form):
    username = forms.CharField(
        label=_("用户名"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": ""})
    )
    password = forms.CharField(label=_("密码"), max_length=200, strip=False, widget=_secret("current-password"))


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("六位验证码"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": "", "class": "code"}),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class PasswordForm(forms.Form):
    current = forms.CharField(label=_("当前密码"), max_length=200, strip=False, widget=_secret("current-password"))
    new = forms.CharField(label=_("新密码"), max_length=200, strip=False, widget=_secret("new-password"))
    again = forms.CharField(label=_("再次输入新密码"), max_length=200, strip=False, widget=_secret("new-password"))

    def clean(self) -> dict[str, Any] | None:
        if self.cleaned_data.get("new") != self.cleaned_data.get("again"):
            self.add_error("again", _("两次输入的新密码不一致。"))
        return super().clean()


class TextForm(forms.Form):
    """A reply, a note, or a reason: longer texts than allowed are refused by the action, in words."""

    text = forms.CharField(label=_("内容"), max_length=REPLY_MAX * 4, widget=_area(4))


class NothingForm(forms.Form):
    """A button without fields."""


class DepartmentField(_Departments):
    """Departments by code, indented as the tree stands."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("queryset", Department.objects.filter(is_active=True))
        super().__init__(to_field_name="code", empty_label=_("请选择"), **options)

    def label_from_instance(self, obj: Department) -> str:
        return "\u3000" * (obj.path.count("/") - 2) + obj.name


class TransferForm(forms.Form):
    department = DepartmentField(label=_("转到部门"))
    text = forms.CharField(label=_("说明（对方可见）"), max_length=300, required=False, widget=_area(2))


class RouteForm(forms.Form):
    """One row of a department's table of routes."""

    label = forms.ChoiceField(label=_("主题"), choices=words.subject_choices)
    competent = DepartmentField(label=_("主管部门"))

    def __init__(self, *args: Any, department: Department, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["competent"].queryset = reachable(department)  # type: ignore[attr-defined]


class ReadingForm(forms.Form):
    """How a message ought to have been read."""

    intent = forms.ChoiceField(label=_("类别"), choices=list(words.KINDS.items()))
    subject = forms.ChoiceField(label=_("主题"), choices=words.subject_choices_or_none, required=False)
    department = DepartmentField(
        label=_("应由哪个部门办理"), required=False, help_text=_("只是建议：保存后在诉求单上一键转办，不会自动转走")
    )
    answer = forms.CharField(
        label=_("更好的自动答复"), max_length=5000, required=False, widget=_area(3), help_text=_("如果自动答复不合适，写下应当怎样答")
    )


class MergeForm(forms.Form):
    into = forms.CharField(label=_("合并到编号"), max_length=20)


class ReplyAllForm(forms.Form):
    """One reply to everybody in an incident; `only`: keys of tickets, for those who came later."""

    text = forms.CharField(label=_("内容"), max_length=REPLY_MAX * 4, widget=_area(4))
    colleagues = forms.BooleanField(required=False)
    answered = forms.BooleanField(required=False)


class NumberForm(forms.Form):
    """The number of a ticket or an incident."""

    number = forms.CharField(label=_("编号"), max_length=24)


class CloseForm(forms.Form):
    word = forms.CharField(label=_("市民怎样确认的"), max_length=300, required=False)


class RefusalForm(forms.Form):
    reason = forms.CharField(label=_("理由"), max_length=100)
    text = forms.CharField(label=_("给市民的说明"), max_length=REPLY_MAX * 4, widget=_area(4))


class DeclineForm(forms.Form):
    text = forms.CharField(label=_("不同意的原因"), max_length=300, widget=_area(2))


class FilterForm(forms.Form):
    """What the list is narrowed to; wrong values count as empty."""

    q = forms.CharField(max_length=100, required=False)
    state = forms.CharField(max_length=20, required=False)
    account = forms.CharField(max_length=64, required=False)
    department = forms.CharField(max_length=64, required=False)
    owner = forms.CharField(max_length=10, required=False)
    overdue = forms.BooleanField(required=False)


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(choices=[("sent", "sent"), ("not_sent", "not_sent")])
    note = forms.CharField(max_length=300, required=False)


class PersonForm(forms.Form):
    username = forms.CharField(label=_("用户名"), max_length=150, help_text=_("字母、数字和 . @ + - _，登录时使用"))
    name = forms.CharField(label=_("姓名"), max_length=150)
    password = forms.CharField(
        label=_("初始密码"),
        max_length=200,
        strip=False,
        widget=_secret("new-password"),
        help_text=_("至少 10 个字符；首次登录时须更改"),
    )
    department = DepartmentField(label=_("部门"))
    role = forms.ChoiceField(label=_("角色"), choices=list(ROLES.items()))

    def __init__(self, *args: Any, departments: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    department = DepartmentField(label=_("部门"))
    role = forms.ChoiceField(label=_("角色"), choices=list(ROLES.items()))

    def __init__(self, *args: Any, departments: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]


class NewPasswordForm(forms.Form):
    password = forms.CharField(label=_("新密码"), max_length=200, strip=False, widget=_secret("new-password"))


class TokenForm(forms.Form):
    label = forms.CharField(label=_("用途"), max_length=150, help_text=_("例如：数据平台对接"))
    assignment = forms.ChoiceField(label=_("角色和部门"))

    def __init__(self, *args: Any, assignments: Any = (), **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(str(row.pk), f"{ROLES.get(row.role, row.role)} · {row.department.name}") for row in assignments]
        self.fields["assignment"].choices = choices  # type: ignore[attr-defined]


class DepartmentForm(forms.Form):
    parent = DepartmentField(label=_("上级部门"))
    code = forms.CharField(label=_("代码"), max_length=63, help_text=_("小写字母、数字、- 和 _，以后不能更改"))
    name = forms.CharField(label=_("名称"), max_length=200)

    def __init__(self, *args: Any, departments: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["parent"].queryset = departments  # type: ignore[attr-defined]


class RenameForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=200)
