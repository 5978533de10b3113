"""init: a study for a data file, proposed with reasons."""

from pathlib import Path
from typing import Annotated

import typer

OUT = Path("study.yaml")


def init(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            show_default=False,
            help="CSV, Parquet, JSON lines, npz, HDF5, safetensors or text; or a folder of images"
            " by class, of .npy files or of texts.",
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The study's file, a new one.")] = OUT,
    label: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The column, or the array, that holds the labels."),
    ] = None,
) -> None:
    """Write a study for your data: model, k, n, seeds and a control, with reasons."""
    import shlex

    import yaml

    from lit.analyses.words import numbers
    from lit.data.find_columns import chosen_label, reasons
    from lit.data.find_entry import find_entry
    from lit.data.loaders import load_dataset
    from lit.errors import InputError
    from lit.study.config import load_study
    from lit.workflow.propose_study import describe, doubts, flow, propose, study_name, weak_control

    there = f"{out} is there already; remove it, or write another name: --out"
    try:
        entry = find_entry(data, label)
    except InputError as error:
        raise InputError(f"{error}. And {there}" if out.exists() else str(error)) from error
    if out.exists():
        raise InputError(there)
    found, command = load_dataset(entry, str(data)), f"python -m lit init {shlex.quote(str(data))}"
    why = [*chosen_label(entry, label), *reasons(data, entry), *doubts(found, entry)]
    named = data if out.name == OUT.name else out  # so that two studies of one file are two
    text = propose((study_name(named), study_name(data)), entry, found, command, why)
    study = load_study(yaml.safe_load(text), str(out))
    out.write_text(text, encoding="utf-8")
    sizes, file = study.config["arms"][0]["n"], shlex.quote(str(out))
    print("\n".join([f"{data}: {describe(found)}", f"Read as: {flow(entry)}", *why]))
    print(
        f"Proposed: k = {study.rows[0].k:,} coded labels, M of n = {numbers(sizes)} examples,"
        f" {len(study.seeds)} seeds, a control"
    )
    if weak := weak_control(study.rows[0].k, found):
        print(" ".join(["The control is weak.", *weak]))
    print(f"Written to {file}, with reasons. Next: python -m lit run {file}")
    print(f"It ends with the answer. Before it, python -m lit check {file} says what it will take;")
    print(f"after it, python -m lit show {file} has every arm, and bits along the stream.")
