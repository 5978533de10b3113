"""Whether language models are given the tokens that their weights were trained on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lit.data.dataset import Dataset
from lit.data.tokenizers import BYTES, read_tokenizer
from lit.errors import InputError
from lit.logs import log
from lit.networks.hub_files import TOKENIZER, folder_of
from lit.workflow.check_rows import stages_of


def check_tokens(
    rows: list[Mapping[str, Any]],
    specs: Mapping[str, Mapping[str, Any]],
    data: Mapping[str, Dataset],
    models: Mapping[str, Mapping[str, Any]],
) -> None:
    """Check every model and data set that meet, in an arm or in features of a backbone.

    Where a model's folder does not say what its tokens are, a warning says so.

    Args:
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        specs: Data sets' entries by name.
        data: Data sets by name.
        models: Models' entries by name.

    Raises:
        InputError: naming the model, the data set and the remedy.
    """
    pairs = [
        (row["model"], name)
        for row in rows
        for name in (row["target"], *(s["dataset"] for s in stages_of(row) if s["n"]))
    ]
    pairs += [
        (one["model"], one["of"]) for one in specs.values() if one.get("trained", "model" in one)
    ]
    for model, name in dict.fromkeys(pairs):
        _check(f"models.{model}", models[model], name, data[name])


def _check(where: str, model: Mapping[str, Any], name: str, data: Dataset) -> None:
    if model["kind"] != "transformers" or not model.get("weights") or not data.tokenizer:
        return
    folder: Path = folder_of(model, where)
    if not (folder / TOKENIZER).is_file():
        what = "bytes" if data.tokenizer == BYTES else "those of its tokenizer"
        log.warning(
            f"Warning: {where}: {folder} has no {TOKENIZER}, so nothing tells whether its weights"
            f" were trained on the tokens of data set {name!r}, {what}"
        )
    elif read_tokenizer(str(folder), special=False).digest != data.tokenizer:
        raise InputError(
            f"{where} was trained on other tokens than data set {name!r} has: write tokenizer:"
            f" {folder} for it; models of two tokenizers need a data set each"
        )
