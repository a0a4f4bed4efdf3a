"""The words on screen: Chinese is the source, English stands in bot/locale."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from bot.channels.registry import all_connectors
from bot.paging.registry import all_pagers
from nlu.subjects import all_subjects
from nlu.subjects import name as subject_name
from policies.closing import How
from policies.deliveries import DeliveryState
from policies.facts import Health, Kind
from policies.handovers import Step
from policies.incidents import IncidentState
from policies.knowledge import EntryState
from policies.roles import Role
from policies.tickets import TicketState

type Words = str | Promise

STATES: Mapping[str, Words] = {
    TicketState.WAITING: _("待受理"),
    TicketState.CLAIMED: _("办理中"),
    TicketState.DRAFTED: _("已拟稿"),
    TicketState.ANSWERED: _("已答复"),
    TicketState.CLOSED: _("已办结"),
    TicketState.HANDED_BACK: _("已退回"),
    TicketState.EXTENDED: _("已延期"),
    TicketState.REFUSAL_ASKED: _("拟不予受理"),
    TicketState.REFUSED: _("不予受理"),
    TicketState.MERGED: _("已合并"),
    TicketState.AWAITING_CITIZEN: _("待市民补充"),
    TicketState.REOPENED: _("重新打开"),
}

KINDS: Mapping[str, Words] = {
    Kind.EMERGENCY: _("紧急"),
    Kind.QUESTION: _("咨询"),
    Kind.HELP: _("求助"),
    Kind.COMPLAINT: _("投诉"),
    Kind.REPORT: _("举报"),
    Kind.SUGGESTION: _("建议"),
    Kind.PROGRESS: _("查进度"),
    Kind.HUMAN: _("转人工"),
    Kind.DISCLOSURE: _("信息公开申请"),
    Kind.LEGAL: _("法定途径事项"),
    Kind.THANKS: _("感谢"),
    Kind.CHAT: _("闲聊"),
    Kind.ABUSE: _("言语不当"),
    Kind.ADVERTISEMENT: _("广告"),
    Kind.UNCLEAR: _("看不懂，请人工判断"),
}

INCIDENT_STATES: Mapping[str, Words] = {
    IncidentState.OPEN: _("进行中"),
    IncidentState.ANSWERED: _("均已答复"),
    IncidentState.CLOSED: _("已结束"),
    IncidentState.MERGED: _("已并入其他事件"),
}

WARMTH: Mapping[str, Words] = {"hot": _("热"), "warm": _("温"), "calm": _("平")}

PART_STATES: Mapping[str, Words] = {
    "waiting": _("等待发送"),
    "sent": _("已提交"),
    "joined": _("并入同一市民的另一单"),
    "left": _("未答复"),
    "failed": _("系统故障，未提交"),
}

LEFT_OUT: Mapping[str, Words] = {
    "colleague": _("同事正在办理"),
    "answered": _("已有答复"),
    "closed": _("已结束"),
    "refusal": _("拟不予受理，待复核"),
    "moved": _("已离开此事件"),
    "once": _("该市民已收到此答复"),
    "inactive": _("答复人已停用"),
    "review": _("这一主题的答复须第二人审核，请逐单答复"),
}

UNDERSTOOD_BY: Mapping[str, Words] = {"rasa": "Rasa", "fallback": _("关键词"), "person": _("人工")}

WHEN_EMPTY: Mapping[str, Words] = {"above": _("上级部门的值班人员"), "next": _("本部门下一班的人员"), "head": _("本部门负责人")}

CLIMB_REASONS: Mapping[str, Words] = {
    "due_soon": _("期限将至"),
    "overdue": _("超过期限"),
    "urgent": _("紧急诉求"),
    "unanswered": _("仍未答复"),
}

ENTRY_STATES: Mapping[str, Words] = {
    EntryState.DRAFT: _("草稿"),
    EntryState.IN_REVIEW: _("待审核"),
    EntryState.PUBLISHED: _("已发布"),
    EntryState.WITHDRAWN: _("已撤下"),
}

ROLES: Mapping[str, Words] = {
    Role.AGENT: _("坐席"),
    Role.EDITOR: _("编辑"),
    Role.CONTRIBUTOR: _("供稿"),
    Role.CONTRACTOR: _("代运维"),
    Role.REVIEWER: _("审核"),
    Role.DUTY: _("值班"),
    Role.DUTY_LEADER: _("带班领导"),
    Role.SUPERVISOR: _("主管"),
    Role.SECURITY_ADMIN: _("安全管理员"),
    Role.AUDIT_ADMIN: _("审计管理员"),
    Role.ADMIN: _("系统管理员"),
}

PAGE_STATES: Mapping[str, Words] = {
    "calling": _("呼叫中"),
    "exhausted": _("无人确认"),
    "told": _("已告知"),
    "acknowledged": _("已确认"),
    "settled": _("已了结"),
}

ATTEMPT_STATES: Mapping[str, Words] = {
    "sending": _("发送中"),
    "sent": _("已送出"),
    "failed": _("未送出"),
    "unknown": _("结果不明，按未送出处理"),
}

ACCOUNT_STATES: Mapping[str, Words] = {"active": _("在用"), "reconnect": _("需重新连接"), "paused": _("已暂停")}

HEALTH: Mapping[str, Words] = {
    Health.OK: _("正常"),
    Health.DEGRADED: _("受限"),
    Health.RECONNECT: _("需重新连接"),
    Health.DOWN: _("平台无响应"),
}

MEDIA: Mapping[str, Words] = {
    "image": _("图片"),
    "voice": _("语音"),
    "video": _("视频"),
    "file": _("文件"),
    "location": _("位置"),
    "link": _("链接"),
    "sticker": _("表情"),
    "contact": _("名片"),
}

ENTITIES: Mapping[str, Words] = {
    "place": _("地点"),
    "time": _("时间"),
    "phone": _("电话"),
    "id_card": _("身份证号"),
    "bank_card": _("银行卡号"),
    "department": _("部门"),
    "plate": _("车牌"),
    "case_number": _("案号或受理号"),
    "ticket_number": _("诉求单号或查询码"),
}

UNITS: Mapping[str, Words] = {
    "working_days": _("个工作日"),
    "working_hours": _("个工作小时"),
    "minutes": _("分钟"),
    "days": _("天"),
    "times": _("次"),
}

TERMS: Mapping[str, Words] = {
    **{f"kind.{kind}": word for kind, word in KINDS.items()},
    "extension.working_days": _("延期一次的时长"),
    "extension.times": _("可以延期的次数"),
    "pause.working_days": _("暂停一次最长"),
    "pause.times": _("可以暂停的次数"),
    "reopen.days": _("答复后多久内再来信仍属同一诉求"),
    "window.useful_minutes": _("回复窗口短于此不计入期限"),
}

PAUSE_REASONS: Mapping[str, Words] = {
    "detail": _("补充说明具体情况"),
    "material": _("补充材料或照片"),
    "visit": _("配合约定时间现场查看"),
    "confirm": _("确认办理方案"),
    "wish": _("市民要求暂缓"),
}

LEGAL_ROUTES: Mapping[str, Words] = {
    "disclosure": _("政府信息公开申请"),
    "petition": _("信访"),
    "reconsideration": _("行政复议"),
    "litigation": _("诉讼"),
    "arbitration": _("仲裁"),
    "discipline": _("纪检监察举报"),
}

HOW_CLOSED: Mapping[str, Words] = {
    How.SILENCE: _("答复送达后市民未再来信"),
    How.WORD: _("市民表示已解决"),
    How.PAGE: _("市民在查询页确认"),
    How.HAND: _("经办人据市民所言"),
}

CALL_RESULTS: Mapping[str, Words] = {"satisfied": _("满意"), "unsatisfied": _("不满意"), "unreached": _("未接通")}

HANDOVER_STEPS: Mapping[str, Words] = {
    Step.TRANSFER: _("转办"),
    Step.REFUSAL: _("退回"),
    Step.RAISED: _("第二次退回，报上级决定"),
    Step.DECISION: _("上级决定承办部门"),
}

ACTIONS: Mapping[str, Words] = {
    "ticket.opened": _("登记"),
    "ticket.message_joined": _("市民补充"),
    "ticket.claimed": _("认领"),
    "ticket.released": _("放回队列"),
    "ticket.lapsed": _("认领超时，放回队列"),
    "ticket.answered": _("答复"),
    "ticket.noted": _("内部备注"),
    "ticket.reply_withdrawn": _("撤回答复"),
    "ticket.review_asked": _("答复提交审核"),
    "ticket.review_returned": _("答复被退回"),
    "ticket.review_recalled": _("取回待审答复"),
    "ticket.answered_by_call": _("电话答复"),
    "ticket.called_in_vain": _("电话未接通"),
    "ticket.file_added": _("添加附件"),
    "ticket.file_removed": _("去掉附件"),
    "answering.review_on": _("开启答复审核"),
    "answering.review_off": _("关闭答复审核"),
    "answering.canned_written": _("编写常用语"),
    "answering.canned_removed": _("删除常用语"),
    "answering.variable_set": _("设置常用语变量"),
    "ticket.transferred": _("转办"),
    "ticket.left": _("转出"),
    "ticket.decided": _("上级决定承办部门"),
    "ticket.handed_back": _("退回"),
    "ticket.raised": _("第二次退回，报上级决定"),
    "ticket.rated": _("市民评价"),
    "ticket.called_back": _("电话回访"),
    "ticket.announced": _("已通过平台通知市民有答复"),
    "ticket.asked_jointly": _("请其他部门协办"),
    "ticket.contributed": _("协办部门已回复"),
    "ticket.contribution_withdrawn": _("撤回协办请求"),
    "refusal_reason.added": _("增加不予受理的理由"),
    "refusal_reason.dropped": _("停用不予受理的理由"),
    "ticket.merged": _("合并到另一单"),
    "ticket.joined": _("并入另一单"),
    "ticket.refusal_asked": _("提出不予受理"),
    "ticket.refused": _("复核通过，不予受理"),
    "ticket.refusal_declined": _("复核不通过"),
    "ticket.extended": _("延期"),
    "ticket.paused": _("暂停计时，待市民补充"),
    "ticket.resumed": _("计时继续"),
    "ticket.rereckoned": _("节假日安排变动，期限重算"),
    "ticket.closed": _("办结"),
    "ticket.reopened": _("重新打开"),
    "ticket.assigned": _("接手同事的诉求单"),
    "ticket.reminded": _("提醒经办人"),
    "ticket.climbed": _("升级，转交他人"),
    "ticket.called": _("升级，再次呼叫"),
    "ticket.handed_over": _("交接"),
    "duty.gap": _("无人值班"),
    "duty.gap_ended": _("有人值班"),
    "duty.post_set": _("设定值班岗"),
    "shift.added": _("排班"),
    "shift.removed": _("取消班次"),
    "shift.given": _("换班"),
    "absence.added": _("登记请假"),
    "absence.ended": _("销假"),
    "ladder.set": _("设定升级阶梯"),
    "ladder.cleared": _("恢复沿用上级的升级阶梯"),
    "department.statistics_switched": _("开关公开统计页"),
    "balance.differed": _("收支出现差额"),
    "balance.evened": _("收支恢复平衡"),
    "balance.read_again": _("重新读取消息"),
    "balance.explained": _("说明缺失的消息"),
    "incident.opened": _("发现事件"),
    "incident.joined": _("归入事件"),
    "incident.left": _("随转办离开事件"),
    "incident.added": _("人工归入事件"),
    "incident.parted": _("人工移出事件"),
    "incident.merged": _("合并到另一事件"),
    "incident.grown": _("并入另一事件"),
    "incident.closed": _("结束事件"),
    "incident.reopened": _("重新打开事件"),
    "incident.answering": _("统一答复"),
    "incident.answered": _("统一答复完成"),
    "ticket.answered_by_machine": _("自动答复（知识库）"),
    "message.dismissal_confirmed": _("确认不是诉求"),
    "ticket.reading_corrected": _("更正识别"),
    "message.reading_corrected": _("更正识别"),
    "term.set": _("设定期限"),
    "term.changed": _("更改期限"),
    "term.cleared": _("恢复沿用上级期限"),
    "legal_route.set": _("设定法定途径"),
    "legal_route.changed": _("更改法定途径"),
    "legal_route.cleared": _("恢复沿用上级法定途径"),
    "hours.set": _("设定上下班时间"),
    "calendar.imported": _("导入节假日安排"),
    "training.asked": _("发起训练"),
    "training.cancelled": _("取消训练"),
    "training.promoted": _("训练完成，已换用"),
    "training.refused": _("训练完成，未换用"),
    "training.failed": _("训练失败"),
    "model.entered": _("登记基础模型"),
    "model.promoted": _("换用新模型"),
    "model.rolled_back": _("退回旧模型"),
    "page.exhausted": _("呼叫无人确认"),
    "page.acknowledged": _("确认呼叫"),
    "attempt.sent": _("呼叫已送出"),
    "attempt.failed": _("呼叫未送出"),
    "attempt.unknown": _("呼叫结果不明"),
    "gateway.created": _("接入呼叫通道"),
    "gateway.changed": _("修改呼叫通道"),
    "gateway.activated": _("启用呼叫通道"),
    "gateway.deactivated": _("停用呼叫通道"),
    "contact.added": _("添加联系方式"),
    "contact.changed": _("修改联系方式"),
    "contact.removed": _("删除联系方式"),
    "contact.tested": _("测试联系方式"),
}


@dataclass(frozen=True, slots=True)
class DeliveryWords:
    """How a delivery's state is shown: a sign and a word, what to do, and one of the tones of meaning."""

    sign: str
    word: Words
    advice: Words = ""
    tone: str = "plain"


