"""Small files, data sets and tables that several tests make."""

import numpy as np
import pandas as pd

from lit.data.overlap import row_hashes
from lit.files import store
from lit.study.config import load_study
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
    main = row | dict.fromkeys((*bits, *others), 1.5)
    main |= {"m_train_accuracy": 0.5, "seeds": 2, "duplicates": 0}
    table = pd.DataFrame([main, main | {"labels": "true"}]).astype({"n": "Int64"})
    lengths = ("bits", "plain_bits", "start_bits", "uniform_bits", "compression", "flops")
    made = ("file", "kind", "digest", "settings", "code", "inputs", "versions", "device", "threads")
    data = ("dataset", "kind", "shape", "class_names", "type", "scaling", "warnings", "notes")
    return {
        "information_transfer": table,
        "code_lengths": pd.DataFrame(
            [row | {"run": text, "start": text} | dict.fromkeys(lengths, 1.0)]
        ),
        "curves": table,
        "provenance": pd.DataFrame([dict.fromkeys(made, text)]),
        "datasets": pd.DataFrame([dict.fromkeys(data, text) | {"examples": 9, "classes": 3}]),
    }
