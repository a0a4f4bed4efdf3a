"""jieba as a Rasa tokenizer, ready before the first request."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Dict, List, Text

import jieba
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

OWN_WORDS = Path(__file__).with_name("words.txt")


@cache
def reader() -> jieba.Tokenizer:
    """jieba with its dictionary and our words in memory."""
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    for line in OWN_WORDS.read_text("utf-8").splitlines():
        word, *frequency = line.split() or [""]
        if word:  # with its frequency written down it takes microseconds; without, jieba works one out that keeps it whole
            made.add_word(word, int(frequency[0]) if frequency else None)
    return made


class Word(Token):
    """A token whose fingerprint is told at once.

    Rasa's own hashes five parts one by one, for each of some hundred thousand words after each component of a training: five seconds.
    """

    def fingerprint(self) -> Text:
        """Rasa's own where somebody has added data, which may be of any kind."""
        return super().fingerprint() if self.data else repr((self.text, self.start, self.end, self.lemma))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ChineseTokenizer(Tokenizer, GraphComponent):
    """Words by jieba's dictionary and our own list of words of public administration.

    Rasa's own JiebaTokenizer reads the dictionary during the first request (a second's delay) and through a cache in the
    shared temporary folder, which anybody on the machine may have written; this one reads it itself, when it is made.
    """

    def __init__(self, config: Dict[Text, Any]) -> None:
        """Read the dictionaries."""
        super().__init__(config)
        self._jieba = reader()

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`max_chars`: how much of a text is cut into words; the rest is one last token."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
            "max_chars": 600,
        }

    @staticmethod
    def required_packages() -> List[Text]:
        """Packages Rasa checks for before it starts."""
        return ["jieba"]

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ChineseTokenizer:
        """Nothing is stored in the model: the dictionaries are part of the code."""
        return cls(config)

    def tokenize(self, message: Message, attribute: Text) -> List[Token]:
        """The words of the first `max_chars` characters, with their places."""
        text = message.get(attribute)
        limit = self._config["max_chars"]
        found = [Word(word, start) for word, start, _ in self._jieba.tokenize(text[:limit], HMM=False)]
        if len(text) > limit:
            found.append(Word(text[limit:], limit))
        return found
