"""The sums behind the figures: worked examples, and what must hold for any readings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.evaluation import metrics
from nlu.evaluation.metrics import Judged

NAMES = st.sampled_from(["a", "b", "c", "投诉"])
PAIRS = st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=60)
READINGS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80)


def test_macro_f1_counts_every_label_alike_also_one_that_was_only_read() -> None:
    found = metrics.macro_f1(["a", "a", "a", "b"], ["a", "a", "b", "c"])
    assert found == pytest.approx((2 * 2 / 5 + 0 + 0) / 3)
    assert metrics.macro_f1(["a", "b"], ["a", "c"], labels=["a"]) == 1.0


def test_precision_and_recall_are_told_apart() -> None:
    one = metrics.per_class(["a", "a", "a", "b"], ["a", "b", "b", "b"])[0]
    assert (one.label, one.precision, one.recall, one.texts) == ("a", 1.0, pytest.approx(1 / 3), 3)


@given(PAIRS)
def test_every_figure_of_a_class_is_a_share(pairs: list[tuple[str, str]]) -> None:
    truth, found = [one for one, _ in pairs], [other for _, other in pairs]
    for one in metrics.per_class(truth, found):
        assert 0 <= one.f1 <= 1 and min(one.precision, one.recall) <= one.f1 <= max(one.precision, one.recall) + 1e-12
    assert sum(one.texts for one in metrics.per_class(truth, found)) == len(pairs)


@given(st.lists(NAMES, min_size=1))
def test_all_right_is_one_and_all_wrong_is_nought(truth: list[str]) -> None:
    assert metrics.macro_f1(truth, truth) == metrics.accuracy(truth, truth) == 1
    assert metrics.macro_f1(truth, ["nothing"] * len(truth)) == metrics.accuracy(truth, ["nothing"] * len(truth)) == 0


@given(PAIRS)
def test_the_order_of_the_texts_makes_no_difference(pairs: list[tuple[str, str]]) -> None:
    turned = pairs[::-1]
    one = metrics.macro_f1([a for a, _ in pairs], [b for _, b in pairs])
    assert one == pytest.approx(metrics.macro_f1([a for a, _ in turned], [b for _, b in turned]))


def test_ece_is_the_distance_between_confidence_and_accuracy() -> None:
    assert metrics.ece([0.9] * 10, [True] * 6 + [False] * 4) == pytest.approx(0.3)
    assert metrics.ece([0.9] * 10 + [0.5] * 10, [True] * 9 + [False] + [True] * 5 + [False] * 5) == pytest.approx(0)
    assert metrics.ece([1.0, 1.0], [True, True]) == 0 and metrics.ece([], []) == 0


@given(READINGS)
def test_the_bins_hold_every_reading_once(readings: list[tuple[float, bool]]) -> None:
    bins = metrics.reliability([one for one, _ in readings], [right for _, right in readings])
    assert sum(one.texts for one in bins) == len(readings) and len(bins) <= metrics.BINS
    assert all(one.low - 1e-9 <= one.confidence <= one.high + 1e-9 for one in bins)
    assert 0 <= metrics.ece([one for one, _ in readings], [right for _, right in readings]) <= 1


@given(READINGS)
def test_covering_more_means_asking_for_less(readings: list[tuple[float, bool]]) -> None:
    confidence, right = [one for one, _ in readings], [good for _, good in readings]
    points = metrics.coverage(confidence, right)
    assert [point[0] for point in points] == sorted(point[0] for point in points) and points[-1][0] == 1
    assert [point[2] for point in points] == sorted((point[2] for point in points), reverse=True)
    assert points[-1][1] == pytest.approx(sum(right) / len(right))


def test_the_threshold_is_the_one_that_covers_most() -> None:
    confidence, right = [0.9, 0.8, 0.7, 0.6], [True, True, False, True]
    assert metrics.covered_at(confidence, right, 0.99) == (0.5, 0.8)
    assert metrics.covered_at(confidence, right, 0.75) == (1.0, 0.6)
    assert metrics.covered_at([0.9], [False], 0.5) == (0.0, 1.0)


@given(PAIRS)
def test_the_confusion_matrix_counts_every_text(pairs: list[tuple[str, str]]) -> None:
    labels, matrix = metrics.confusion([a for a, _ in pairs], [b for _, b in pairs])
    assert sum(map(sum, matrix)) == len(pairs)
    assert sum(matrix[place][place] for place in range(len(labels))) == sum(a == b for a, b in pairs)


def test_the_worst_mistakes_are_the_surest_wrong_ones() -> None:
    judged = Judged(("w", "x", "y", "z"), ("a", "a", "a", "a"), ("b", "a", "b", "b"), (0.5, 1.0, 0.9, 0.7))
    assert metrics.worst(judged, 2) == [2, 3]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_percentiles_are_values_that_were_measured(values: list[float], part: float) -> None:
    found = metrics.percentile(values, part)
    assert found in values and sum(value <= found for value in values) >= part * len(values) - 1e-6


def test_uneven_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        Judged(("a",), ("x",), (), ())
