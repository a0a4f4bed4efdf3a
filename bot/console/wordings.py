"""The words for what is found in a reply: what it is, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Words = str | Promise


@dataclass(frozen=True, slots=True)
class FindingWords:
    """What is wrong, and what to do about it."""

    what: Words
    todo: Words


FINDINGS: Mapping[str, FindingWords] = {
    "personal": FindingWords(_("个人信息未隐去"), _("请删去，或只留后四位；答复可在查询页看到。")),
    "long_number": FindingWords(_("一长串数字"), _("是受理号可以保留；是个人号码请删去。")),
    "blank": FindingWords(_("还有未填的空"), _("请填写，或删去这一处。")),
    "department_gone": FindingWords(_("部门名称已不使用"), _("请改用现在的名称")),
    "department_like": FindingWords(_("部门名称可能写错"), _("请核对，是否为")),
    "empty_when": FindingWords(_("没有说明时间"), _("请写明日期或工作日数，不用“近期”“尽快”。")),
    "empty_who": FindingWords(_("没有说明由谁办"), _("请写出部门名称和联系办法。")),
    "slogan": FindingWords(_("套话过多"), _("请写做了什么、结果怎样、什么时候办成。")),
    "cold": FindingWords(_("语气生硬"), _("请换一种说法；不归本单位的，请说明该找谁、怎样找。")),
    "only_passed_on": FindingWords(_("只说已转办"), _("请写明由谁办、什么时候答复、市民怎样查询。")),
    "beside": FindingWords(_("似未答到所问"), _("请对照市民的问题：所问的地点、事项、编号在答复中都没有出现。")),
    "too_short": FindingWords(_("几乎没有内容"), _("除去客套话所剩无几，请写明依据、经过或办法。")),
    "no_contact": FindingWords(_("请市民联系却没有联系方式"), _("请写上电话、地址或网址。")),
}
