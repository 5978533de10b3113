"""Small files, data sets, tables and codes that several tests make."""

import itertools

import numpy as np
import pandas as pd
import pytest

from lit.analyses import get_analysis
from lit.analyses.results import Results
from lit.data.overlap import row_hashes
from lit.errors import InputError
from lit.figures import get_figure
from lit.files import store
from lit.report.page import make_report
from lit.study.config import load_study
from lit.tables.reading import read_table
from lit.workflow.plan import Plan
from lit.workflow.preflight import main as check


def npz(folder, x, y, name="a.npz", **options):
    """A config's entry of a data set, and its file."""
    np.savez(folder / name, x=x, y=y)
    return {"kind": "npz", "path": str(folder / name)} | options


def write_dataset(path, data, **settings):
    """A result file of a data set, as prepare_dataset writes it."""
    arrays = {"x": data.x, "y": data.y, "row_hash": row_hashes(data.x)}
    settings = {"dataset": path.stem} | settings
    store.write(path, "dataset", arrays, **data.about(), settings=settings)


def check_study(study, folder, capsys):
    """What the check before the first job says of a study."""
    text = Plan(load_study(study)).check_settings()
    try:
        check(folder / "checked.json", text)
        (folder / "checked.json").unlink()
    except SystemExit:
        assert not (folder / "checked.json").exists()
    return capsys.readouterr().err


def tables_of(text):
    """Tables of a finished study, with a text (a hostile one, say) wherever one can stand."""
    bits = ("l_it_bits", "l_it_se", "l_it_ci_low", "l_it_ci_high", "l_theta0_bits", "l_m_bits")
    others = ("uniform_bits", "source_uniform_bits", "label_entropy_bits", "k_m_bits")
    row = dict.fromkeys(("arm", "model", "target", "source"), text)
    row |= {"labels": "random-1", "learner": "replay", "n": 64, "k": 128}
    beside = [f"l_it_{code}_{what}" for code in ("network", "shortest") for what in ("bits", "se")]
    main = row | {"code": text} | dict.fromkeys((*bits, *others, *beside), 1.5)
    main |= {"n_before": 0, "source_labels": "random-1", "classes": 3}
    main |= {
        "m_train_accuracy": 0.5,
        "m_knowable": 1.0,
        "seeds": 2,
        "duplicates": 0,
        "l_it_duplicates_bits": 0.0,
        "l_it_skewed": False,
    }
    main |= {"shared": 0.25, "times_coded": 0.5, "about": "examples like these"}
    table = pd.DataFrame([main, main | {"labels": "true", "source_labels": "true"}]).astype(
        {"n": "Int64"}
    )
    codes = ("network_bits", "architecture_bits", "shortest_bits")
    lengths = (*codes, "bits", "plain_bits", "start_bits", "uniform_bits", "compression", "flops")
    made = ("file", "kind", "digest", "settings", "code", "inputs", "versions", "device", "threads")
    seeds = [row | dict.fromkeys([*beside, *bits, "k_m_bits"], 1.5) | {"seed": s} for s in (0, 1)]
    blocks = [
        row | {"seed": s, "classes": 2, "block_start": a, "block_stop": b, "bits_per_label": 0.5}
        for s in (0, 1)
        for a, b in ((0, 64), (64, 128))
    ]
    data = ("dataset", "kind", "shape", "class_names", "type", "scaling", "warnings", "notes")
    return {
        "information_transfer": table,
        "information_transfer_by_seed": pd.DataFrame(seeds).astype({"n": "Int64"}),
        "code_lengths": pd.DataFrame(
            [row | {"run": text, "start": text} | dict.fromkeys(lengths, 1.0)]
        ),
        "curves": pd.DataFrame(blocks),
        "provenance": pd.DataFrame([dict.fromkeys(made, text)]),
        "datasets": pd.DataFrame([dict.fromkeys(data, text) | {"examples": 9, "classes": 3}]),
    }


HOSTILE = "<script>alert('1')</script>\"&{{ 7 * 7 }}"


def hostile_report(folder, tiny):
    """A report of a study whose every name is hostile."""
    spec = {
        "kind": "torchvision",
        "name": HOSTILE,
        "root": HOSTILE,
        "split": HOSTILE,
        "options": {"split": HOSTILE},
    }
    tiny["datasets"]["hostile"] = spec
    tiny["datasets"]["file"] = {"kind": "hdf5", "path": HOSTILE, "x": HOSTILE, "y": HOSTILE}
    tiny["models"]["hostile"] = {
        "kind": "timm",
        "name": HOSTILE,
        "weights": HOSTILE,
        "input": {"size": 32, "channels": "RGB", "mean": [0.5] * 3, "std": [0.5] * 3},
    }
    load_study(tiny)  # the schema lets all of these through
    config = tiny | {"study": HOSTILE}
    paths = {name: folder / f"{name}.csv" for name in tables_of(HOSTILE)}
    for name, table in tables_of(HOSTILE).items():
        table.to_csv(paths[name], index=False)
    times = pd.DataFrame(
        [
            {
                "rule": HOSTILE,
                "jobs": 1,
                "seconds": 3600.0,
                "cpu_seconds": 1800.0,
                "max_memory_mb": 1024.0,
            }
        ]
    )
    return make_report(paths, {}, config, times)


