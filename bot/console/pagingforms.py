"""The forms of paging: a gateway with one field per credential, and a person's contact point."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.console.forms import DepartmentField
from bot.console.words import language
from bot.paging.contacts import ORDERS
from bot.paging.models import Contact, Gateway
from bot.paging.registry import all_pagers
from connectors.contract import Field

PREFIX = "credential_"
LONG = ("body", "ca")  # credentials of several lines


class GatewayForm(forms.Form):
    """Everything of a gateway. For an existing one an empty credential keeps the stored value."""

    name = forms.CharField(label=_("名称"), max_length=100, help_text=_("如“卫健委值班群”；人员添加联系方式时看到这个名称"))
    department = DepartmentField(label=_("部门"), help_text=_("本部门和下级部门的人员可以使用"))
    base_url = forms.CharField(label=_("接口地址"), max_length=500, required=False)

    def __init__(self, *args: Any, means: str, row: Gateway | None = None, departments: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        pager = all_pagers()[means]
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]
        self.fields["base_url"].required = pager.base_url_required
        plain, own = _("留空为平台官方地址；更换地址时须重新填写凭据"), _("如 smtps://mail.example.gov.cn:465；更换地址时须重新填写凭据")
        self.fields["base_url"].help_text = own if pager.base_url_required else plain
        for field in pager.fields:
            self.fields[PREFIX + field.name] = _credential(field, kept=row is not None)

    def credentials(self) -> dict[str, str]:
        """What was entered; empty ones are left out."""
        return {name[len(PREFIX) :]: value for name, value in self.cleaned_data.items() if name.startswith(PREFIX) and value}


def _credential(field: Field, *, kept: bool) -> forms.Field:
    attributes = {"autocomplete": "off", "spellcheck": "false"}
    if field.name in LONG:
        widget: forms.Widget = forms.Textarea(attrs={**attributes, "rows": 4})
    else:
        widget = forms.PasswordInput(attrs={**attributes, "autocomplete": "new-password"}) if field.secret else forms.TextInput(attributes)
    label = field.label[language()] if field.required else f"{field.label[language()]} ({'optional' if language() == 'en' else '可空'})"
    help_text = _("已保存；留空则不变") if kept else ""
    return forms.CharField(label=label, max_length=8000, required=False, widget=widget, help_text=help_text)


class ContactForm(forms.Form):
    """One's own contact point. For an existing one an empty address keeps the stored value."""

    address = forms.CharField(label=_("地址"), max_length=300, required=False)
    order = forms.TypedChoiceField(label=_("次序（1 最先）"), choices=[(at, str(at)) for at in ORDERS], coerce=int, initial=1)
    quiet = forms.BooleanField(label=_("夜间（22:00–7:00）只在紧急时呼叫"), required=False)

    def __init__(self, *args: Any, gateway: Gateway, row: Contact | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        pager = all_pagers().get(gateway.means)
        if pager is not None:
            self.fields["address"].label = pager.address.label[language()]
        if row is not None:
            self.fields["address"].help_text = _("已保存；留空则不变")


def means() -> dict[str, str]:
    """Names of the means there are, in the language of the screen."""
    return {name: pager.label.get(language(), name) for name, pager in sorted(all_pagers().items())}
