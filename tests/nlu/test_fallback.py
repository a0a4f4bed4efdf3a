"""The words that decide while Rasa is away."""

import pytest

from nlu import fallback
from nlu.subjects import all_subjects
from policies.facts import Kind

TABLE = {
    "emergency": [
        "楼上着火了快来人",
        "家里一股煤气味",
        "有人落水了",
        "我想不开了",
        "工棚塌了压着人",
        "孩子掉进井里了",
        "电梯里困了三个人",
        "我不想活了",
        "有人要跳楼",
        "老人晕倒了没呼吸",
        "天然气泄漏",
        "有人持刀伤人",
        "山体滑坡把路埋了，车里有人",
        "高压线断了掉在地上",
        "爷爷走丢了",
        "幼儿园好多孩子食物中毒",
        "救命",
        "着火了 谢谢你们快来",
    ],
    "human": ["转人工", "人工客服", "有真人吗", "不想跟机器人说话", "转 人工", "给我接客服"],
    "thanks": ["谢谢", "非常感谢你们", "辛苦了", "路修好了，给你们点赞"],
    "chat": ["你好", "在吗", "早上好", "哈哈哈", "ok", "😂😂", "。。。"],
    "advertisement": ["加微信免费领礼品", "兼职刷单日结", "代开发票", "点击链接领红包"],
    "abuse": ["傻逼", "滚", "一群废物"],
    "disclosure": ["我要申请政府信息公开", "依法公开拆迁的批复文件"],
    "legal": ["怎么申请行政复议", "不服信访答复"],
    "progress": ["我的投诉处理得怎么样了", "查一下进度", "上次反映的问题怎么还没回复"],
    "report": ["举报村支书贪污", "有人开设赌场"],
    "suggestion": ["建议增设公交站", "希望能开通夜班车"],
    "complaint": ["物业乱收费没人管", "半夜施工扰民"],
    "help": ["请帮帮我们家", "停水三天了求抢修"],
    "question": ["身份证丢了去哪补办", "请问公租房怎么申请", "公积金提取额度多少"],
}
NO_QUESTION = {"thanks", "chat", "advertisement", "abuse"}


@pytest.mark.parametrize(("intent", "text"), [(intent, text) for intent, texts in TABLE.items() for text in texts])
def test_the_words_find_the_kind(intent: str, text: str) -> None:
    assert fallback.understand(text).intent == intent


QUESTIONS = [
    "谢谢领导，我想问一下我们小区的暖气什么时候能修好，已经冻了一个星期了，老人孩子都受不了，打了多少电话都没人管",
    "你好，低保怎么申请",
    "垃圾没人清运怎么办",
    "在吗，请问落户要什么材料",
    "贷款被骗了怎么报警",
]


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_with_thanks_or_greeting_in_it_stays_a_question(text: str) -> None:
    assert fallback.understand(text).intent not in NO_QUESTION


def test_no_word_is_sure_enough_to_dismiss() -> None:
    for texts in TABLE.values():
        for text in texts:
            found = fallback.understand(text)
            assert found.intent not in NO_QUESTION or found.intent_confidence <= 0.5


@pytest.mark.parametrize(
    "text", ["建议多宣传火灾预防", "消防通道被占有火灾隐患", "楼道堆杂物怕有火灾风险", "河里的水很脏", "电梯年检在哪查"]
)
def test_words_near_an_emergency_are_none(text: str) -> None:
    assert not fallback.is_emergency(text)


SUBJECTS = {
    "小区物业不作为，业主意见很大": "urban_construction",
    "化工厂排污，河水恶臭": "environment",
    "出租车拒载": "transport",
    "公司拖欠工资不交社保": "labour",
    "医院医生误诊": "health",
    "学校老师乱收补课费": "education",
    "低保和残疾补贴": "civil_affairs",
    "派出所不立案": "justice",
    "超市卖假货不退款": "commerce",
    "手机没信号宽带慢": "technology",
    "村里的粮食补贴和农药": "rural",
    "征地毁坏耕地": "land_resources",
    "非法集资理财公司跑路": "economy",
    "党支部不收党费": "party_affairs",
    "纪委管不管贪污": "discipline",
}


@pytest.mark.parametrize(("text", "subject"), SUBJECTS.items())
def test_the_words_find_the_subject(text: str, subject: str) -> None:
    assert fallback.understand(text).subject == subject


def test_every_intent_and_subject_of_the_table_is_one_of_the_house() -> None:
    table = fallback._table()
    assert {rule["intent"] for rule in table["intents"]} == set(Kind) - {Kind.UNCLEAR}  # no word says that nothing is understood
    assert set(table["subjects"]) == set(all_subjects())


def test_the_note_is_kept() -> None:
    assert fallback.understand("你好", "Rasa 无应答，按关键词判断").note == "Rasa 无应答，按关键词判断"


def test_entities_are_found_without_rasa_too() -> None:
    found = fallback.understand("  青石路 2 号漏水").entities
    assert [(one["entity"], one["start"]) for one in found] == [("place", 2)]
