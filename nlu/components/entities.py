"""The recognisers of nlu/entities as a Rasa component, for whoever asks Rasa itself what a text contains."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from nlu.entities import find


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFinder(EntityExtractorMixin, GraphComponent):
    """Adds places, times and numbers to `entities`; learns nothing, so a model is the same with and without it.

    Its offsets are those of the text Rasa was given. The app gives Rasa a tidied text (nlu/prepare.py) and therefore looks for
    itself in the text as it is stored (nlu/answer.py).
    """

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> EntityFinder:
        """There is nothing to set."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Add what is found to what other extractors found before."""
        for message in messages:
            found = self.add_extractor_name([dict(one) for one in find(message.get(TEXT) or "")])
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages
