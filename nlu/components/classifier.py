"""The linear model of linear.py as a Rasa classifier, once for each axis.

Axis `intent` is Rasa's own: `intent` and `intent_ranking`. Axis `subject` reads its labels from the training data's metadata
(`metadata: {subject: …}` of a block or an example) and answers in the keys `subject` and `subject_ranking`. An axis `within`
another one (topic within subject) has a model for each label of that one, learned from its examples alone: it never contradicts
the axis before it, and costs next to nothing.
"""

from __future__ import annotations

import json
import logging
from typing import Any, Dict, List, Optional, Text, Tuple, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, INTENT, METADATA, METADATA_EXAMPLE, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack

from nlu.components.linear import LinearModel

logger = logging.getLogger(__name__)
EVERYWHERE = ""  # the one model of an axis that stands within no other


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AxisClassifier(IntentClassifier, GraphComponent):
    """Sets the label of one axis with calibrated probabilities."""

    def __init__(self, config: Dict[Text, Any], model_id: Text, model_storage: ModelStorage, resource: Resource) -> None:
        """An untrained classifier."""
        self.axis: Text = config["axis"]
        self.within: Text = config["within"]
        self.ranking: int = config["ranking_length"]
        self._config, self._model_id = config, model_id
        self._storage, self._resource = model_storage, resource
        self.models: Dict[Text, LinearModel] = {}  # by the label of the axis it stands within
        self.only: Dict[Text, Text] = {}  # where there is a single label to give

    @classmethod
    def required_components(cls) -> List[Type]:
        """What must stand before it in the pipeline."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`axis`: intent or another key of the examples' metadata; `within`: the axis it refines, if any; `strength`: the SVM's C.

        `seed`: the same data give the same model.
        """
        return {"axis": "intent", "within": "", "strength": 1.0, "seed": 20, "ranking_length": 15}

    @staticmethod
    def required_packages() -> List[Text]:
        """Packages Rasa checks for before it starts."""
        return ["sklearn", "scipy"]

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Refuse settings that cannot work."""
        names = [str(config["axis"]), str(config["within"] or "intent")]
        if not all(name.isidentifier() and name not in (TEXT, METADATA) for name in names) or config["strength"] <= 0:
            raise ValueError("AxisClassifier: axis and within must be plain words and strength positive")

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> AxisClassifier:
        """An untrained classifier, for training."""
        return cls(config, execution_context.model_id or "", model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AxisClassifier:
        """A trained classifier; one that had nothing to learn stays silent."""
        made = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            index = json.loads((folder / "axis.json").read_text("utf-8"))
            made.only = index["only"]
            made.models = {parent: LinearModel.load(folder, f"linear{number}") for number, parent in enumerate(index["models"])}
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that carry a label of this axis."""
        labelled: Dict[Text, List[Tuple[Message, Text]]] = {}
        for message in training_data.training_examples:
            label, parent = self._label(message, self.axis), self._label(message, self.within) if self.within else EVERYWHERE
            if label and parent is not None:
                labelled.setdefault(parent, []).append((message, label))
        for parent, examples in sorted(labelled.items()):
            self._learn(parent, examples)
        if not self.models and not self.within:
            logger.warning("no two labels on axis %s: it will not be classified", self.axis)
        with self._storage.write_to(self._resource) as folder:
            for number, model in enumerate(self.models.values()):
                model.save(folder, f"linear{number}")
            index = {"models": list(self.models), "only": self.only}
            (folder / "axis.json").write_text(json.dumps(index, ensure_ascii=False), "utf-8")
        return self._resource

    def _learn(self, parent: Text, examples: List[Tuple[Message, Text]]) -> None:
        labels = [label for _, label in examples]
        if len(set(labels)) > 1:
            self.models[parent] = LinearModel(self._config["strength"], self._config["seed"])
            self.models[parent].fit(vstack([_row(message) for message, _ in examples]).tocsr(), labels)
        elif self.within:
            self.only[parent] = labels[0]

    @staticmethod
    def _label(message: Message, axis: Text) -> Optional[Text]:
        if not message.get(TEXT):
            return None
        if axis == INTENT:
            return message.get(INTENT)
        metadata = message.get(METADATA) or {}
        own, shared = metadata.get(METADATA_EXAMPLE) or {}, metadata.get(METADATA_INTENT) or {}
        return own.get(axis) or shared.get(axis)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing behind it learns from its answers, and reading every example would take as long as learning."""
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `<axis>` to name and confidence, `<axis>_ranking` to the best few."""
        for message in messages:
            if (self.models or self.only) and message.get(TEXT):
                ranking = self._ranking(message)
                if ranking:
                    message.set(self.axis, ranking[0], add_to_output=True)
                    message.set(f"{self.axis}_ranking", ranking[: self.ranking], add_to_output=True)
                message.set("model", self._model_id, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> List[Dict[Text, Any]]:
        """The labels with their probabilities, best first; within another axis, of the label found there, times its probability."""
        above = message.get(self.within) or {} if self.within else {"name": EVERYWHERE, "confidence": 1.0}
        parent, share = above.get("name"), float(above.get("confidence") or 0.0)
        if parent in self.only:
            return [{"name": self.only[parent], "confidence": share}]
        model = self.models.get(parent)
        if model is None:
            return []
        found = model.probabilities(_row(message)) * share
        return [{"name": model.labels[place], "confidence": float(found[place])} for place in np.argsort(-found, kind="stable")]


def _row(message: Message) -> csr_matrix:
    """The sentence features of every featurizer before us, side by side (without the copy Rasa would make for each axis).

    Dense ones, of a language model, are brought to length 1, the length of each block of ours.
    """
    found = [_block(one) for one in message.features if one.attribute == TEXT and one.type == FEATURE_TYPE_SENTENCE]
    if not found:
        raise ValueError("AxisClassifier needs a featurizer before it in the pipeline")
    return csr_matrix(found[0] if len(found) == 1 else hstack(found))


def _block(features: Features) -> csr_matrix:
    if features.is_sparse():
        return features.features
    dense = np.asarray(features.features, dtype=np.float32).reshape(1, -1)
    return csr_matrix(dense / max(float(np.linalg.norm(dense)), 1e-9))
