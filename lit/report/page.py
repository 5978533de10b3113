"""The report page, from tables and figures. Every string is escaped."""

import base64
import io
import json
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader
from PIL import Image

from lit.analyses import get_analysis
from lit.coding.learners import all_options
from lit.files import provenance
from lit.report.controls import explain_intervals, find_controls, find_data_warnings, find_warnings
from lit.report.formats import format_bits, format_cell, format_count, format_share, records
from lit.report.titles import captions
from lit.report.versions import versions
from lit.study.codes import CODES, HEADLINE
from lit.study.learners import RECORDED, entry_of, joined, names_of
from lit.study.outputs import FIGURES
from lit.study.sequences import is_stage
from lit.tables.reading import outside_sequences, read_table

TEMPLATES = Path(__file__).parent / "templates"


def make_report(
    paths: Mapping[str, Path], figures: Mapping[str, Path], config: Mapping[str, Any]
) -> str:
    """One self-contained HTML page, from CSV files of tables and PNG files of figures by name.

    The order of the config's keys does not matter.
    """
    tables = {name: read_table(path) for name, path in paths.items()}
    digests = {"config": provenance.config_digest(json.dumps(config, sort_keys=True))}
    digests |= {f"tables/{name}.csv": provenance.file_digest(path) for name, path in paths.items()}
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"bits": format_bits, "count": format_count, "share": format_share}
    every = tables["information_transfer"]
    table = outside_sequences(every)
    true = table[(table["labels"] == "true") & (table["n"].fillna(1) != 0)]
    said = captions(config)
    images = {name: _image(path, said[name]) for name, path in figures.items()}
    return environment.get_template("report.html").render(
        study=config["study"],
        rows=records(table),
        cells=len(every) - len(table),
        codes=_code_summary(tables["code_lengths"]),
        code=table["code"].iloc[0] if "code" in table and len(table) else HEADLINE,
        learners=_learners(config, tables["code_lengths"]),
        headline=next(iter(records(true.nlargest(1, "l_it_bits"))), None),
        intervals=explain_intervals(every),
        controls=find_controls(table),
        warnings=find_warnings(every, config) + find_data_warnings(tables["datasets"]),
        datasets=records(tables["datasets"]),
        figures=[image for name, image in images.items() if name in FIGURES],
        analyses=[
            _section(get_analysis(entry), tables[name], images[name])
            for name, entry in sorted(config.get("analyses", {}).items())
        ],
        config=yaml.safe_dump(config, sort_keys=True, allow_unicode=True),
        versions=versions(),
        digests=digests,
        files=records(tables["provenance"]),
        seeds=int(every["seeds"].iloc[0]),
    )


def _section(analysis: ModuleType, table: pd.DataFrame, image: dict[str, Any]) -> dict[str, Any]:
    """An analysis as the page shows it."""
    names = [name for name in analysis.COLUMNS if name in table and table[name].notna().any()]
    numeric = pd.api.types.is_numeric_dtype
    rows = table[names].itertuples(index=False)
    return {
        "title": image["caption"],
        "paragraphs": analysis.describe(table),
        "figure": image,
        "heads": [(analysis.COLUMNS[name], numeric(table[name])) for name in names],
        "rows": [[format_cell(value) for value in row] for row in rows],
    }


def _code_summary(codes: pd.DataFrame) -> list[dict[str, Any]]:
    """Mean code lengths, a row a run; the many from the states of sequences are left out."""
    codes = codes[~codes["start"].map(is_stage)]
    codes = codes.assign(what=codes["run"].map(_what))
    keys = ["run", "target", "labels", "what", "model", "learner", "start", "k"]
    shown = [f"{code}_bits" for code in CODES]
    shown += ["plain_bits", "start_bits", "uniform_bits", "compression", "flops"]
    codes = codes.reindex(columns=[*keys, *shown])  # recorded runs alone have one code
    return records(codes.groupby(keys, sort=False, as_index=False)[shown].mean())


def _what(run: str) -> str:
    """What a run codes, in words, and what becomes of M's head where it is not kept."""
    ends = {
        "--source-set": "M's training labels",
        ".new-head": "stream, new head",
        ".frozen": "stream, head alone is trained",
    }
    return next((said for end, said in ends.items() if run.endswith(end)), "stream")


def _learners(config: Mapping[str, Any], codes: pd.DataFrame) -> list[dict[str, Any]]:
    """Every learner or union that the codes used: all options, defaults too, and the experts."""
    found = []
    for name, rows in ((str(name), rows) for name, rows in codes.groupby("learner", sort=False)):
        if name == RECORDED:
            said = "bits as they were recorded elsewhere, with one code, network"
            found.append({"name": name, "kind": name, "options": said, "experts": ""})
            continue
        entries = [entry_of(config, "learners", one) for one in names_of(name)]
        kinds = [entry["kind"] for entry in entries]
        texts = [_options(entry) for entry in entries]
        if len(texts) > 1:
            texts = [f"{one} ({text})" for one, text in zip(names_of(name), texts, strict=True)]
        coded = [c for c in rows.columns if c.endswith("_bits") and rows[c].notna().any()]
        experts = ["model" if c == "plain_bits" else c.removesuffix("_bits") for c in coded]
        experts = [expert for expert in experts if expert not in CODES]
        found.append(
            {"name": name, "kind": joined(kinds), "options": ", ".join(texts)}
            | {"experts": ", ".join(experts)}
        )
    return found


def _options(entry: Mapping[str, Any]) -> str:
    options = all_options(entry).items()
    return ", ".join(f"{key}: {value}" for key, value in options if value not in ({}, ()))


def _image(path: Path, caption: str) -> dict[str, Any]:
    """A figure at 100 pixels an inch, so that letters have one size in all of them."""
    data = Path(path).read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        width = image.width * 100 // round(image.info["dpi"][0])
    return {
        "uri": "data:image/png;base64," + base64.b64encode(data).decode(),
        "width": width,
        "caption": caption,
    }
