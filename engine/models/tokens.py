"""How many tokens a text has for a model. Uses the tokenizer alone: no torch, no weights."""

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.models import hub
from engine.models.catalogue import ModelInfo


def token_counts(model: ModelInfo, texts: Sequence[str]) -> NDArray[np.int32]:
    """Tokens of each text, uncut, the special ones included."""
    if not texts:
        return np.zeros(0, dtype=np.int32)
    file = hub.fetch(model, weights=False) / "tokenizer.json"
    if not file.exists():
        return _slowly(model, texts)
    from tokenizers import Tokenizer

    try:
        if "model" not in json.loads(file.read_text("utf-8")):
            raise ValueError
    except (OSError, ValueError, TypeError):
        raise ModelError("models.no_tokenizer", name=model.title) from None
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    encodings = tokenizer.encode_batch_fast(list(texts))
    return np.array([len(encoding) for encoding in encodings], dtype=np.int32)


def _slowly(model: ModelInfo, texts: Sequence[str]) -> NDArray[np.int32]:
    """For tokenizers that exist only in their older form; this imports transformers."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(hub.fetch(model, weights=False))
    ids = tokenizer(list(texts), truncation=False, padding=False)["input_ids"]
    return np.array([len(row) for row in ids], dtype=np.int32)
