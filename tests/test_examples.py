"""The notebooks of examples/ run as they stand, and hold no outputs."""

from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@each
def test_a_notebook_holds_no_outputs_and_is_named_on_the_page(path):
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert not [cell.source for cell in code if cell.outputs or cell.execution_count]
    assert f"({path.name})" in (ROOT / "examples/README.md").read_text()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's client
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=pytest.mark.slow if "first" in path.stem else pytest.mark.nightly)
        for path in NOTEBOOKS
    ],
    ids=lambda path: path.stem,
)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="make .venv/.docs installs it")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MPLBACKEND", "agg")
    notebook = nbformat.read(path, as_version=4)
    run_in = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(
        notebook, timeout=600, resources=run_in, kernel_name="python3"
    ).execute()
    said = " ".join(
        output["text"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text" in output
    )
    last = {"recorded_run": "study.yaml: ", "own_table": "bits: passes"}
    last["own_network"] = last["own_table"]
    assert last.get(path.stem, "L_IT = ") in said
    assert Path(tmp_path, "run.h5").exists() == (path.stem == "recorded_run")
