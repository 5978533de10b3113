"""The workflow on a tiny study: what is computed, what is kept, what survives a kill, and what a user is told."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Workspace
from fakes import check_study
from rocrate.rocrate import ROCrate

from lit.coding.merge import distinct
from lit.data.dataset import Form
from lit.files import store
from lit.study.config import load_study
from lit.workflow.audit import audit, check_files
from lit.workflow.plan import Plan

COMPUTING = ("prepare_dataset", "train_source", "code_block")


def computing(planned):
    return {rule: count for rule, count in planned.items() if rule in COMPUTING}


def test_tiny_study_is_complete_and_done(done):
    table = pd.read_csv(done.folder / "results/tiny/tables/information_transfer.csv")
    assert table["n"].tolist() == [0, 64]
    assert table["l_it_bits"][0] == 0
    assert pd.isna(table["m_knowable"][0])
    assert table["m_knowable"][1] == 1, "digits all differ"
    wanted = (
        "study, arm, target, source, model, learner, labels, n, k, classes, seeds, uniform_bits, l_theta0_bits, l_m_bits,"
        " l_it_bits, l_it_se, l_it_ci_low, l_it_ci_high, m_train_accuracy, k_m_bits"
    )
    assert set(wanted.split(", ")) <= set(table.columns)
    for path in (
        "report/index.html",
        "figures/bits_per_label.pdf",
        "figures/information_transfer.png",
        "tex/information_transfer.tex",
    ):
        assert (done.folder / "results/tiny" / path).stat().st_size > 300
    assert "Nothing to be done" in done.snakemake().stdout


def test_the_scheduler_looks_again_when_a_job_has_ended_and_only_then(finished):
    said = (finished.folder / "said").read_text()
    assert 2 < said.count("Ready jobs: ") <= said.count("Finished jobid: ") + 1


@pytest.mark.slow
def test_a_seed_an_n_a_longer_stream_and_an_arm_compute_only_what_is_new(done, tiny):
    before = done.results("**/blocks/**/*.h5")

    def planned(**changes):
        done.write(tiny | changes)
        return computing(done.planned())

    assert planned() == {}
    # three runs (theta0, M, theta0 on the source set); the stream of 128 is a head 0-64 and a block 64-128
    assert planned(seeds=[[0, 1], [2]]) == {"train_source": 1, "code_block": 5}
    arm = tiny["arms"][0]
    assert planned(arms=[arm | {"n": [0, 64, 128]}]) == {"train_source": 1, "code_block": 3}
    assert planned(stream=tiny["stream"] | {"k": 256}) == {"code_block": 2}
    assert planned(arms=[arm, arm | {"name": "b", "labels": {"random": 1.0}, "n": 64}]) == {
        "train_source": 1,
        "code_block": 5,
    }
    assert planned(arms=[arm, arm | {"name": "again"}]) == {}
    done.snakemake()
    assert done.results("**/blocks/**/*.h5") == before


@pytest.mark.parametrize("study", [True, False])
def test_an_arm_may_have_or_go_without_train_set_information(tiny, study):
    arm = tiny["arms"][0] | {"n": 64}
    arms = [
        arm,
        arm | {"name": "with", "train_set_information": True},
        arm | {"name": "without", "train_set_information": False},
    ]
    rows = load_study(tiny | {"train_set_information": study, "arms": arms}).rows
    assert [row.source_cold is not None for row in rows] == [study, True, False]


@pytest.mark.parametrize("measured", [True, False])
def test_there_is_a_figure_of_train_set_information_where_it_is_measured(tiny, measured):
    figures = Plan(load_study(tiny | {"train_set_information": measured})).results.figures
    assert ("memorised_information" in figures) is measured


@pytest.mark.slow
def test_the_default_learner_is_two_whose_experts_make_three_codes(workspace, tiny):
    """Each has blocks of its own, which a study of one of them keeps; together they decode."""
    arm = {key: value for key, value in tiny["arms"][0].items() if key != "learner"}
    quick = {"replay": {"kind": "replay", "effort": 2, "densest": 1}}
    study = tiny | {
        "stream": tiny["stream"] | {"k": 64},
        "train_set_information": False,
        "learners": quick,
        "arms": [arm | {"n": 0}],
    }
    workspace.write(study)
    workspace.snakemake()
    out = workspace.snakemake("--config", "decode=true", "--", "audit").stdout
    assert out.count("decoded: 128 labels") == 1
    results = workspace.folder / "results/tiny"
    (row,) = pd.read_csv(results / "tables/information_transfer.csv").to_dict("records")
    assert (row["learner"], row["code"]) == ("replay+readout", "architecture")
    assert row["l_it_bits"] == row["l_it_network_bits"] == row["l_it_shortest_bits"] == 0
    (codes,) = (results / "codelengths").glob("*.h5")
    assert codes.stem == "digits--true--linear--replay+readout--theta0"
    blocks = {path.name for path in (results / "blocks").iterdir()}
    assert blocks == {f"digits--true--linear--{name}--theta0" for name in ("replay", "readout")}
    workspace.write(study | {"arms": [arm | {"n": 0, "learner": "replay"}]})
    assert computing(workspace.planned()) == {}


@pytest.mark.slow
def test_a_chain_goes_on_at_its_last_block(workspace, tiny, monkeypatch):
    """Where each job goes on from the one before, a longer stream adds one block, and a lost one is remade alike."""
    study = tiny | {
        "stream": tiny["stream"] | {"head": 32},
        "learners": {"chain": {"kind": "replay", "effort": 2, "densest": 1}},
        "arms": [tiny["arms"][0] | {"learner": "chain", "n": 0}],
    }
    workspace.write(study)
    workspace.snakemake()
    before = workspace.results("**/blocks/**/*.h5")
    assert len(before) == 3
    lost = next(workspace.folder.glob("results/**/64-128.h5"))
    lost.unlink()
    assert computing(workspace.planned()) == {"code_block": 1}
    workspace.write(study | {"stream": study["stream"] | {"k": 256}})
    assert computing(workspace.planned()) == {"code_block": 2}
    workspace.snakemake()
    after = workspace.results("**/blocks/**/*.h5")
    assert len(after) == 4
    assert all(after[path] == content for path, content in before.items())
    longer = yaml.safe_load((workspace.folder / "study.yaml").read_text())
    files = expected(workspace.folder, longer, monkeypatch)["files"]
    rewrite(next(f["path"] for f in files if f["path"].endswith("32-64.h5")), "block", {"flops": 1})
    found = dict(check_files(files))
    assert any(
        "was not made from the before as" in text
        for path, text in found.items()
        if path.endswith("64-128.h5")
    )
    assert any(
        "was not made from the blocks as" in text
        for path, text in found.items()
        if "/codelengths/" in path
    )
    assert len(found) == 2


@pytest.mark.nightly
def test_views_chains_and_analyses(workspace, tiny):
    """A source that was trained on a view first, what that adds, and an audit of it all; a new analysis trains nothing."""
    plain = tiny["arms"][0] | {"n": 64}
    study = tiny | {
        "stream": tiny["stream"] | {"head": 128},
        "train_set_information": False,
        "datasets": tiny["datasets"]
        | {"middle": {"kind": "view", "of": "digits", "keep": "centre"}},
        "arms": [
            plain,
            plain | {"name": "first", "before": [{"source": "middle", "n": 128}]},
            plain | {"name": "across", "source": "middle"},
        ],
        "analyses": {
            "added": {"kind": "shared"},
            "lost": {"kind": "differences", "reference": "a"},
        },
    }
    workspace.write(study)
    workspace.snakemake()
    results = workspace.folder / "results/tiny"
    added = pd.read_csv(results / "tables/added.csv").set_index(["about", "source"])["value_bits"]
    bits = pd.read_csv(results / "tables/information_transfer.csv").set_index("arm")["l_it_bits"]
    assert added["added", "middle"] == pytest.approx(bits["first"] - bits["a"])
    assert added["shared", "middle"] == pytest.approx(bits["across"])
    assert {path.name for path in (results / "figures").glob("*.p*")} >= {"added.pdf", "lost.png"}
    page = (results / "report/index.html").read_text()
    assert "Shared information" in page
    assert "0 of" in workspace.snakemake("audit").stdout
    workspace.write(
        study | {"analyses": study["analyses"] | {"enough": {"kind": "choice", "arms": ["a"]}}}
    )
    planned = workspace.planned()
    assert planned == {"analyse": 1, "plot_figure": 1, "write_report": 1} | {
        k: v for k, v in planned.items() if k == "all"
    }


@pytest.mark.nightly
def test_a_run_is_decoded_from_its_file(workspace, tiny):
    learners = {"fast": tiny["learners"]["fast"], "once": {"kind": "replay", "effort": 4}}
    arms = [tiny["arms"][0] | {"name": name, "learner": name, "n": 0} for name in learners]
    workspace.write(tiny | {"learners": learners, "arms": arms})
    workspace.snakemake()
    out = workspace.snakemake("--config", "decode=true", "--", "audit").stdout
    assert out.count("decoded: 256 labels") == 2
    assert "0 of" in out
    sent = next((workspace.folder / "results/tiny/audit").rglob("*.code"))
    sent.write_bytes(sent.read_bytes()[:-4])
    assert (
        "is not about the code file beside it" in workspace.snakemake("audit", check=False).stdout
    )
    wrong = workspace.snakemake(
        "--config", "decode=digits--true", "--", "audit", check=False
    ).stdout
    assert "no run is named" in wrong


def test_order_of_keys_and_names_of_arms_recompute_nothing(done, tiny):
    reordered = {
        key: dict(reversed(value.items())) if isinstance(value, dict) else value
        for key, value in reversed(tiny.items())
    }
    (done.folder / "study.yaml").write_text(yaml.safe_dump(reordered, sort_keys=False))
    assert computing(done.planned()) == {}
    renamed = tiny | {"arms": [tiny["arms"][0] | {"name": "renamed"}]}
    done.write(renamed)
    assert computing(done.planned()) == {}


@pytest.mark.nightly
def test_two_runs_and_any_number_of_cores_give_equal_bytes(finished, tmp_path, tiny):
    other = Workspace(tmp_path, finished.root)
    other.write(tiny)
    other.snakemake("codelengths_all", cores=1)
    again, first = other.results(), finished.results()
    assert again
    assert {name: data == first[name] for name, data in again.items()} == dict.fromkeys(again, True)


@pytest.mark.nightly
def test_audit_names_what_does_not_fit(done, tiny):
    assert "0 of" in done.snakemake("audit").stdout
    blocks = sorted((done.folder / "results/tiny/blocks").rglob("64-128.h5"))
    blocks[0].unlink()
    with h5py.File(blocks[1], "r+") as file:
        file["bits/model"][0, 0] += 1e-9
    done.write(tiny | {"training": tiny["training"] | {"epochs": 6}})
    out = done.snakemake("audit", check=False)
    assert out.returncode != 0
    for complaint in (
        "is missing",
        "was altered or damaged",
        "other settings",
        "could not be checked",
        "rm 'results/tiny/",
    ):
        assert complaint in out.stdout


def expected(folder, config, monkeypatch):
    """What audit expects of a study's results, with ``folder`` as the folder that the workflow runs in."""
    monkeypatch.chdir(folder)
    return json.loads(Plan(load_study(config)).expected())


