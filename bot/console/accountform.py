"""The form of an account: one field per credential of its platform; what is stored is never shown again."""

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bot.channels.models import Account
from bot.channels.queries import facts_of
from bot.channels.registry import all_connectors
from bot.console.forms import DepartmentField
from bot.console.words import language
from bot.staff.actions import Invalid
from bot.vault import Sealed

PREFIX = "credential_"


@cache
def _specs() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(Path(__file__).with_name("credentials.toml").read_text("utf-8"))


class AccountForm(forms.Form):
    """Everything of an account. For an existing one an empty credential keeps the stored value."""

    id = forms.CharField(label=_("编号"), max_length=64, help_text=_("字母、数字、- 和 _；写在平台回调地址中，以后不能更改"))
    name = forms.CharField(label=_("名称"), max_length=200)
    department = DepartmentField(label=_("部门"))
    kind = forms.CharField(label=_("账号类型"), max_length=40, required=False, help_text=_("如 service_certified；留空为平台默认"))
    base_url = forms.CharField(
        label=_("接口地址"), max_length=500, required=False, help_text=_("留空为平台官方地址；仅在经代理或演示时填写")
    )

    def __init__(self, *args: Any, platform: str, account: Account | None = None, departments: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.platform, self.account = platform, account
        self.fields["department"].queryset = departments  # type: ignore[attr-defined]
        if account:
            del self.fields["id"]
        for name, spec in _specs().get(platform, {}).items():
            self.fields[PREFIX + name] = self._credential(spec)
        if platform not in _specs():
            self.fields[PREFIX + "json"] = forms.CharField(
                label=_("凭据（JSON）"), required=False, strip=True, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"})
            )

    def _credential(self, spec: dict[str, Any]) -> forms.Field:
        keep = _("已保存；留空则不变") if self.account else ""
        if spec.get("choices"):
            choices = [("", _("不变") if self.account else _("请选择")), *((value, value) for value in spec["choices"])]
            return forms.ChoiceField(label=spec[language()], choices=choices, required=False)
        kind = forms.PasswordInput if spec.get("secret") else forms.TextInput
        widget = kind(attrs={"autocomplete": "off", "spellcheck": "false"})
        return forms.CharField(label=spec[language()], max_length=1000, required=False, widget=widget, help_text=keep)

    def values(self) -> dict[str, Any]:
        """What to save, for channels.actions.save_account. Raises Invalid when the JSON is none."""
        data = self.cleaned_data
        return {
            "id": self.account.pk if self.account else data["id"],
            "platform": self.platform,
            "name": data["name"],
            "kind": data["kind"],
            "base_url": data["base_url"],
            "credentials": self._credentials(),
        }

    def _credentials(self) -> dict[str, Any]:
        given = {name[len(PREFIX) :]: value for name, value in self.cleaned_data.items() if name.startswith(PREFIX) and value}
        if "json" in given:
            given = _json(given["json"])
        return {**_stored(self.account), **given} if given else {}


def _json(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("凭据不是有效的 JSON。") from None
    if not isinstance(read, dict):
        raise Invalid('凭据应为 JSON 对象，例如 {"app_id": "…"}。')
    return read


def _stored(account: Account | None) -> dict[str, Any]:
    """What is there already; a store that cannot be opened any more counts as empty, so that it can be filled anew."""
    if account is None:
        return {}
    try:
        return dict(facts_of(account).credentials)
    except Sealed:
        return {}


def platforms() -> dict[str, str]:
    """Names of the platforms there are connectors for."""
    return {name: connector.label.get(language(), name) for name, connector in sorted(all_connectors().items())}
