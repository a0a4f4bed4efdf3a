"""A citizen's sentence without the citizen: what a model may learn from (promise of the learning loop: no personal data in training text).

Every personal number keeps its shape and loses its digits: 138 0013 8000 becomes 000 0000 0000. The reading component sees every
digit as 0 anyway (nlu/components/vectorizer.py), so the sentence teaches exactly what it taught before; zeros are nobody's number,
no recogniser takes them for one, and a second masking changes nothing. Names become 某某, a house keeps the kind of its parts.
"""

import re
from collections.abc import Callable

from policies.rulepack import read, values
from policies.signs import BLANKS, SEPARATORS, untorn

_SURNAMES = values(read("surnames"))
_COMPOUND = "|".join(_SURNAMES["compound"])
_SINGLE = _SURNAMES["single"]
_HAN = r"\u4e00-\u9fff"
_NO_NAME = (
    "今住在的了我你他她家男女现来反要想有已于与和及去说打是也又还就都不没把被叫电手身年岁出户地系先同（"  # what follows a name of two signs
)
_NAME = rf"(?:(?:{_COMPOUND})[{_HAN}](?:(?![{_NO_NAME}])[{_HAN}])?|[{_SINGLE}](?:某某?|[{_HAN}](?:(?![{_NO_NAME}])[{_HAN}])?))"

_INTRODUCED = (
    "我叫|我的名字叫|我名字叫|名字叫|名字是|本人叫|名叫|姓名|联系人|聯繫人|当事人|申请人|投诉人|举报人|反映人|报案人|户主|业主姓名|收件人|收款人|"
    "户名|患者|法人|法定代表人|老板叫|房东叫|姓名叫"
)
_AFTER_WORD = re.compile(rf"((?:{_INTRODUCED})[:：是为叫 ]{{0,2}})([A-Z][a-z]+(?: [A-Z][a-z]+)?|{_NAME})")
_TITLED = re.compile(
    rf"(?<![{_SINGLE}])(?:(?:{_COMPOUND})|[{_SINGLE}])(?:[{_HAN}]{{1,2}}(?=先生|女士|小姐))?(?=先生|女士|小姐|某某?)(?:某某?)?"
)
_BEFORE_NUMBER = re.compile(
    rf"(?<![{_HAN}A-Za-z0-9])(?:(?:{_COMPOUND})|[{_SINGLE}])[{_HAN}]{{1,2}}(?=[ ,，:：]{{0,2}}(?:手机|电话)?[:： ]?1\d{{10}}(?!\d))"
)
_MAIL = re.compile(r"[A-Za-z0-9._%+\-]+([@＠][A-Za-z0-9\-]+(?:[.．][A-Za-z0-9\-]+)+)?")  # optional: a run without @ is read once
_ACCOUNT = re.compile(
    r"((?:微信|薇信|V信|v信|[Vv][Xx]|[Ww][Xx]|[Ww]ei[Xx]in|[Ww]e[Cc]hat|QQ|qq|Qq|扣扣)(?:号码?|群)?[:：是为 ]{0,3})"
    r"([A-Za-z0-9][A-Za-z0-9_\-]{4,29})"
)
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(rf"([{_PROVINCES}][A-Za-z][·. \-]?)(?=[A-Za-z0-9]{{0,5}}\d)[A-Za-z0-9]{{4,6}}([警学挂港澳领试超]?)(?![A-Za-z0-9])")
_CODE = re.compile(
    r"(?<![0-9A-Za-z\-])(?=[0-9A-Za-z\- ]{0,18}\d)([0-9A-Z]{4})([\- ]?)([0-9A-Z]{4})\2([0-9A-Z]{4})\2([0-9A-Z]{4})(?![0-9A-Za-z\-])"
)
_CASE = re.compile(rf"[(（〔\[【](?:19|20)\d\d[)）〕\]】] ?[{_HAN}]{{0,6}}\d{{0,5}}[{_HAN}]{{0,8}}第?\d{{1,7}}号")
_NUMBERED = re.compile(
    r"((?:编号|编码|单号|件号|受理号|流水号|案号|工单号|订单号|卡号|账号|帐号|证号|户号|学号|车牌号?|号码|号)[:：是为 「“\"]{0,3})"
    r"(?!\d{4}年)(?=[A-Za-z0-9\-]{0,30}\d)([A-Za-z0-9][A-Za-z0-9\-]{3,31})"
)
_LONG = re.compile(rf"\+?[(（]?\d(?:[{SEPARATORS}()（）]?\d){{6,}}(?:[{SEPARATORS}]?[xXｘＸ](?![A-Za-z]))?")
_PUBLIC = re.compile(rf"[48]00(?:[{SEPARATORS}]?\d){{7}}")
_DATE = re.compile(r"(?:19|20)\d\d([\-/.])\d{1,2}\1\d{1,2}")
_PIECE = re.compile(rf"[^{BLANKS}]+")
_PARTS = "栋|幢|座|号楼|号院|单元|弄|室|號樓|棟|單元"
_HOUSE = re.compile(
    rf"(?:[A-Za-z]?\d{{1,4}}(?:-\d{{1,4}})?|[一二三四五六七八九十]{{1,3}})(?={_PARTS})|(?<=[栋幢座元层楼门棟])\d{{3,4}}(?![\d年元块万户平米])"
)
_STREET = re.compile(r"(?<=[路街道巷村组弄路])\d{1,4}(?:-\d{1,3})?(?=号(?!线))")
_DOOR = re.compile(r"(?<![\d\-.])\d{1,3}-\d{1,2}-\d{3,4}(?![\d\-])")
_HAN_NUMBER = re.compile("[一二三四五六七八九十]+")


def _zeros(text: str) -> str:
    return re.sub(r"[A-Za-z]", "0", re.sub(r"\d", "0", text))


def _digits(found: re.Match[str]) -> str:
    return re.sub(r"\d", "0", found.group())


def _name(found: re.Match[str]) -> str:
    return f"{found[1]}某某"


def _account(found: re.Match[str]) -> str:
    return found[1] + (_zeros(found[2]) if found[2].isdigit() else "某某")


def _long(found: re.Match[str]) -> str:
    """Any long number, but for service numbers everybody may know and days."""
    if _PUBLIC.fullmatch(found.group()):
        return found.group()
    return _PIECE.sub(lambda piece: piece.group() if _DATE.fullmatch(piece.group()) else _zeros(piece.group()), found.group())


def _house(found: re.Match[str]) -> str:
    return _HAN_NUMBER.sub("某", _digits(found))


_STEPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_AFTER_WORD, _name),
    (_BEFORE_NUMBER, lambda found: "某某"),
    (_TITLED, lambda found: "某"),
    (_MAIL, lambda found: "某某" if found[1] else found.group()),
    (_ACCOUNT, _account),
    (_PLATE, lambda found: found[1] + "00000" + found[2]),
    (_CODE, lambda found: _zeros(found.group())),
    (_CASE, _digits),
    (_NUMBERED, lambda found: found[1] + _zeros(found[2])),
    (_LONG, _long),
    (_HOUSE, _house),
    (_STREET, _digits),
    (_DOOR, _digits),
)


def mask_for_training(text: str) -> str:
    """The text with names, numbers, plates, accounts and precise house numbers made neutral, still a sentence one can read."""
    text = untorn(text)
    for pattern, neutral in _STEPS:
        text = pattern.sub(neutral, text)
    return text
