"""A data set of the Hugging Face hub → files, as if they had been given. None of its code is run.

What a data set holds is told from the list of its files and from its card; where it has no file of
a table, from the Parquet that the hub itself makes of it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from engine.data.limits import MOST_BYTES
from engine.data.parquet_rows import named
from engine.data.plan import Sources
from engine.data.reading import read_table
from engine.data.splits import split_of
from engine.errors import DataError
from engine.online import ask

_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_BEFORE = re.compile(r"^(hf:/*|https?://[^/]+/)?(datasets/)?")
_TABLES = (".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_ABOUT = frozenset({"dataset_infos.json", "dataset_info.json", "state.json", "metadata.json"})
"""Files about a data set."""
_CONVERTED = "refs/convert/parquet"
_LONGEST_LIST = 6

Files = Mapping[str, tuple[str, ...]]
"""split, as the data set calls it → its files."""


@dataclass(frozen=True)
class Listing:
    """What a data set holds, and what of it would be fetched."""

    name: str
    revision: str
    part: str
    """Its configuration: which of several tables."""
    parts: tuple[str, ...]
    files: Files
    """train, validation, test → files; the rows of several are put one after the other."""
    left_out: tuple[str, ...]
    """Splits that are none of these."""
    naming: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Columns whose numbers stand for names, by the card."""


