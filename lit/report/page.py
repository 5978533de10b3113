"""The report page and the LaTeX table, from tables and figures. Every string is escaped."""

import base64
import io
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader
from PIL import Image

from lit.analyses import get_analysis
from lit.coding.learners import all_options
from lit.figures.style import DPI
from lit.files import provenance
from lit.study import label_transforms
from lit.study.sequences import is_stage
from lit.tables.make import outside_sequences, read_table

TEMPLATES = Path(__file__).parent / "templates"
MEMORISED = 0.99  # train accuracy below which a random-label source is no full control
FEW_INPUTS = ("lookup", "parity")  # kinds of data sets whose inputs repeat by design
CONTROL = 0.005  # share of k log2 C within which a random-label arm must stay

LATEX = str.maketrans(
    {c: f"\\{c}" for c in "&%$#_{}"}
    | {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": "$<$",
        ">": "$>$",
    }
)

CAPTIONS = {
    "bits_per_label": (
        "Bits per label along the stream: what each next block of labels costs, coded from the untrained network θ₀ and"
        " from each trained M. Lines are means over seeds, bands their range. L_IT is the area between θ₀ and M."
        " Where some arms have several n, those with one are left to the tables and analyses."
    ),
    "information_transfer": (
        "Information Transfer against the number n of examples that M was trained on; bars are 95 % bootstrap intervals"
        " over seeds. Random labels are the control: whatever was memorised, it saves nothing on fresh examples."
    ),
    "memorised_information": (
        "L_IT on fresh examples beside the train-set information K(Mₙ). Where labels are random, K(Mₙ) grows with n while"
        " L_IT stays at zero: only a measure on held-out examples tells learning from memorising."
    ),
}


def make_report(
    paths: Mapping[str, Path], figures: Mapping[str, Path], config: Mapping[str, Any]
) -> str:
    """One self-contained HTML page.

    Args:
        paths: CSV file of each table, by name.
        figures: PNG file of each figure, by name.
        config: The study's config; the order of its keys does not matter.
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
    return environment.get_template("report.html").render(
        study=config["study"],
        rows=_records(table),
        cells=len(every) - len(table),
        codes=_code_summary(tables["code_lengths"]),
        learners=_learners(config, tables["code_lengths"]),
        headline=_headline(table),
        controls=_controls(table),
        warnings=_warnings(every, config) + _data_warnings(tables["datasets"]),
        datasets=_records(tables["datasets"]),
        figures=[
            _image(path, CAPTIONS[name]) for name, path in figures.items() if name in CAPTIONS
        ],
        analyses=[
            _section(name, entry, tables[name], figures[name]) for name, entry in _analyses(config)
        ],
        config=yaml.safe_dump(config, sort_keys=True, allow_unicode=True),
        versions=versions(),
        digests=digests,
        files=_records(tables["provenance"]),
        seeds=int(every["seeds"].iloc[0]),
    )


def _analyses(config: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(config.get("analyses", {}).items())


def captions(config: Mapping[str, Any]) -> dict[str, str]:
    """What each figure of a study shows, by name."""
    return CAPTIONS | {name: _title(name, entry) for name, entry in _analyses(config)}


def _title(name: str, entry: Mapping[str, Any]) -> str:
    return entry.get("title") or f"{get_analysis(entry).TITLE} ({name})"


def _section(
    name: str, entry: Mapping[str, Any], table: pd.DataFrame, figure: Path
) -> dict[str, Any]:
    """An analysis as the page shows it."""
    analysis = get_analysis(entry)
    shown = table[
        [column for column in analysis.COLUMNS if column in table and table[column].notna().any()]
    ]
    return {
        "title": _title(name, entry),
        "paragraphs": analysis.describe(table),
        "figure": _image(figure, _title(name, entry)),
        "heads": [
            (analysis.COLUMNS[column], pd.api.types.is_numeric_dtype(shown[column]))
            for column in shown
        ],
        "rows": [[_cell(value) for value in row] for row in shown.itertuples(index=False)],
    }


def _cell(value: Any) -> str:
    """A value of an analysis' table: whole numbers as counts, others with as many digits as bits are worth."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if float(value).is_integer() and not isinstance(value, float):
        return format_count(value)
    return f"{value:.3f}".replace("-", "−") if abs(value) < 10 else format_bits(value)


def format_bits(value: float | None) -> str:
    """A number of bits as people read it: one decimal below 1000, none above, a true minus sign."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
    return ("0.0" if text == "-0.0" else text).replace("-", "−")


def format_count(value: int | None) -> str:
    """A number of examples, or a dash where it is unknown."""
    return "–" if value is None or pd.isna(value) else f"{int(value):,}"


def format_share(value: float | None) -> str:
    """An accuracy with three decimals, or a dash."""
    return "–" if value is None or pd.isna(value) else f"{value:.3f}"


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings, None where a value is missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _headline(table: pd.DataFrame) -> dict[str, Any] | None:
    """The true-label row with the most transferred bits, for the first sentence."""
    true = table[(table["labels"] == "true") & (table["n"].fillna(1) != 0)]
    return None if true.empty else _records(true.loc[[true["l_it_bits"].idxmax()]])[0]


def _controls(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Each random-label row with its shares of the uniform codes, and whether that of L_IT is within the allowed one."""
    random = table[
        (table["labels"] == label_transforms.name({"random": 1})) & (table["n"].fillna(1) != 0)
    ]
    memorised = random["k_m_bits"] / random["source_uniform_bits"]
    rows = random.assign(share=random["l_it_bits"] / random["uniform_bits"], memorised=memorised)
    return [
        row
        | {
            "holds": abs(row["share"]) <= CONTROL,
            "full": (row["m_train_accuracy"] or 0) >= MEMORISED,
        }
        for row in _records(rows)
    ]


