"""All tables of a study from stored arrays. No torch."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lit.files import store
from lit.tables.codes import code_length_table, curve_table
from lit.tables.files import dataset_table, provenance_table
from lit.tables.transfer import transfer_by_seed, transfer_table


def make_tables(
    settings: Mapping[str, Any], codes: Sequence[str], sources: Sequence[str], data: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """All tables of a study by name, from its files.

    Args:
        settings: See :meth:`lit.workflow.plan.Plan.table_settings`.
        codes: Files of code lengths, one a run, in the order of ``settings["codes"]``.
        sources: Files of sources, one a seed group, in the order of ``settings["sources"]``.
        data: Files of data sets and features.

    Raises:
        InputError: a file that is missing or damaged.
    """
    runs = zip(settings["codes"], codes, strict=True)
    coded = {run: store.read(path, "codelengths", run=run) for run, path in runs}
    joined, trained = store.read_sources(settings["sources"], sources)
    seeds = next(iter(coded.values()))[1]["seeds"]
    arrays = {run: coded[run][0] for run in sorted(coded)}
    rows = settings["rows"]
    by_seed = transfer_by_seed(settings["study"], rows, arrays, joined, seeds)
    made = [(path, "dataset", store.attributes(path)) for path in data]
    made += [(path, "source", about) for path, about in zip(sources, trained, strict=True)]
    abouts = [about for _, about in coded.values()]
    made += [(path, "codelengths", about) for path, about in zip(codes, abouts, strict=True)]
    return {
        "information_transfer": transfer_table(by_seed, rows, arrays),
        "information_transfer_by_seed": by_seed,
        "code_lengths": code_length_table(arrays, settings["runs"], seeds, settings["code"]),
        "curves": curve_table(rows, arrays, seeds),
        "datasets": dataset_table(data),
        "provenance": provenance_table(made),
    }