_UNDER_WAY = DeliveryWords("…", _("发送中"))
DELIVERY: Mapping[str, DeliveryWords] = {
    DeliveryState.QUEUED: _UNDER_WAY,
    DeliveryState.SENDING: _UNDER_WAY,
    DeliveryState.RETRY: DeliveryWords("…", _("发送中"), _("上次未成功，系统会自动再试。")),
    DeliveryState.PENDING: DeliveryWords("…", _("发送中"), _("平台已受理，等待平台回报结果。")),
    DeliveryState.SENT: DeliveryWords("✓", _("已送达"), tone="confirmed"),
    DeliveryState.HELD: DeliveryWords("‖", _("待市民再来"), _("市民再次联系时自动送达；在此之前可凭查询码查看。")),
    DeliveryState.UNKNOWN: DeliveryWords("?", _("待确认"), _("平台可能已收到。请到平台核对后，选择“已送达”或“未送达”。"), tone="unsure"),
    DeliveryState.REFUSED: DeliveryWords("✕", _("失败"), _("平台拒绝了这条消息。请处理后重试，或另行答复。"), tone="failed"),
    DeliveryState.RECONNECT: DeliveryWords("✕", _("失败"), _("账号需要重新连接；连接恢复后自动重发。"), tone="failed"),
    DeliveryState.DEAD: DeliveryWords("✕", _("失败"), _("多次尝试均未成功。请检查账号后重试。"), tone="failed"),
    DeliveryState.WITHDRAWN: DeliveryWords("–", _("未发送"), _("这条自动答复已过时，未发送。")),
}
TAKEN_BACK = DeliveryWords("–", _("已撤回"), _("这条答复在发出前撤回，市民没有收到。"))


def platform(name: str) -> str:
    """The platform's name in the language of the screen."""
    connector = all_connectors().get(name)
    return connector.label.get(language(), name) if connector else name


def means(name: str) -> str:
    """The name of a means of calling staff, in the language of the screen."""
    pager = all_pagers().get(name)
    return pager.label.get(language(), name) if pager else name


def subject(name: str) -> str:
    """The subject's name in the language of the screen."""
    return subject_name(name, language()) or name


def subject_path(label: str) -> str:
    """A subject ("交通运输") or a topic with its subject before it ("交通运输 › 出租车与网约车")."""
    field, _, own = label.partition(".")
    return f"{subject(field)} › {subject(label)}" if own else subject(label)


def subject_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Subjects and their topics for a field: a group a subject, the subject as a whole first."""
    return [
        (subject(field.id), [(field.id, subject(field.id)), *((topic.id, "\u3000" + subject(topic.id)) for topic in field.topics)])
        for field in all_subjects().values()
    ]


def subject_choices_or_none() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """The same with an empty first line: about nothing."""
    return [("", gettext("（无主题）")), *subject_choices()]


def language() -> str:
    """ "zh" or "en"."""
    return "en" if (get_language() or "").startswith("en") else "zh"
