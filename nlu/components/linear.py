"""A linear SVM whose margins are turned into honest probabilities. No Rasa in here."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

FOLDS = 5
ENOUGH = 2000  # texts of one fold that calibrate well enough without the other folds
PLAIN_SHARPNESS = 3.0  # where there are too few examples to calibrate on
SHARPEST = 20.0
STEPS = 127


def softmax(scores: np.ndarray) -> np.ndarray:
    """Rows of scores to rows that sum to one."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


class LinearModel:
    """One label out of many for a sparse row, with a probability for each.

    A weight is kept in one byte, on a scale of square roots: most weights are small, and their differences decide.
    """

    def __init__(self, strength: float = 1.0, seed: int = 20) -> None:
        """`strength`: the SVM's C; `seed`: the same data give the same model."""
        self.strength, self.seed = strength, seed
        self.labels: List[str] = []
        self.columns = np.zeros(0, dtype=np.int32)  # the features it knows, ascending
        self.codes = np.zeros((0, 0), dtype=np.int8)  # a row for each of them, so that a text picks its few rows
        self.largest = np.zeros(0, dtype=np.float32)  # of each label, the weight that the code ±STEPS stands for
        self.offsets = np.zeros(0, dtype=np.float32)
        self.sharpness = PLAIN_SHARPNESS
        self._where: Optional[np.ndarray] = None  # of each feature, its row in `codes`; -1: none

    def _svm(self, rows: csr_matrix, names: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Weights with a column for each label, and offsets."""
        machine = LinearSVC(C=self.strength, class_weight="balanced", random_state=self.seed, max_iter=5000)
        machine.fit(rows, names)
        weights, offsets = machine.coef_, machine.intercept_
        if len(weights) == 1:  # with two labels the SVM keeps one row; everything here wants one for each
            weights, offsets = np.vstack([-weights, weights]), np.concatenate([-offsets, offsets])
        return weights.T, offsets

    def fit(self, rows: csr_matrix, names: Sequence[str]) -> None:
        """Learn; needs at least two different labels. The sharpness is fitted on margins of texts not trained on."""
        given = np.array(names)
        self.labels = [str(label) for label in np.unique(given)]
        self.columns = np.unique(rows.indices).astype(np.int32)
        known = rows[:, self.columns]
        weights, offsets = self._svm(known, given)
        self.codes, self.largest = packed(weights)
        self.offsets = offsets.astype(np.float32)
        self.sharpness = self._calibrate(known, given)

    def _calibrate(self, rows: csr_matrix, names: np.ndarray) -> float:
        scores: List[np.ndarray] = []
        true: List[np.ndarray] = []
        for train, test in self._folds(names):
            weights, offsets = self._svm(rows[train], names[train])
            scores.append(rows[test] @ weights + offsets)
            true.append(np.searchsorted(self.labels, names[test]))
        if not scores:
            return PLAIN_SHARPNESS
        margins, right = np.concatenate(scores), np.concatenate(true)

        def surprise(sharpness: float) -> float:
            return float(-np.log(softmax(margins * sharpness)[np.arange(len(right)), right] + 1e-12).mean())

        return float(minimize_scalar(surprise, bounds=(0.1, SHARPEST), method="bounded").x)

    def _folds(self, names: np.ndarray) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        """Training and test places; only as many of the folds as it takes to test ENOUGH texts."""
        folds = min(FOLDS, *Counter(names.tolist()).values())
        if folds < 2:
            return
        tested = 0
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=self.seed).split(names, names):
            yield train, test
            tested += len(test)
            if tested >= ENOUGH:
                return

    def probabilities(self, row: csr_matrix) -> np.ndarray:
        """The probabilities of one row, in the order of `labels`."""
        if self._where is None:
            self._where = np.full(row.shape[1], -1, dtype=np.int32)
            self._where[self.columns] = np.arange(len(self.columns), dtype=np.int32)
        place = self._where[row.indices]
        known = place >= 0
        scores = row.data[known] @ unpacked(self.codes[place[known]], self.largest) + self.offsets
        return softmax(scores[np.newaxis] * self.sharpness)[0]

    def save(self, folder: Path, name: str = "linear") -> None:
        """Write JSON and npz: a model file must not be able to run code."""
        settings = {"labels": self.labels, "sharpness": self.sharpness, "strength": self.strength, "seed": self.seed}
        (folder / f"{name}.json").write_text(json.dumps(settings, ensure_ascii=False), "utf-8")
        gaps = np.diff(self.columns, prepend=np.int32(0))  # small numbers, which compress
        arrays = {"gaps": gaps, "codes": self.codes, "largest": self.largest, "offsets": self.offsets}
        np.savez_compressed(folder / f"{name}.npz", **arrays)

    @classmethod
    def load(cls, folder: Path, name: str = "linear") -> LinearModel:
        """Read what `save` wrote."""
        stored = json.loads((folder / f"{name}.json").read_text("utf-8"))
        made = cls(stored["strength"], stored["seed"])
        made.labels, made.sharpness = stored["labels"], stored["sharpness"]
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            made.columns = np.cumsum(arrays["gaps"], dtype=np.int32)
            made.codes, made.largest, made.offsets = arrays["codes"], arrays["largest"], arrays["offsets"]
        return made


def packed(weights: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Weights (features × labels) as codes of one byte, and each label's largest weight."""
    largest = np.maximum(np.abs(weights).max(axis=0), 1e-12).astype(np.float32)
    return np.rint(np.sign(weights) * np.sqrt(np.abs(weights) / largest) * STEPS).astype(np.int8), largest


def unpacked(codes: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """The weights that codes stand for."""
    roots = codes.astype(np.float32) / STEPS
    return roots * np.abs(roots) * largest