def rewrite(path, kind, change=None, drop=()):
    """Write a result file anew, whole and with a right digest, but with other numbers or attributes."""
    arrays, attributes = store.read(path, kind)
    for name, value in (change or {}).items():
        arrays[name] = arrays[name] + np.asarray(value, arrays[name].dtype)
    store.write(
        path,
        kind,
        arrays,
        **{name: value for name, value in attributes.items() if name not in drop},
    )


RUN = "digits--true--linear--fast--"
BLOCK = f"blocks/{RUN}from.n64.early/seeds-0-1/64-128.h5"
SOURCE = "models/digits--true--linear--n64--early/seeds-0-1.h5"
FOREIGN = {  # what is put into the folder, and which files are then named, how
    "other data of the same config": (
        lambda: rewrite("data/digits.h5", "dataset", {"x": 1}), [BLOCK, SOURCE], "was not made from the data as",
    ),
    "another source": (lambda: rewrite(SOURCE, "source", {"scale": 1}), [BLOCK], "was not made from the source as"),
    "another block": (
        lambda: rewrite(BLOCK, "block", {"bits/model": 1}),
        [f"codelengths/{RUN}from.n64.early.h5"], "was not made from the blocks as",
    ),
    "a source in place of a block": (lambda: shutil.copy(SOURCE, BLOCK), [BLOCK], "is a 'source' file"),
    "another run's block": (
        lambda: shutil.copy(f"blocks/{RUN}theta0/seeds-0-1/64-128.h5", BLOCK), [BLOCK], "was not made from the source as",
    ),
    "a file that hides its origin": (
        lambda: rewrite(BLOCK, "block", drop=["inputs"]), [BLOCK], "does not say which files it was made from",
    ),
    "other code": (lambda: rewrite(SOURCE, "source", drop=["code"]), [SOURCE], "by other code"),
    "a truncated file": (lambda: os.truncate(BLOCK, 3000), [BLOCK], "is not a readable result file"),
}  # fmt: skip


