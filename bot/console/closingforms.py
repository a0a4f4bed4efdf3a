"""Forms of what follows an answer. They check shape; what may be done, actions decide."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.closing.models import Closing
from bot.console.forms import DepartmentField
from bot.console.words import CALL_RESULTS
from bot.staff.models import Department
from bot.tickets.actions import REPLY_MAX

if TYPE_CHECKING:
    _Many = forms.ModelMultipleChoiceField[Department]
else:
    _Many = forms.ModelMultipleChoiceField


class RatingForm(forms.Form):
    score = forms.IntegerField(min_value=1, max_value=5)
    reason = forms.CharField(max_length=20_000, required=False)


class CallForm(forms.Form):
    result = forms.ChoiceField(label=_("结果"), choices=[(name, CALL_RESULTS[name]) for name in Closing.Result.values])
    note = forms.CharField(label=_("说明"), max_length=2000, required=False)


class GiveForm(forms.Form):
    text = forms.CharField(label=_("协办意见"), max_length=REPLY_MAX * 4)


class AskForm(forms.Form):
    departments = _Many(queryset=Department.objects.filter(is_active=True), to_field_name="code")
    question = forms.CharField(max_length=4000)


class BulkForm(forms.Form):
    verb = forms.CharField(max_length=20)
    text = forms.CharField(max_length=REPLY_MAX * 4, required=False)
    reason = forms.CharField(max_length=100, required=False)
    department = DepartmentField(label=_("转到部门"), required=False)


class ReasonForm(forms.Form):
    department = DepartmentField(label=_("部门"))
    code = forms.CharField(label=_("代码"), max_length=40, help_text=_("小写字母、数字、- 和 _，供接口使用"))
    label = forms.CharField(label=_("理由"), max_length=60)

    def __init__(self, *args: Any, departments: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]
