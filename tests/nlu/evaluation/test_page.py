"""The report page: every section is there, whatever was measured, and no text on it is markup."""

import json
import re
from html.parser import HTMLParser

import pytest

from nlu.evaluation import page, pictures
from nlu.evaluation.metrics import Judged, coverage, reliability
from nlu.evaluation.results import Figure, Report, Study, Table

EVIL = "<script>alert('电梯')</script>&\"' ]]>"
VOID = {"meta", "br"}


class Tags(HTMLParser):
    """Which tags there are, that each is closed, and which addresses are named."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.addresses: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def study(key: str = "real", count: int = 40) -> Study:
    truth = tuple("ab"[number % 2] for number in range(count))
    found = tuple("ab"[number % 2] if number % 5 else EVIL for number in range(count))
    sure = tuple(0.5 + number / count / 2 for number in range(count))
    return Study(key, "真实留言" + EVIL, "real", EVIL, Judged((EVIL,) * count, truth, found, sure), {"a": EVIL})


def full() -> Report:
    figures = [Figure("f1", EVIL, "F1", "0.9", "≥ 0.94", False, "0.92", ("0.8",)), Figure("p50", "耗时", "time", "3 ms", "≤ 5", True)]
    return Report(
        about=[("日期 date", "2026-11-22" + EVIL)],
        rivals=("DIET", "LR"),
        figures=figures,
        studies=[study()],
        curve=[("10", 70, 0.6), ("全部", 700, 0.9)],
        tables=[Table("紧急", "urgent", ("种类", "召回"), (("火灾", EVIL),))],
        mistakes="real",
        notes=[EVIL],
        left_out=[EVIL],
    )


REPORTS = {"full": full(), "empty": Report(), "one text": Report(studies=[study(count=1)], curve=[("1", 1, 1.0)])}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_every_section_is_there_and_every_tag_closed(report: Report) -> None:
    content = page.render(report)
    tags = Tags(content)
    assert tags.open == [] and [f'id="{key}"' in content for key, _, _ in page.SECTIONS] == [True] * len(page.SECTIONS)


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_page_runs_nothing_and_fetches_nothing(report: Report) -> None:
    content = page.render(report)
    tags = Tags(content)
    assert not {"script", "img", "link", "iframe", "object"} & set(tags.seen)
    assert all(address.startswith("#") for address in tags.addresses)
    assert "url(" not in content and "@import" not in content and "default-src" in content


def test_no_word_of_a_text_or_label_is_markup() -> None:
    content = page.render(full())
    assert "<script" not in content and content.count("&lt;script&gt;") > 20


def test_the_verdict_counts_what_is_held_against_a_target() -> None:
    content = page.render(full())
    assert "1 / 2 项达到目标" in content and "✗ 未达到" in content and "✓ 达到" in content


def test_the_worst_mistakes_are_twenty_at_most_and_cut() -> None:
    long = Judged(("字" * 9000,) * 50, ("a",) * 50, ("b",) * 50, (0.9,) * 50)
    content = page.render(Report(studies=[Study("x", "x", "x", "", long)]))
    assert content.count('class="mistake"') == 20 and "字" * 401 not in content


def test_the_json_has_every_figure_and_no_text() -> None:
    found = json.loads(json.dumps(full().as_json()))
    assert found["figures"][0] == {
        "key": "f1", "what": "F1", "ours": "0.9", "reach": "≥ 0.94", "met": False, "yardstick": "0.92", "DIET": "0.8",
    }  # fmt: skip
    assert found["studies"]["real"]["texts"] == 40 and sum(map(sum, found["studies"]["real"]["confusion"])) == 40
    assert 'texts": [' not in json.dumps(found) and found["learning_curve"][1]["macro_f1"] == 0.9


def test_pictures_stay_within_their_frame() -> None:
    sure, right = [0.01, 0.5, 0.99, 1.0], [False, True, True, True]
    drawn = pictures.calibration(reliability(sure, right), "t") + pictures.coverage(coverage(sure, right), "t")
    points = [tuple(map(float, pair.split(","))) for found in re.findall(r'points="([^"]+)"', drawn) for pair in found.split()]
    assert points and all(0 <= x <= pictures.WIDTH and 0 <= y <= pictures.HEIGHT for x, y in points)


def test_a_matrix_has_a_cell_for_every_pair() -> None:
    drawn = pictures.matrix(["城乡建设", "b"], [[3, 1], [0, 2000]], "t")
    assert drawn.count("<rect") == 4 and ">2000</text>" in drawn and ">0</text>" not in drawn
