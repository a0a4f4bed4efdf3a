"""The TF-IDF of vectorizer.py and the topics of affinity.py as a Rasa featurizer: one sparse row a message, for any classifier."""

from __future__ import annotations

import gc
from typing import Any, Dict, List, Sequence, Text, Tuple, Type

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, METADATA, METADATA_EXAMPLE, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, vstack

from nlu import corpus
from nlu.components.affinity import Affinity
from nlu.components.tokenizer import reader
from nlu.components.vectorizer import Vectorizer, unit


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextFeaturizer(SparseFeaturizer, GraphComponent):
    """Characters and words, weighted by how rare they are."""

    def __init__(self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource) -> None:
        """An untrained featurizer."""
        super().__init__(name, config)
        self._storage, self._resource = model_storage, resource
        self.vectorizer = Vectorizer(config["longest"], config["least"], config["max_chars"], config["opening"])
        self.affinity = Affinity(config["affinity"]) if config["affinity"] else None

    @classmethod
    def required_components(cls) -> List[Type]:
        """What must stand before it in the pipeline."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """See Vectorizer for the first four; `affinity`: the weight of the topics (0: without them)."""
        own = {"longest": 3, "least": 2, "max_chars": 600, "opening": 30, "affinity": 1.2}
        return {**SparseFeaturizer.get_default_config(), **own}

    @staticmethod
    def required_packages() -> List[Text]:
        """Packages Rasa checks for before it starts."""
        return ["scipy", "numpy"]

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Refuse settings that cannot work."""
        if (
            not 1 <= config["longest"] <= 8
            or config["least"] < 1
            or config["max_chars"] < 1
            or min(config["opening"], config["affinity"]) < 0
        ):
            raise ValueError("TextFeaturizer: longest must be 1 to 8, least and max_chars at least 1, opening and affinity 0 or more")

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> TextFeaturizer:
        """An untrained featurizer, for training."""
        return cls(config, execution_context.node_name or cls.__name__, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TextFeaturizer:
        """A trained featurizer. A broken model is an error here, not an empty answer later."""
        made = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            made.vectorizer = Vectorizer.load(folder)
            made.affinity = Affinity.load(folder) if (folder / "affinity.npz").exists() else None
        gc.collect()
        gc.freeze()  # some million objects that stay: without this each full collection stops the process for a tenth of a second
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Choose the columns, learn the topics where the training data have none, and write both down."""
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        texts, tokens = [message.get(TEXT) for message in messages], [self._words(message) for message in messages]
        lent = _lent() if self.affinity and not any(_has_topic(message) for message in messages) else []
        self.vectorizer.fit(texts + [text for text, _, _ in lent], tokens + [own for _, own, _ in lent])
        with self._storage.write_to(self._resource) as folder:
            self.vectorizer.save(folder)
            self.affinity = self.affinity if lent else None
            if self.affinity:
                self.affinity.fit(vstack([self._unit(text, own) for text, own, _ in lent]).tocsr(), [topic for _, _, topic in lent])
                self.affinity.scale(np.array([self.affinity.scores(self._unit(*pair)) for pair in zip(texts, tokens, strict=True)]))
                self.affinity.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Features for the training messages."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Features for each message that has text."""
        for message in messages:
            if message.get(TEXT):
                row = self._row(message.get(TEXT), self._words(message))
                message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages

    def _row(self, text: Text, tokens: Sequence[Text]) -> csr_matrix:
        row = self.vectorizer.row(text, tokens)
        if self.affinity is None:
            return row
        return hstack([row, csr_matrix(self.affinity.block(self.affinity.scores(unit(row))))], format="csr")

    def _unit(self, text: Text, tokens: Sequence[Text]) -> csr_matrix:
        return unit(self.vectorizer.row(text, tokens))

    def _words(self, message: Message) -> List[Text]:
        """The words of the part that is read; the tokenizer adds the rest as one token."""
        return [token.text for token in message.get(TOKENS_NAMES[TEXT]) or [] if token.start < self.vectorizer.max_chars]


def _has_topic(message: Message) -> bool:
    metadata = message.get(METADATA) or {}
    return any((metadata.get(part) or {}).get("topic") for part in (METADATA_EXAMPLE, METADATA_INTENT))


def _lent() -> List[Tuple[Text, List[Text], Text]]:
    """Text, words and topic of our own sentences."""
    words = reader()
    return [(example.text, words.lcut(example.text, HMM=False), example.topic) for example in corpus.read() if example.topic]