def look(name: str, part: str = "") -> Listing:
    """The data set of that id or address, and the files of `part` or else of its usual part.

    Asks the hub. Raises DataError for whatever keeps it from being fetched.
    """
    from huggingface_hub import HfApi

    wanted = "/".join(_BEFORE.sub("", name.strip()).strip("/").split("/")[:2])
    if not _ID.fullmatch(wanted):
        raise DataError("data.hub_id", found=name.strip()[:80])
    info = ask(wanted, lambda: HfApi().dataset_info(wanted, files_metadata=True), _fail)
    card = info.card_data.to_dict() if info.card_data else {}
    every = _parts(_listed(info), card)
    if not every:
        info, every = _converted(wanted, sorted(_listed(info)))
    usual = next((p for p in every if _is_usual(p, card)), next(iter(every)))
    chosen = part if part in every else usual
    files, left_out = _as_splits(every[chosen])
    listed = _listed(info)
    size = sum(listed[path] for paths in files.values() for path in paths)
    if size > MOST_BYTES:
        params = {"found": size // 1024**2, "limit": MOST_BYTES // 1024**2}
        raise DataError("data.hub_too_big", name=wanted, **params)
    naming = _naming(card, chosen)
    return Listing(info.id, info.sha or "", chosen, tuple(every), files, left_out, naming)


def fetch(listing: Listing, folder: Path) -> Sources:
    """The files of the data set; what has to be put together is written to `folder`.

    Raises DataError where they cannot be had.
    """
    from huggingface_hub import hf_hub_download

    def download(path: str) -> Path:
        call = partial(
            hf_hub_download,
            listing.name,
            path,
            repo_type="dataset",
            revision=listing.revision or None,
        )
        return Path(ask(listing.name, call, _fail))

    title = listing.name.rpartition("/")[2]
    names = {split: title if split == "train" else f"{title} {split}" for split in listing.files}
    paths = {split: [download(path) for path in files] for split, files in listing.files.items()}
    ready = {
        split: found[0]
        if len(found) == 1 and not listing.naming
        else _joined(found, listing, folder / f"{split}.jsonl")
        for split, found in paths.items()
    }
    return Sources(ready["train"], ready.get("validation"), ready.get("test"), names)


def _fail(kind: str, /, **params: object) -> DataError:
    return DataError(f"data.hub_{kind}", **params)


def _listed(info: Any) -> dict[str, int]:
    """Path → bytes, of all files."""
    return {file.rfilename: file.size or 0 for file in info.siblings or ()}


def _is_table(path: str) -> bool:
    plain = PurePosixPath(path)
    return plain.suffix in _TABLES and plain.name not in _ABOUT and plain.name[0] != "."


def _parts(listed: Mapping[str, int], card: Mapping[str, Any]) -> dict[str, Files]:
    """Part → its files, by the card or else by the files' names."""
    tables = sorted(filter(_is_table, listed))
    configs = card.get("configs")
    found: dict[str, Files] = {}
    for config in configs if isinstance(configs, list) else ():
        if isinstance(config, dict) and config.get("config_name"):
            files = _of_config(config, tables)
            found |= {str(config["config_name"]): files} if files else {}
    if found or not tables:
        return found
    named: dict[str, list[str]] = {}
    for path in tables:
        named.setdefault(_split_in(path), []).append(path)
    return {"default": {split: tuple(paths) for split, paths in named.items()}}


def _of_config(config: Mapping[str, Any], tables: Sequence[str]) -> Files:
    """The files that a configuration of the card names, by patterns."""
    inside = str(config.get("data_dir") or "").strip("./")
    within = [path for path in tables if path.startswith(f"{inside}/" if inside else "")]
    given = config.get("data_files")
    if isinstance(given, dict):
        given = [{"split": split, "path": paths} for split, paths in given.items()]
    if isinstance(given, str):
        given = [given]
    found: dict[str, list[str]] = {}
    for entry in given if isinstance(given, list) else ["**"]:
        split, patterns = None, entry
        if isinstance(entry, dict):
            split, patterns = str(entry.get("split", "train")), entry.get("path", ())
        for pattern in [patterns] if isinstance(patterns, str) else patterns:
            for path in filter(partial(_matches, str(pattern)), within):
                found.setdefault(split or _split_in(path), []).append(path)
    return {split: tuple(dict.fromkeys(paths)) for split, paths in found.items()}


def _matches(pattern: str, path: str) -> bool:
    pattern = pattern.removeprefix("./")
    return fnmatchcase(path, pattern) or fnmatchcase(path, pattern.replace("**/", ""))


def _split_in(path: str) -> str:
    """The split that the name of a file says, or else of a folder it lies in."""
    for part in reversed(PurePosixPath(path).parts):
        for word in re.split(r"[\W_]+", part):
            if split := split_of(word):
                return split
    return "train"


def _converted(name: str, listed: Sequence[str]) -> tuple[Any, dict[str, Files]]:
    """What the hub made of a data set that has no file of a table: part/split/0000.parquet."""
    from huggingface_hub import HfApi

    try:
        info = ask(
            name,
            lambda: HfApi().dataset_info(name, revision=_CONVERTED, files_metadata=True),
            _fail,
        )
    except DataError as error:
        if error.message.key != "data.hub_incomplete":
            raise
        kinds = dict.fromkeys(PurePosixPath(path).suffix or path for path in listed)
        found = list(kinds)[:_LONGEST_LIST]
        raise DataError("data.hub_no_table", name=name, found=found) from None
    parts: dict[str, dict[str, list[str]]] = {}
    for path in sorted(filter(_is_table, _listed(info))):
        folders = PurePosixPath(path).parts
        if len(folders) == 3:
            split = folders[1].removeprefix("partial-")
            parts.setdefault(folders[0], {}).setdefault(split, []).append(path)
    if not parts:
        raise DataError("data.hub_no_table", name=name, found=list(listed)[:_LONGEST_LIST])
    return info, {
        part: {split: tuple(paths) for split, paths in splits.items()}
        for part, splits in parts.items()
    }


def _is_usual(part: str, card: Mapping[str, Any]) -> bool:
    configs = card.get("configs")
    told = [one for one in configs if isinstance(one, dict)] if isinstance(configs, list) else []
    marked = next((one.get("config_name") for one in told if one.get("default")), "default")
    return part == marked


def _as_splits(files: Files) -> tuple[Files, tuple[str, ...]]:
    """train, validation, test → files, and the splits left out; without any for training the
    first split is it."""
    found: dict[str, str] = {}
    for name in files:
        split = split_of(name)
        if split:
            found.setdefault(split, name)
    if "train" not in found:
        first = next(iter(files))
        found = {split: name for split, name in found.items() if name != first}
        found["train"] = first
    chosen = {split: files[name] for split, name in found.items()}
    return chosen, tuple(name for name in files if name not in found.values())


def _naming(card: Mapping[str, Any], part: str) -> dict[str, tuple[str, ...]]:
    """Columns of which the card says what their numbers stand for."""
    about = card.get("dataset_info")
    every = about if isinstance(about, list) else [about]
    told = [one for one in every if isinstance(one, dict)]
    own = next((one for one in told if one.get("config_name") == part), None)
    own = own or (told[0] if len(told) == 1 else {})
    features = own.get("features")
    found = {}
    for feature in features if isinstance(features, list) else ():
        names = _class_names(feature) if isinstance(feature, dict) else ()
        if names:
            found[str(feature.get("name"))] = names
    return found


def _class_names(feature: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of a column of classes, or of lists of them."""
    kind = feature.get("dtype") or feature.get("sequence") or feature.get("list")
    label = kind.get("class_label") if isinstance(kind, dict) else None
    names = label.get("names") if isinstance(label, dict) else None
    if isinstance(names, dict):
        names = [names[key] for key in sorted(names, key=lambda key: str(key).zfill(9))]
    return tuple(map(str, names)) if isinstance(names, list) else ()


def _joined(paths: Sequence[Path], listing: Listing, out: Path) -> Path:
    """The rows of several files as one of JSON Lines, with names in the place of their numbers.

    A row that could not be read stays as an empty one, for the import to count.
    """
    size = 0
    with out.open("w", encoding="utf-8") as file:
        for path in paths:
            table, report = read_table(path, f"{listing.name}/{path.name}")
            for row in table.to_dict("records"):
                for column in listing.naming.keys() & row.keys():
                    row[column] = named(listing.naming[column], row[column])
                size += file.write(json.dumps(row, ensure_ascii=False) + "\n")
                if size > MOST_BYTES:
                    params = {"found": size // 1024**2, "limit": MOST_BYTES // 1024**2}
                    raise DataError("data.hub_too_big", name=listing.name, **params)
            file.write("{}\n" * report.rows_dropped)
    return out