K = 4  # labels of a fabricated code whose bits do not say otherwise
APART = 10_000  # rows of a data set between the streams of two seeds
OF_CODES = ("first", "classes", "start", "label", "index")  # what else an arm says is its rows'


def closed_testing(p):
    """P-values adjusted so that no true hypothesis of theirs is rejected too often: of every set of
    them that one belongs to, its smallest times how many there are, and of these the largest
    (Marcus, Peritz and Gabriel 1976, with Bonferroni's test of a set)."""
    every = range(len(p))
    sets = [s for size in every for s in itertools.combinations(every, size + 1)]
    return [max(min(1, len(s) * min(p[j] for j in s)) for s in sets if i in s) for i in every]


def spread(bits):
    """Bits (S, k) as they are, or each seed's total, spread evenly over K labels."""
    bits = np.array(bits, dtype=float)
    return bits if bits.ndim == 2 else np.repeat(bits[:, None] / K, K, axis=1)


def fake_code(bits, first=2, classes=2, start=None, label=None, index=None):
    """A run of bits as in :func:`spread`, its blocks doubling from ``first`` labels.

    Seeds code examples of their own, where ``index`` (S, k) or (k,) does not say otherwise.
    """
    bits = spread(bits)
    k = bits.shape[1]
    ends = [0, *itertools.takewhile(lambda end: end < k, (first * 2**i for i in range(20))), k]
    every = np.arange(k)
    own = APART * np.arange(len(bits))[:, None] + every
    return {
        "bits/network": 1.25 * bits,  # analyses take the headline where nothing else is said
        "bits/architecture": bits,
        "bits/shortest": 0.75 * bits,
        "bits/start": bits if start is None else start,
        "blocks": np.array(list(itertools.pairwise(ends))),
        "classes": np.array(classes),
        "index": np.broadcast_to(own if index is None else index, bits.shape),
        "label": np.broadcast_to(every % classes if label is None else label, bits.shape),
    }


def fake_row(arm, n, k, target="d", labels=None, **other):
    """A row of an arm whose M was trained on n examples of its target."""
    row = {"arm": arm, "n": n, "k": k, "target": target, "source_dataset": target}
    row |= {"model": "mlp", "learner": "restart", "labels": labels, "source_labels": labels}
    row |= {"before": [], "code": "architecture"}
    row |= {"source": f"{arm}-m{n}" if n != 0 else None, "source_cold": None}
    return row | {"cold": f"{arm}-cold", "warm": f"{arm}-cold" if n == 0 else f"{arm}-{n}"} | other


class FakeStudy:
    """Rows and arrays of fabricated arms, as an analysis gets them."""

    def __init__(self):
        self.rows, self.codes, self.sources = [], {}, {}
        self.datasets, self.models, self.data, self.seconds = {}, {}, {}, {}

    def arm(self, name, n, cold, warm, **other):
        """An arm at one n, its bits from theta0 and from M as in :func:`spread`."""
        code = {key: other.pop(key) for key in OF_CODES if key in other}
        row = fake_row(name, n, spread(cold).shape[1], **other)
        self.rows.append(row)
        self.codes[row["cold"]] = fake_code(cold, **code)
        self.codes[row["warm"]] = fake_code(warm, **code)
        return self

    def trained(self, label, bits, cold=None):
        """What the last arm's M was trained on: labels, their bits under M and from theta0."""
        row = self.rows[-1]
        given = {"label": np.array(label), "bits": np.array(bits), "classes": np.array(2)}
        self.sources[row["source"]] = given
        if cold is not None:
            row["source_cold"] = f"{row['source']}-cold"
            self.codes[row["source_cold"]] = fake_code(cold)
        return self

    def results(self):
        seeds = list(range(len(self.codes[self.rows[0]["cold"]]["bits/architecture"])))
        given = {"models": self.models, "data": self.data, "seconds": self.seconds}
        return Results(self.rows, self.codes, self.sources, seeds, self.datasets, **given)


def analysed(path, kind, study, drawn=True, **options):
    """The table of an analysis after its CSV, its figure if asked for, and its text.

    Figure and text need the CSV alone.
    """
    module = get_analysis(kind)
    found = study if isinstance(study, Results) else study.results()
    table = module.tabulate(found, options)
    table.to_csv(path, index=False)
    written = read_table(path)
    assert set(module.COLUMNS) <= set(written.columns)
    text = module.describe(written)
    assert text == module.describe(table)
    assert not any("nan" in paragraph for paragraph in text)
    figure = None
    if drawn:
        figure = get_figure(kind).draw(written)
        figure.set_layout_engine("none")  # which takes longest, and moves things only
        figure.canvas.draw()
    return written, figure, "\n".join(text)


def refuses(kind, study, match, **options):
    """An analysis refuses a study's rows, with a message that matches."""
    with pytest.raises(InputError, match=match):
        get_analysis(kind).tabulate(study.results(), options)
