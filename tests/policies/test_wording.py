"""What is said about a reply before it is sent."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.masking import mask, spots
from policies.wording import LEVELS, Level, Office, findings, overlap, substance

ASKED = "请问滨江路小学一年级什么时候报名？需要带什么材料？我家住在滨江路12号。"
GOOD = "您好！滨江路小学一年级报名时间为6月1日至15日，请携带户口簿和房产证到学校教务处办理，咨询电话0731-82213456。"
OFFICE = Office(names=frozenset({"云川市教育局", "云川市卫生健康委员会", "教育局"}), former=frozenset({"市教委"}), own="教育局")


def codes(text: str, asked: str = ASKED, office: Office = OFFICE) -> set[str]:
    return {one.code for one in findings(text, asked, office)}


def test_a_reply_that_answers_has_no_findings() -> None:
    assert findings(GOOD, ASKED, OFFICE) == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD + "我局将尽快处理。", "empty_when"),
        (GOOD + "该问题将适时研究。", "empty_when"),
        (GOOD + "已请有关部门核实。", "empty_who"),
        (GOOD + "这个问题请您自行解决。", "cold"),
        (GOOD + "此事不属于我局职责范围。", "cold"),
        (GOOD + "已请环保局核实。", "department_gone"),
        (GOOD + "已请市教委核实。", "department_gone"),
        (GOOD + "已请云川市卫生建康委员会核实。", "department_like"),
        (GOOD + "报名人：{市民}。", "blank"),
        (GOOD + "期限为XXX。", "blank"),
        ("您好，您反映的问题已转相关部门处理，感谢您的理解与支持。", "only_passed_on"),
        ("您好！您的留言已收悉。", "too_short"),
        ("公交线路调整须经论证，票价按照物价文件执行，车辆更新列入2026年12月计划，请乘客留意站牌。", "beside"),
        ("滨江路小学一年级报名需要户口簿等材料，具体请致电咨询。", "no_contact"),
        (GOOD + "家长张某电话13800138000。", "personal"),
        (GOOD + "身份证号430102198001011234。", "personal"),
        (GOOD + "受理号202611221234567890。", "long_number"),
        (GOOD + "我们高度重视，认真研究，狠抓落实。", "slogan"),
    ],
)
def test_each_fault_is_found(text: str, code: str) -> None:
    assert code in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        GOOD + "我局将尽快处理，于11月30日前答复您。",
        GOOD + "我局将在5个工作日内尽快办结。",
        GOOD + "请您尽快办理。",
        GOOD + "已请有关部门（云川市教育局）核实。",
        GOOD + "此事不属于我局职责范围，请向市自然资源和规划局反映。",
        GOOD + "已请市文化和旅游局、广电和旅游局核实。",
        GOOD + "原环保局的职责已划转。",
        GOOD + "已请云川市卫生健康委员会核实。",
        GOOD + "您的编号是20261122-000001，可拨打12345。",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert codes(text) == set()


def test_the_old_name_comes_with_the_new_one() -> None:
    found = next(one for one in findings(GOOD + "已请市环保局核实。", ASKED, OFFICE) if one.code == "department_gone")
    assert (found.excerpt, found.hint) == ("环保局", "生态环境局")


def test_an_old_name_that_stands_in_the_tree_is_right() -> None:
    assert "department_gone" not in codes(GOOD + "已请环保局核实。", office=Office(names=frozenset({"环保局"})))


def test_a_citizens_own_landline_must_not_be_repeated_but_an_offices_may() -> None:
    asked = ASKED + "我的电话是0731-55556666。"
    theirs = Office(said_by_citizen=asked)
    assert "personal" in codes(GOOD + "已拨打您的电话0731-55556666。", asked, theirs) and "personal" not in codes(GOOD, asked, theirs)


def test_a_public_mobile_number_of_the_office_may_stand() -> None:
    assert "personal" not in codes(GOOD + "值班手机13800138000。", office=Office(public_numbers=frozenset({"13800138000"})))


def test_stops_come_first_and_name_their_place() -> None:
    text = "我局将尽快处理，联系人电话13800138000。" + GOOD
    first = findings(text, ASKED, OFFICE)[0]
    assert (first.level, text[first.start : first.end], first.hint) == (Level.STOP, "13800138000", "mobile")


def test_greetings_and_thanks_are_no_substance() -> None:
    assert substance("网友“UU0081”您好！您的留言已收悉。感谢您对我们工作的支持、理解与监督！2018年11月8日") == ""


def test_a_short_question_is_never_missed() -> None:
    assert overlap("在吗？", "请携带户口簿办理。") == 1.0


def test_a_question_in_another_script_cannot_be_compared() -> None:
    assert overlap("How do I register my child for primary school?", "请于3月1日起登记。") == 1.0


def test_every_level_has_a_known_word() -> None:
    assert {code for code, level in LEVELS.items() if level == Level.STOP} == {"personal", "blank"}


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_is_read_without_error_and_places_lie_within_it(text: str, asked: str) -> None:
    assert all(0 <= one.start <= one.end <= len(text) for one in findings(text, asked, OFFICE))


@given(st.text(alphabet="0123456789 -+()（）a@.xX电话：\u200b", max_size=60))
def test_spots_lie_where_masking_changes_the_text(text: str) -> None:
    found = spots(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))
    assert bool(found) <= (mask(text) != text)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["电话", "（", "找张三", ""]))
def test_no_mobile_number_slips_through(number: str, before: str) -> None:
    assert [one.digits for one in spots(f"{before}{number}。")] == [number]


@given(st.from_regex(r"[1-6][0-9]{5}19[5-9][0-9](0[1-9]|1[0-2])(0[1-9]|1[0-9])[0-9]{3}[0-9X]", fullmatch=True))
def test_no_identity_number_slips_through(number: str) -> None:
    assert "personal" in {one.code for one in findings(f"证号{number}", "")}
