"""Names of places in a text, as far as two texts can be told apart by them: what stands before 小区, 路, 街道, 学校 and the like.

This is no gazetteer: it need not know where a name begins, only whether another text names the same.
"""

import re

ENDINGS = (
    "小区|花园|家园|公寓|新村|新城|社区|街道|胡同|小学|中学|学校|大学|学院|幼儿园|医院|卫生院|广场|公园|市场|商场|超市|车站|地铁站|"
    "大厦|大桥|水库|工地|工业园|开发区|大道|路口|路|街|巷|桥|村|镇|乡|苑|湾|府|站"
)
_NAMED = re.compile(rf"([\u4e00-\u9fff]{{1,8}}?)({ENDINGS})(?![\u4e00-\u9fff]?路口)")
_NOT_A_NAME = re.compile(
    r"^.*(?:[在到位于从至的是我你他她它们这那哪某本该贵各每有住离去进出经过把被让给对向说请问了着就都也还又一二三四五六七八九十两几条个座所家]|"
    r"附近|旁边|对面|整个|全部|市|区|县|省|城)"
)
_AND = re.compile(r"^[和与及同](?=..)")  # a name may begin so: 和平路
_COMMON = frozenset("道马公铁高大小一这那本该全各老新农乡城上下前后走修来回半过")
MOST = 6


def anchors(text: str) -> tuple[str, ...]:
    """Up to MOST names with their ending, the part before the name cut off: `我住人民路` gives `人民路`."""
    found: dict[str, None] = {}
    for name, ending in _NAMED.findall(text):
        core = _AND.sub("", _NOT_A_NAME.sub("", name))[-4:]
        if len(core) > 1 or (len(core) == 1 and len(ending) > 1 and core not in _COMMON):
            found[core + ending] = None
        if len(found) == MOST:
            break
    return tuple(found)
