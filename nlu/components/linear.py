"""A linear SVM whose margins are turned into honest probabilities. No Rasa in here."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import List, Sequence

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

FOLDS = 5
PLAIN_SHARPNESS = 3.0  # where there are too few examples to calibrate on
SHARPEST = 20.0


def softmax(scores: np.ndarray) -> np.ndarray:
    """Rows of scores to rows that sum to one."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


class LinearModel:
    """One label out of many for a sparse row, with a probability for each."""

    def __init__(self, strength: float = 1.0, seed: int = 20) -> None:
        """`strength`: the SVM's C; `seed`: the same data give the same model."""
        self.strength, self.seed = strength, seed
        self.labels: List[str] = []
        self.weights = np.zeros((0, 0), dtype=np.float32)  # a row for each feature, so that a text picks its few rows
        self.offsets = np.zeros(0, dtype=np.float32)
        self.sharpness = PLAIN_SHARPNESS

    def _svm(self, rows: csr_matrix, names: np.ndarray) -> LinearSVC:
        machine = LinearSVC(C=self.strength, class_weight="balanced", random_state=self.seed, max_iter=5000)
        return machine.fit(rows, names)

    def fit(self, rows: csr_matrix, names: Sequence[str]) -> None:
        """Learn; needs at least two different labels. The sharpness is fitted on margins of texts not trained on."""
        given = np.array(names)
        machine = self._svm(rows, given)
        self.labels = [str(label) for label in machine.classes_]
        self.weights, self.offsets = _both_sides(machine.coef_, machine.intercept_)
        self.sharpness = self._calibrate(rows, given)

    def _calibrate(self, rows: csr_matrix, names: np.ndarray) -> float:
        folds = min(FOLDS, *Counter(names.tolist()).values())
        if folds < 2:
            return PLAIN_SHARPNESS
        scores = np.zeros((len(names), len(self.labels)))
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=self.seed).split(rows, names):
            machine = self._svm(rows[train], names[train])
            weights, offsets = _both_sides(machine.coef_, machine.intercept_)
            scores[test] = rows[test] @ weights + offsets
        true = np.searchsorted(self.labels, names)

        def surprise(sharpness: float) -> float:
            return float(-np.log(softmax(scores * sharpness)[np.arange(len(true)), true] + 1e-12).mean())

        return float(minimize_scalar(surprise, bounds=(0.1, SHARPEST), method="bounded").x)

    def probabilities(self, rows: csr_matrix) -> np.ndarray:
        """A row of probabilities, in the order of `labels`, for each row."""
        return softmax((rows @ self.weights + self.offsets) * self.sharpness)

    def save(self, folder: Path) -> None:
        """Write JSON and npz: a model file must not be able to run code."""
        settings = {"labels": self.labels, "sharpness": self.sharpness, "strength": self.strength, "seed": self.seed}
        (folder / "linear.json").write_text(json.dumps(settings, ensure_ascii=False), "utf-8")
        np.savez_compressed(folder / "linear.npz", weights=self.weights, offsets=self.offsets)

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        """Read what `save` wrote."""
        stored = json.loads((folder / "linear.json").read_text("utf-8"))
        made = cls(stored["strength"], stored["seed"])
        made.labels, made.sharpness = stored["labels"], stored["sharpness"]
        with np.load(folder / "linear.npz", allow_pickle=False) as arrays:
            made.weights, made.offsets = arrays["weights"], arrays["offsets"]
        return made


def _both_sides(weights: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """With two labels the SVM keeps one row of weights; everything here wants one for each label."""
    if len(weights) == 1:
        weights, offsets = np.vstack([-weights, weights]), np.concatenate([-offsets, offsets])
    return np.ascontiguousarray(weights.T, dtype=np.float32), offsets.astype(np.float32)
