"""The linear model of linear.py as a Rasa classifier, once for each axis.

Axis `intent` is Rasa's own: `intent` and `intent_ranking`. Axis `subject` reads its labels from the training data's metadata
(`metadata: {subject: …}` of a block or an example) and answers in the keys `subject` and `subject_ranking`.
"""

from __future__ import annotations

import logging
from typing import Any, Dict, List, Optional, Text, Tuple, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_EXAMPLE, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack

from nlu.components.linear import LinearModel

logger = logging.getLogger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AxisClassifier(IntentClassifier, GraphComponent):
    """Sets the label of one axis with calibrated probabilities."""

    def __init__(self, config: Dict[Text, Any], model_id: Text, model_storage: ModelStorage, resource: Resource) -> None:
        """An untrained classifier."""
        self.axis: Text = config["axis"]
        self.ranking: int = config["ranking_length"]
        self._config, self._model_id = config, model_id
        self._storage, self._resource = model_storage, resource
        self.model: Optional[LinearModel] = None

    @classmethod
    def required_components(cls) -> List[Type]:
        """What must stand before it in the pipeline."""
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`axis`: intent or another key of the examples' metadata; `strength`: the SVM's C; `seed`: for reproducible models."""
        return {"axis": "intent", "strength": 0.3, "seed": 20, "ranking_length": 5}

    @staticmethod
    def required_packages() -> List[Text]:
        """Packages Rasa checks for before it starts."""
        return ["sklearn", "scipy"]

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Refuse settings that cannot work."""
        if not str(config["axis"]).isidentifier() or config["axis"] in (TEXT, METADATA) or config["strength"] <= 0:
            raise ValueError("AxisClassifier: axis must be a plain word and strength positive")

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
            if (folder / "linear.json").exists():
                made.model = LinearModel.load(folder)
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples that carry a label of this axis."""
        labelled = [(message, label) for message in training_data.training_examples if (label := self._label(message))]
        with self._storage.write_to(self._resource) as folder:
            if len({label for _, label in labelled}) < 2:
                logger.warning("no two labels on axis %s: it will not be classified", self.axis)
                return self._resource
            self.model = LinearModel(self._config["strength"], self._config["seed"])
            self.model.fit(vstack([_row(message) for message, _ in labelled]).tocsr(), [label for _, label in labelled])
            self.model.save(folder)
        return self._resource

    def _label(self, message: Message) -> Optional[Text]:
        if not message.get(TEXT):
            return None
        if self.axis == INTENT:
            return message.get(INTENT)
        metadata = message.get(METADATA) or {}
        own, shared = metadata.get(METADATA_EXAMPLE) or {}, metadata.get(METADATA_INTENT) or {}
        return own.get(self.axis) or shared.get(self.axis)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Components behind this one may want to see its answers."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Set `<axis>` to name and confidence, `<axis>_ranking` to the best few."""
        for message in messages:
            if self.model is not None and message.get(TEXT):
                ranking = self._ranking(self.model, _row(message))
                message.set(self.axis, ranking[0], add_to_output=True)
                message.set(f"{self.axis}_ranking", ranking[: self.ranking], add_to_output=True)
                message.set("model", self._model_id, add_to_output=True)
        return messages

    @staticmethod
    def _ranking(model: LinearModel, row: csr_matrix) -> List[Dict[Text, Any]]:
        found = model.probabilities(row)[0]
        best: Tuple[int, ...] = tuple(np.argsort(-found, kind="stable"))
        return [{"name": model.labels[place], "confidence": float(found[place])} for place in best]


def _row(message: Message) -> csr_matrix:
    """The sentence features of every sparse featurizer before us, side by side."""
    _, sentence = message.get_sparse_features(TEXT)
    if sentence is None:
        raise ValueError("AxisClassifier needs a sparse featurizer before it in the pipeline")
    return csr_matrix(hstack([sentence.features]))