@pytest.mark.parametrize("case", FOREIGN)
def test_audit_finds_files_made_from_others(done, tiny, monkeypatch, case):
    put, named, complaint = FOREIGN[case]
    wanted = expected(done.folder, tiny, monkeypatch)["files"]
    assert list(check_files(wanted)) == []
    monkeypatch.chdir("results/tiny")
    put()
    monkeypatch.chdir(done.folder)
    found = [*check_files(wanted)]
    for path in named:
        (text,) = [
            text for where, text in found if where == f"results/tiny/{path}" and complaint in text
        ]
        assert f"rm 'results/tiny/{path}'" in text


def test_blocks_that_differ_in_device_or_code_are_shown_apart():
    by = {"code": "c", "versions": {"numpy": "2"}, "device": "cpu", "threads": 1}
    made_by = distinct([by, by | {"device": "cuda"}, by])
    assert [each["device"] for each in made_by] == ["cpu", "cuda"]


def test_audit_finds_every_altered_missing_and_unknown_file(done, tiny, monkeypatch):
    wanted = expected(done.folder, tiny, monkeypatch)
    assert audit(wanted)[0] == []
    root = done.folder / "results/tiny"
    altered = [path for path in wanted["derived"] if not path.endswith("curves.csv")]
    for path in altered:
        content = bytearray(Path(path).read_bytes())
        content[len(content) // 2] ^= 1
        Path(path).write_bytes(content)
    (root / "tables/curves.csv").unlink()
    (root / "codelengths/notes.txt").write_text("mine")
    (root / "data/.digits.h5.7.partial").write_text("half")
    found = dict(audit(wanted)[0])
    assert {
        path for path in found if "is not what code and packages here make" in found[path]
    } == set(altered)
    assert "is missing" in found.pop("results/tiny/tables/curves.csv")
    assert "belongs to nothing" in found.pop("results/tiny/codelengths/notes.txt")
    assert "was left by a job that was killed" in found.pop(
        "results/tiny/data/.digits.h5.7.partial"
    )
    assert set(found) == set(altered)
    monkeypatch.undo()
    done.write(tiny | {"arms": [tiny["arms"][0] | {"n": 0}]})
    smaller = dict(
        audit(
            expected(
                done.folder, yaml.safe_load((done.folder / "study.yaml").read_text()), monkeypatch
            )
        )[0]
    )
    assert "belongs to nothing" in smaller[f"results/tiny/{SOURCE}"]


@pytest.mark.slow
def test_a_published_folder_says_what_is_in_it_and_audit_compares_it(done, tiny, monkeypatch):
    done.snakemake("publish")
    published = done.folder / "results/published/tiny"
    before = (published / "ro-crate-metadata.json").read_bytes()
    wanted = expected(done.folder, tiny, monkeypatch)
    assert audit(wanted)[0] == []
    names = {
        str(path.relative_to(published))
        for path in published.rglob("*")
        if path.is_file() and path.name[0] != "."
    }
    crate = ROCrate(published)
    assert {entity.id for entity in crate.get_by_type("File")} == names - {"ro-crate-metadata.json"}
    for entity in crate.get_by_type("File"):
        assert entity["sha256"] == hashlib.sha256((published / entity.id).read_bytes()).hexdigest()
    assert crate.mainEntity.id == "config.yaml"
    assert crate.root_dataset["license"]["@id"].endswith("Apache-2.0")
    with open(published / "tables/curves.csv", "a") as file:
        file.write("\n")
    (published / "run_times.csv").write_text("rule\n")
    (published / "extra.txt").write_text("mine")
    (published / "config.yaml").write_text(yaml.safe_dump(tiny | {"seeds": [7]}))
    (published / "tex/information_transfer.tex").unlink()
    found = {}
    for path, text in audit(wanted)[0]:
        found[path.removeprefix("results/published/tiny/")] = found.get(path, "") + text
    assert set(found) == {
        "tables/curves.csv",
        "run_times.csv",
        "extra.txt",
        "config.yaml",
        "tex/information_transfer.tex",
    }
    assert "is not listed" in found["extra.txt"]
    shutil.rmtree(published)
    done.snakemake("publish")
    assert (published / "ro-crate-metadata.json").read_bytes() == before, (
        "published twice, the crate is the same"
    )


def arm(tiny, **changes):
    return {"arms": [tiny["arms"][0] | changes]}


def data(tiny, **spec):
    return {"datasets": {"digits": spec}}


def analysis(**entry):
    return {"analyses": {"x": entry}}


WRONG = {
    "misspelt key": (lambda t: t | {"steam": {}}, "unknown key 'steam'; did you mean 'stream'?"),
    "number as text": (
        lambda t: t | {"training": {"lr": "1e-3"}},
        "training.lr: found the text '1e-3'",
    ),
    "float for an integer": (lambda t: t | {"stream": {"k": 128.0}}, "stream.k"),
    "two arms of one name": (lambda t: t | {"arms": t["arms"] * 2}, "two arms are named 'a'"),
    "study that leaves the folder": (lambda t: t | {"study": "../x"}, "'../x' is not allowed"),
    "data set that leaves the folder": (
        lambda t: t | {"datasets": {"../x": {"kind": "sklearn", "name": "digits"}}},
        "'../x' is not",
    ),
    "study called published": (lambda t: t | {"study": "published"}, "choose another name"),
    "unknown model": (lambda t: t | arm(t, model="lineal"), "did you mean 'linear'"),
    "unknown data set": (lambda t: t | arm(t, target="digit"), "did you mean 'digits'"),
    "unknown label transform": (lambda t: t | arm(t, labels={"randm": 1}), "did you mean 'random'"),
    "seed given twice": (lambda t: t | {"seeds": [[0, 1], [1]]}, "given twice: 1"),
    "analysis of an unknown arm": (
        lambda t: t | analysis(kind="compare", arms=["b"]),
        "analyses.x.arms: no arm is named 'b'",
    ),
    "unknown analysis": (lambda t: t | analysis(kind="surfaces"), "did you mean 'surface'"),
    "reference that is left out": (
        lambda t: (
            t
            | {"arms": [*t["arms"], t["arms"][0] | {"name": "b"}]}
            | analysis(kind="differences", arms=["a"], reference="b")
        ),
        "the reference 'b' is not among them",
    ),
    "analysis named like a table": (
        lambda t: t | {"analyses": {"curves": {"kind": "compare"}}},
        "choose another",
    ),
    "before without n": (
        lambda t: t | arm(t, n=[0, 64], before=[{"source": "digits", "n": 9}]),
        "write n, the examples after",
    ),
    "before that is unknown": (
        lambda t: t | arm(t, n=64, before=[{"source": "digit", "n": 9}]),
        "did you mean 'digits'",
    ),
    "view of a view": (
        lambda t: (
            t
            | {
                "datasets": t["datasets"]
                | {
                    "v": {"kind": "view", "of": "digits", "keep": "low"},
                    "w": {"kind": "view", "of": "v", "keep": "low"},
                }
            }
        ),
        "is made from another data set itself",
    ),
    "view of all": (
        lambda t: t | {"datasets": t["datasets"] | {"v": {"kind": "view", "of": "digits"}}},
        "write keep, size, or",
    ),
    "probe without a bias": (
        lambda t: (
            t | {"models": {"linear": {"kind": "linear", "bias": False}}} | arm(t, learner="probe")
        ),
        "which solves a linear model; write model: one of kind linear with a bias",
    ),
    "n is missing": (
        lambda t: t | {"arms": [{"name": "a", "target": "digits", "model": "linear"}]},
        "n is missing",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_config_is_named(tiny, case):
    from lit.errors import InputError
    from lit.study.config import load_study

    change, message = WRONG[case]
    with pytest.raises(InputError, match=re.escape(message)):
        load_study(change(tiny), "study.yaml")


WRONG_TOGETHER = {
    "k + n too large": (
        lambda t: t | arm(t, n=1700),
        "k + n = 128 + 1700 = 1828, but data set 'digits' has 1797",
    ),
    "earlier source that meets the stream": (
        lambda t: t | arm(t, n=64, before=[{"source": "digits", "n": 1700}]),
        "k + n = 128 + 1700 = 1828, but data set 'digits' has 1797",
    ),
    "missing file": (lambda t: t | data(t, kind="npz", path="no.npz"), "no.npz does not exist"),
    "unknown torchvision name": (
        lambda t: t | data(t, kind="torchvision", name="MINST"),
        "did you mean 'MNIST'",
    ),
    "stream and source that meet": (
        lambda t: t | arm(t, n=1600, source_labels={"without": [0]}),
        "would be in the stream and in the source 'digits'",
    ),
    "class that is not there": (
        lambda t: t | arm(t, labels={"classes": [3, 12]}),
        "names class 12",
    ),
    "factory": (
        lambda t: t | {"models": {"linear": {"kind": "python", "factory": "nowhere:build"}}},
        "cannot import 'nowhere:build'",
    ),
}
NO_GPU = (lambda t: t | {"device": "cuda"}, "torch sees no GPU")


@pytest.mark.parametrize("case", WRONG_TOGETHER)
def test_wrong_input_is_named(tmp_path, tiny, capsys, case):
    change, message = WRONG_TOGETHER[case]
    assert message in check_study(change(tiny), tmp_path, capsys)


@pytest.mark.parametrize(
    ("change", "message"), [WRONG["misspelt key"], WRONG_TOGETHER["missing file"], NO_GPU]
)
def test_wrong_input_is_named_before_any_training(workspace, tiny, change, message):
    workspace.write(change(tiny))
    out = workspace.snakemake(check=False)
    assert out.returncode != 0
    assert message in out.stdout, out.stdout[-3000:]
    assert "Traceback" not in out.stdout
    assert not list(workspace.folder.glob("results/*/models/**/*.h5"))


@pytest.mark.slow
def test_own_data_and_own_model_by_the_readme(workspace, rng):
    x = rng.normal(size=(400, 6)).astype(np.float32)
    np.savez(workspace.folder / "mine.npz", x=x, y=(x[:, 0] > 0).astype(int))
    (workspace.folder / "my_module.py").write_text(
        "from torch import nn\n"
        "def build(input_shape, classes):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(6, 16), nn.GELU(), nn.Linear(16, classes))\n"
    )
    workspace.write(
        {
            "study": "mine",
            "seeds": [[0, 1]],
            "stream": {"k": 128},
            "datasets": {"mine": {"kind": "npz", "path": "mine.npz"}},
            "models": {"own": {"kind": "python", "factory": "my_module:build"}},
            "arms": [{"name": "own", "target": "mine", "model": "own", "n": [0, 128]}],
        }
    )
    workspace.snakemake()
    table = pd.read_csv(workspace.folder / "results/mine/tables/information_transfer.csv")
    assert table["l_it_bits"][1] > 0


@pytest.mark.nightly
def test_features_across_data_sets_and_pretrained_weights(workspace, tiny, rng, monkeypatch):
    """Frozen features as a data set, a source of another data set with other classes, a model with weights."""
    import torch

    from lit.networks.build import build_theta0

    x = rng.integers(0, 255, (300, 1, 8, 8), dtype=np.uint8)
    np.savez(workspace.folder / "two.npz", x=x, y=(x.reshape(300, -1).mean(1) > 127).astype(int))
    net = build_theta0({"kind": "torchvision", "name": "squeezenet1_1"}, Form((3, 32, 32), 1000), 0)
    torch.save(net.net.state_dict(), workspace.folder / "public.pt")
    images = {"size": 32, "channels": "RGB", "mean": [0.5] * 3, "std": [0.5] * 3}
    workspace.write(
        tiny
        | {
            "datasets": {
                "digits": {"kind": "sklearn", "name": "digits"},
                "two": {"kind": "npz", "path": "two.npz"},
                "deep": {"kind": "features", "of": "two", "model": "public"},
            },
            "models": {
                "linear": {"kind": "linear"},
                "public": {
                    "kind": "torchvision",
                    "name": "squeezenet1_1",
                    "weights": "public.pt",
                    "input": images,
                },
            },
            "learners": {"fast": {"kind": "restart", "epochs": 1, "min_steps": 2}},
            "arms": [
                {
                    "name": "across",
                    "target": "two",
                    "source": "digits",
                    "model": "linear",
                    "n": 64,
                    "learner": "fast",
                    "head": "new",
                },
                {
                    "name": "deep",
                    "target": "deep",
                    "model": "linear",
                    "n": [0, 64],
                    "learner": "fast",
                },
                {"name": "ready", "target": "two", "model": "public", "learner": "fast", "k": 40},
            ],
        }
    )
    workspace.snakemake()
    table = pd.read_csv(workspace.folder / "results/tiny/tables/information_transfer.csv")
    assert table["arm"].tolist() == ["across", "deep", "deep", "ready"]
    assert table["n"].isna().tolist() == [False, False, False, True]
    assert table["k_m_bits"].isna().tolist() == [False, False, False, True]
    assert (workspace.folder / "results/tiny/features/deep.h5").exists()
    study = yaml.safe_load((workspace.folder / "study.yaml").read_text())
    assert audit(expected(workspace.folder, study, monkeypatch))[0] == []


def test_parsing_is_quick_and_needs_no_torch(workspace):
    code = "import sys; import lit.study.config, lit.workflow.plan, lit.files.provenance, lit.workflow.resources, lit; assert 'torch' not in sys.modules"
    subprocess.run([workspace.command()[0], "-c", code], cwd=ROOT, check=True)


@pytest.mark.slow
def test_llvms_lit_does_not_win_inside_jobs(workspace, tmp_path):
    """A package called lit that comes first on the path by installation loses to ours."""
    decoy = tmp_path / "decoy" / "lit"
    decoy.mkdir(parents=True)
    (decoy / "__init__.py").write_text("raise ImportError('this is the other lit')")
    environment = workspace.environment() | {"PYTHONPATH": str(decoy.parent)}
    done = subprocess.run(
        workspace.command("results/tiny/data/digits.h5"), cwd=workspace.folder, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
