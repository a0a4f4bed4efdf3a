"""The TF-IDF of vectorizer.py as a Rasa featurizer: one sparse row a message, for any classifier behind it."""

from __future__ import annotations

from typing import Any, Dict, List, Text, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.vectorizer import Vectorizer


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextFeaturizer(SparseFeaturizer, GraphComponent):
    """Characters and words, weighted by how rare they are."""

    def __init__(self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource) -> None:
        """An untrained featurizer."""
        super().__init__(name, config)
        self._storage, self._resource = model_storage, resource
        self.vectorizer = Vectorizer(config["longest"], config["least"], config["max_chars"])

    @classmethod
    def required_components(cls) -> List[Type]:
        """What must stand before it in the pipeline."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """See Vectorizer for what they mean."""
        return {**SparseFeaturizer.get_default_config(), "longest": 2, "least": 1, "max_chars": 400}

    @staticmethod
    def required_packages() -> List[Text]:
        """Packages Rasa checks for before it starts."""
        return ["scipy", "numpy"]

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        """Refuse settings that cannot work."""
        if not 1 <= config["longest"] <= 8 or config["least"] < 1 or config["max_chars"] < 1:
            raise ValueError("TextFeaturizer: longest must be 1 to 8, least and max_chars at least 1")

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
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Choose the columns and write them down."""
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        self.vectorizer.fit([message.get(TEXT) for message in messages], [_words(message) for message in messages])
        with self._storage.write_to(self._resource) as folder:
            self.vectorizer.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Features for the training messages."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Features for each message that has text."""
        for message in messages:
            if message.get(TEXT):
                row = self.vectorizer.row(message.get(TEXT), _words(message))
                message.add_features(Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages


def _words(message: Message) -> List[Text]:
    return [token.text for token in message.get(TOKENS_NAMES[TEXT]) or []]
