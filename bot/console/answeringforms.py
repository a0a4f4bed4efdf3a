"""The forms of writing a reply. They check shape; what may be done, actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot import clock
from bot.answering.canned import KEYS
from bot.tickets.actions import REPLY_MAX
from nlu.subjects import all_subjects
from policies.canned import NAME_MAX, TITLE_MAX, VALUE_MAX


class ReplyForm(forms.Form):
    """A reply with the version of the conversation its writer saw and the warnings they have read."""

    text = forms.CharField(label=_("内容"), max_length=REPLY_MAX * 4, widget=forms.Textarea(attrs={"rows": 4}))
    seen = forms.CharField(max_length=40, required=False)
    accepted = forms.CharField(max_length=64, required=False)


class ReviewForm(forms.Form):
    """Which reply is decided on; a comment goes with one that is given back."""

    review = forms.IntegerField(min_value=1, max_value=2**62)
    text = forms.CharField(max_length=300, required=False)


class CallForm(forms.Form):
    """A call to the citizen."""

    number = forms.CharField(label=_("拨打的号码"), max_length=40)
    reached = forms.ChoiceField(label=_("结果"), choices=[("1", _("接通")), ("0", _("未接通"))])
    at = forms.DateTimeField(label=_("通话时间"), required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
    text = forms.CharField(label=_("通话摘要"), max_length=REPLY_MAX * 4)
    seen = forms.CharField(max_length=40, required=False)

    def clean_at(self) -> Any:
        """The time typed is Beijing's, whatever the server's."""
        moment = self.cleaned_data["at"]
        return moment.replace(tzinfo=clock.BEIJING) if moment else None


class CannedForm(forms.Form):
    title = forms.CharField(label=_("标题"), max_length=TITLE_MAX)
    text = forms.CharField(label=_("内容"), max_length=REPLY_MAX, widget=forms.Textarea(attrs={"rows": 5}))
    position = forms.ChoiceField(label=_("快捷键"), choices=[("0", _("无")), *((str(key), f"Alt+{key}") for key in KEYS)], initial="0")


class VariableForm(forms.Form):
    name = forms.CharField(label=_("变量"), max_length=NAME_MAX, help_text=_("例如：联系电话"))
    value = forms.CharField(label=_("值"), max_length=VALUE_MAX, required=False, help_text=_("留空即删除"))


class ReviewSwitchForm(forms.Form):
    subject = forms.ChoiceField(choices=lambda: [(key, key) for key in all_subjects()])
    on = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])