def _warnings(table: pd.DataFrame, config: Mapping[str, Any]) -> list[str]:
    found = []
    weak = [
        f"{r['arm']} (n = {r['n']}, {format_share(r['m_train_accuracy'])})"
        for r in _controls(table)
        if not r["full"]
    ]
    if weak:
        found.append(
            f"Sources with random labels that did not memorise them (train accuracy below {MEMORISED}): {', '.join(weak)}."
            " Their zero is true, but no proof that memorising is ignored."
        )
    over = [f"{r['arm']} (n = {r['n']})" for r in _controls(table) if not r["holds"]]
    if over:
        found.append(
            f"Random-label arms beyond {CONTROL:.1%} of k log₂ C: {', '.join(over)}. Do not trust small differences here."
        )
    if not (table["labels"] == label_transforms.name({"random": 1})).any():
        found.append(
            "This study has no random-label arm: add one, so that a reader sees that memorising counts for nothing."
        )
    few = {name for name, spec in config["datasets"].items() if spec["kind"] in FEW_INPUTS}
    repeated = table[(table["duplicates"] > 0) & ~table["target"].isin(few)]
    if len(repeated):
        found.append(
            f"{repeated['duplicates'].sum():,} coded inputs (of {', '.join(repeated['target'].unique())}, over arms and seeds)"
            " also occur, exactly, in a source's training set, so that L_IT counts some memorised examples; the tables have"
            " them by row. Remove duplicates from the data."
        )
    if table["seeds"].min() < 5:
        found.append(
            f"Only {table['seeds'].min()} seed(s): intervals from so few are rough or missing."
        )
    return found


def _data_warnings(datasets: pd.DataFrame) -> list[str]:
    """What is probably wrong with data sets, as was said when they were read."""
    return [
        f"Data set {row['dataset']}: {row['warnings']}."
        for row in _records(datasets)
        if row["warnings"]
    ]


def _code_summary(codes: pd.DataFrame) -> list[dict[str, Any]]:
    """Mean code lengths by run, but for those from the states of a sequence, of which there are many."""
    codes = codes[~codes["start"].map(is_stage)]
    keys = ["target", "labels", "model", "learner", "start", "k"]
    means = codes.groupby(keys, sort=False)[
        ["bits", "plain_bits", "start_bits", "uniform_bits", "compression", "flops"]
    ]
    return _records(means.mean().reset_index())


def _learners(config: Mapping[str, Any], codes: pd.DataFrame) -> list[dict[str, Any]]:
    """Every learner that the codes used: all its options, defaults among them, and the experts that it has."""
    found = []
    for name, rows in codes.groupby("learner", sort=False):
        entry = config.get("learners", {}).get(name, {"kind": name})
        options = all_options(entry)
        experts = [
            c.removesuffix("_bits")
            for c in rows.columns
            if c.endswith("_bits") and rows[c].notna().any()
        ]
        experts = ["model" if e == "plain" else e for e in experts]
        text = ", ".join(
            f"{key}: {value}" for key, value in options.items() if value not in ({}, ())
        )
        found.append(
            {"name": name, "kind": entry["kind"], "options": text, "experts": ", ".join(experts)}
        )
    return found


def _image(path: Path, caption: str) -> dict[str, Any]:
    """A figure as the page shows it, at 100 pixels an inch, so that letters have one size in all of them."""
    data = Path(path).read_bytes()
    with Image.open(io.BytesIO(data)) as image:
        width = image.width * 100 // DPI
    return {
        "uri": "data:image/png;base64," + base64.b64encode(data).decode(),
        "width": width,
        "caption": caption,
    }


def versions() -> dict[str, str]:
    """Versions of what computes the numbers."""
    names = ["torch", "numpy", "scipy", "h5py", "pandas", "snakemake"]
    return {"python": platform.python_version()} | provenance.versions(*names)


def latex_table(table: pd.DataFrame) -> str:
    """The main table as LaTeX (booktabs): one row an arm and n, sequences left out."""
    k, seeds = ", ".join(map(str, sorted(set(table["k"])))), table["seeds"].iloc[0]
    table = outside_sequences(table)
    shown = pd.DataFrame(
        {
            "arm": table["arm"],
            "labels": table["labels"],
            "$n$": table["n"],
            r"$L_{\theta_0}$": table["l_theta0_bits"].map("{:.0f}".format),
            "$L_M$": table["l_m_bits"].map("{:.0f}".format),
            r"$L_{\mathrm{IT}}$": [
                f"${m:.1f} \\pm {s:.1f}$"
                for m, s in zip(table["l_it_bits"], table["l_it_se"], strict=True)
            ],
            r"95\,\% interval": [
                f"$[{a:.1f}, {b:.1f}]$"
                for a, b in zip(table["l_it_ci_low"], table["l_it_ci_high"], strict=True)
            ],
            "$K(M_n)$": table["k_m_bits"].map("{:.0f}".format),
        }
    )
    for name in ("arm", "labels"):
        shown[name] = shown[name].str.translate(LATEX)
    caption = f"Information Transfer in bits over $k$ = {k} labels, mean $\\pm$ standard error over {seeds} seeds."
    return shown.to_latex(
        index=False, escape=False, column_format="llrrrrrr", caption=caption, label="tab:lit"
    )
