"""What the report says of codes and learners: mean code lengths, and every option that was used."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lit.analyses.words import say_labels
from lit.coding.learners import all_options
from lit.report.formats import format_bits, format_count
from lit.report.names import say_learner, say_names
from lit.report.tables import Column, column
from lit.study.codes import CODES
from lit.study.learners import RECORDED, entry_of, joined, names_of
from lit.study.sequences import is_stage

BITS = {
    **{f"{code}_bits": f"code {code}, bits" for code in CODES},
    "plain_bits": "plain code, bits",
    "start_bits": "start left untouched, bits",
    "uniform_bits": "uniform, bits",
}


def summarise_codes(codes: pd.DataFrame) -> pd.DataFrame:
    """Mean code lengths, a row a run; the many from the states of sequences are left out."""
    codes = codes[~codes["start"].map(is_stage)]
    codes = codes.assign(what=codes["run"].map(_what))
    keys = ["run", "target", "labels", "what", "model", "learner", "start", "k"]
    shown = [*BITS, "compression", "flops"]
    codes = codes.reindex(columns=[*keys, *shown])  # recorded runs alone have one code
    return codes.groupby(keys, sort=False, as_index=False)[shown].mean()


def codes_table(codes: pd.DataFrame) -> list[Column]:
    """The same as the page shows it."""
    table = summarise_codes(codes)
    said = say_names([*table["target"], *table["model"]])
    found = [
        column("coded", table["target"], said.__getitem__),
        column("labels", table["labels"], say_labels),
        column("what", table["what"]),
        column("model", table["model"], said.__getitem__),
        column("learner", table["learner"], say_learner),
        column("start", table["start"], lambda start: "θ₀" if start == "theta0" else start),
        column("k or n", table["k"], format_count),
    ]
    found += [
        column(heading, table[name], format_bits)
        for name, heading in BITS.items()
        if table[name].notna().any()
    ]
    found.append(column("compression", table["compression"]))
    found.append(column("FLOPs a seed", table["flops"], "{:.2g}".format))
    return found


def _what(run: str) -> str:
    """What a run codes, in words, and what becomes of M's head where it is not kept."""
    ends = {
        "--source-set": "M's training labels",
        ".new-head": "stream, new head",
        ".frozen": "stream, head alone is trained",
    }
    return next((said for end, said in ends.items() if run.endswith(end)), "stream")


def learners_table(config: Mapping[str, Any], codes: pd.DataFrame) -> list[Column]:
    """Every learner or union that the codes used: all options, defaults too, and the experts."""
    found = [
        _learner(config, str(name), rows) for name, rows in codes.groupby("learner", sort=False)
    ]
    table = pd.DataFrame(found, columns=["learner", "kind", "experts", "options"])
    return [column(str(name), table[name], wide=name in ("experts", "options")) for name in table]


def _learner(config: Mapping[str, Any], name: str, rows: pd.DataFrame) -> dict[str, str]:
    if name == RECORDED:
        said = "bits as they were recorded elsewhere, with one code, network"
        return {"learner": name, "kind": name, "options": said, "experts": ""}
    entries = [entry_of(config, "learners", one) for one in names_of(name)]
    texts = [_options(entry) for entry in entries]
    if len(texts) > 1:
        texts = [f"{one} ({text})" for one, text in zip(names_of(name), texts, strict=True)]
    coded = [c for c in rows.columns if c.endswith("_bits") and rows[c].notna().any()]
    experts = ["model" if c == "plain_bits" else c.removesuffix("_bits") for c in coded]
    return {
        "learner": name,
        "kind": joined([entry["kind"] for entry in entries]),
        "options": ", ".join(texts),
        "experts": ", ".join(expert for expert in experts if expert not in CODES),
    }


def _options(entry: Mapping[str, Any]) -> str:
    options = all_options(entry).items()
    return ", ".join(f"{key}: {value}" for key, value in options if value not in ({}, ()))
