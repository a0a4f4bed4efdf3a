"""What actions say when they say no, for people who read English: known sentences, with their blanks, translated whole.

Actions speak Chinese, the language of the house and of its log. A sentence that is not known here is shown as it is.
"""

import re
from functools import cache

from django.utils.translation import gettext, gettext_noop

SENTENCES = (
    gettext_noop("诉求单 %(a)s 现在的状态不允许此操作。"),
    gettext_noop("诉求单 %(a)s 刚刚被其他人处理过，请刷新后再试。"),
    gettext_noop("诉求单 %(a)s 正由 %(b)s 办理。"),
    gettext_noop("诉求单 %(a)s 已结束，不能再答复。"),
    gettext_noop("诉求单 %(a)s 本身已被合并，请选择它合并到的那一张。"),
    gettext_noop("诉求单 %(a)s 已不予受理，不能作为合并目标。"),
    gettext_noop("诉求单 %(a)s 没有待复核的不予受理。"),
    gettext_noop("请填写内容。"),
    gettext_noop("内容过长（%(a)s 字），最多 %(b)s 字。"),
    gettext_noop("该诉求单已在此部门。"),
    gettext_noop("该部门已停用。"),
    gettext_noop("不能合并到自身。"),
    gettext_noop("不予受理须由另一人复核。"),
    gettext_noop("服务期限已过，不能再延期。"),
    gettext_noop("每张诉求单只能延期一次。"),
    gettext_noop("您没有此项权限。"),
    gettext_noop("这些角色不能由同一人兼任（三员分立）。"),
    gettext_noop("不能更改自己的角色。"),
    gettext_noop("该人员的角色超出您的管理范围。"),
    gettext_noop("不能停用自己。"),
    gettext_noop("没有这个编号的诉求单，或您无权查看。"),
    gettext_noop("只能合并同一市民的诉求单。"),
    gettext_noop("这个编号已被使用。"),
    gettext_noop("该消息已处理。"),
    gettext_noop("部门代码只能用小写字母、数字、- 和 _，最长 63 位。"),
    gettext_noop("请填写部门名称。"),
    gettext_noop("部门代码 %(a)s 已被使用。"),
    gettext_noop("用户名只能用字母、数字和 . @ + - _。"),
    gettext_noop("用户名 %(a)s 已被使用。"),
    gettext_noop("该角色已被收回。"),
    gettext_noop("该令牌已被吊销。"),
    gettext_noop("账号已处于该状态。"),
    gettext_noop("诉求单与事件不在同一部门。"),
    gettext_noop("请填写另一张诉求单的编号。"),
    gettext_noop("该诉求单已在一个事件中。"),
    gettext_noop("该诉求单已不在此事件中。"),
    gettext_noop("只能合并同一部门的事件。"),
    gettext_noop("事件 %(a)s 正在统一答复，请待其完成。"),
    gettext_noop("事件 %(a)s 现在的状态不允许此操作。"),
    gettext_noop("此事件中没有待答复的诉求单。"),
    gettext_noop("没有这个编号的事件，或您无权查看。"),
    gettext_noop("凭据不是有效的 JSON。"),
    gettext_noop('凭据应为 JSON 对象，例如 {"app_id": "…"}。'),
    gettext_noop("账号编号只能用字母、数字、- 和 _，最长 64 位。"),
    gettext_noop("请填写账号名称（最长 200 字）。"),
    gettext_noop("账号的平台不能更改；请新建账号。"),
    gettext_noop("这条投递已不是「待确认」。"),
    gettext_noop("只有确定未送达的投递才能重试；待确认的请先核对。"),
    gettext_noop("没有这个主题，请从列表中选择。"),
    gettext_noop("只能指定本部门上级之内、在用的部门。"),
    gettext_noop("第 %(a)s 行：没有主题“%(b)s”。"),
    gettext_noop("第 %(a)s 行：没有可指定的部门“%(b)s”。"),
    gettext_noop("文件过大（最多 5 MB）。"),
    gettext_noop("表头应为：%(a)s。"),
    gettext_noop("无法读取文件。请使用 xlsx，或 UTF-8 的 CSV。"),
    gettext_noop("发送中断，平台可能已收到；系统正在核对。"),
    gettext_noop("连接器内部错误，平台可能已收到；请核对。"),
    gettext_noop("只能更正市民发来的文字消息。"),
    gettext_noop("请选择类别。"),
    gettext_noop("没有这个主题。"),
    gettext_noop("所选细类不属于这个主题。"),
    gettext_noop("已有一次训练在进行，请等它结束。"),
    gettext_noop("这次训练已经结束。"),
    gettext_noop("模型文件已不存在，无法换用。"),
    gettext_noop("该模型属于另一个版本的程序，无法换用。"),
    gettext_noop("刚刚有人换过模型，请刷新后再试。"),
    gettext_noop("没有可以退回的模型。"),
    gettext_noop("Rasa 仍在使用 %(a)s，没有换成 %(b)s"),
    gettext_noop("Rasa 无应答（%(a)s）"),
    gettext_noop("Rasa 拒绝了 %(a)s（HTTP %(b)s）"),
    gettext_noop("Rasa 没有启动：%(a)s"),
    gettext_noop("%(a)s 条没有读出：%(b)s"),
    gettext_noop("训练进程意外结束。"),
    gettext_noop("训练进程没有启动，见 logs/training.log。"),
    gettext_noop("内部错误：%(a)s"),
    gettext_noop("已取消，继续使用原来的模型。"),
    gettext_noop("更正：学习 %(a)s 条，留作检验 %(b)s 条，略去 %(c)s 条。"),
    gettext_noop("没有新的更正：这些内容已经学过。"),
    gettext_noop("还没有可学习的更正。"),
    gettext_noop("本机没有 Rasa 环境（.venv-rasa），不能训练。"),
    gettext_noop("训练 %(a)s，约需一分钟。"),
    gettext_noop("这些更正已训练过，直接比较。"),
    gettext_noop("模型已训练，开始与现用模型比较。"),
    gettext_noop("现用模型：识别 %(a)s 条检验文本。"),
    gettext_noop("新模型：识别 %(a)s 条检验文本。"),
    gettext_noop("现用模型的文件不存在：%(a)s"),
    gettext_noop("未换用：%(a)s 由 %(b)s 变为 %(c)s，超出允许的 %(d)s。"),
    gettext_noop("各项指标均不低于现用模型，开始换用。"),
    gettext_noop("已换用新模型。"),
)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((msgid, re.compile(re.sub(r"%\\\((\w)\\\)s", r"(?P<\1>.+?)", re.escape(msgid)))) for msgid in SENTENCES)


def translate(text: str) -> str:
    """The sentence in the language of the screen; as it is when it is none of ours."""
    for msgid, pattern in _patterns():
        if match := pattern.fullmatch(text):
            return gettext(msgid) % match.groupdict() if match.groupdict() else gettext(msgid)
    return text
