"""Recorded runs as arms of a study: tables, analyses, report; and a study that is read back."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from conftest import ROOT, Workspace
from fakes import check_study

from lit.__main__ import main
from lit.errors import InputError
from lit.files.recorded_columns import add, read_columns
from lit.files.recordings import code_lengths
from lit.report.latex import latex_table
from lit.study.config import load_study
from lit.tables.reading import read_table
from lit.tables.transfer import transfer_by_seed, transfer_table
from lit.workflow.check_study import check_study as check_file
from lit.workflow.export_study import arms_of
from lit.workflow.plan import Plan

K, SEEDS = 64, [0, 1, 2]
STARTS = ("theta0", "m1", "m2")
# Bits an example in the stream's first and second half, from each start, in hundredths.
BITS = {"theta0": (300, 200), "m1": (200, 150), "m2": (100, 100)}


def write(path, index=True, run="mine", seeds=SEEDS, labels=1, **about):
    """A file of one run: bits as above, a tenth more with each seed."""
    starts = {"m1": {"n": 10, "source": "other"}, "m2": {"n": None}}
    said = {"classes": 4, "k": K, "starts": starts, "model": "net", "dataset": "set"} | about
    rows = [(start, seed, i) for start in STARTS for seed in seeds for i in range(K)]
    columns = {
        "run": np.array([run] * len(rows), dtype=object),
        "start": np.array([start for start, _, _ in rows], dtype=object),
        "seed": np.array([seed for _, seed, _ in rows]),
        "position": np.array([i for _, _, i in rows]),
        "labels": np.full(len(rows), labels),
        "bits": np.array([BITS[start][i >= K // 2] * (1 + seed / 10) for start, seed, i in rows])
        / 100,
    }
    if index:
        columns["index"] = np.array([i + 32 * seed for _, seed, i in rows])  # half is another's too
    add(path, {run: said}, columns)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study of one arm, in the folder of its file."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "run.parquet")
    return {
        "study": "recorded",
        "seeds": SEEDS,
        "arms": [{"name": "mine", "recorded": "run.parquet"}],
    }


@pytest.mark.slow
def test_a_study_of_recorded_runs_alone_has_its_tables_and_its_report(study, tmp_path):
    kinds = ("compare", "choice", "crossings", "ranking", "relatives")
    study["analyses"] = {f"by-{kind}": {"kind": kind} for kind in kinds}
    study["arms"][0]["run"] = "mine"
    study["arms"].append(study["arms"][0] | {"name": "short", "k": 40, "start": ["m2"]})
    space = Workspace(tmp_path)
    space.write(study)
    space.snakemake()
    tables = tmp_path / "results/recorded/tables"
    table = read_table(tables / "information_transfer.csv")
    assert table["arm"].tolist() == ["mine", "mine", "short"]
    one, two, short = table.to_dict("records")
    factor = 1.1  # the mean over seeds
    assert one["l_theta0_bits"] == pytest.approx(factor * 32 * (3 + 2))
    assert one["l_m_bits"] == pytest.approx(factor * 32 * (2 + 1.5))
    assert one["l_it_bits"] == one["l_it_network_bits"] == pytest.approx(factor * 32 * 1.5)
    assert short["l_it_bits"] == pytest.approx(factor * (32 * 2 + 8 * 1))
    # the three differences are 48, 52.8 and 57.6
    assert one["l_it_these_se"] == pytest.approx(4.8 / np.sqrt(3))
    assert (one["n"], one["source"], one["model"], one["code"]) == (10, "other", "net", "network")
    assert pd.isna(two["n"])
    assert (two["source"], two["target"], two["uniform_bits"]) == ("set", "set", 128)
    # two pairs of neighbours share half of their examples, the outer two none
    assert one["shared"] == pytest.approx((0.5 + 0.5 + 0) / 3)
    unknown = ["k_m_bits", "m_train_accuracy", "label_entropy_bits", "l_it_shortest_bits"]
    unknown += ["l_theta0_price_bits", "l_it_plain_bits", "source_uniform_bits", "duplicates"]
    unknown += ["l_it_duplicates_bits"]
    assert table[unknown].isna().all().all()
    curves = read_table(tables / "curves.csv")
    cold = curves[(curves["n"] == 0) & (curves["seed"] == 0) & (curves["arm"] == "mine")]
    assert cold[["block_start", "block_stop", "bits_per_label"]].values.tolist() == [
        [0, 32, 3.0],
        [32, 64, 2.0],
    ]
    page = (tmp_path / "results/recorded/report/index.html").read_text()
    for name in study["analyses"]:
        assert not read_table(tables / f"{name}.csv").empty
    assert "bits as they were recorded elsewhere, with one code, network" in page
    shown = re.sub(r"base64,[^\"]*|<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"\bnan\b", shown)
    assert "$nan \\pm" not in latex_table(table)
    done = space.snakemake("audit")
    assert "0 of" in done.stdout
    write(tmp_path / "run.parquet", run="another")  # the file has another content now
    assert space.planned()["read_recording"] == 3


def test_without_index_intervals_are_about_these_examples(study, tmp_path):
    write(tmp_path / "bare.h5", index=False)
    study["arms"][0] |= {"recorded": "bare.h5", "start": ["m1"]}
    rows, codes = _coded(load_study(study))
    table = transfer_table(transfer_by_seed("s", rows, codes, {}, SEEDS), rows, codes)
    assert table["about"].tolist() == ["these examples"]
    assert table["shared"].isna().all()
    assert table["l_it_se"].tolist() == table["l_it_these_se"].tolist()


def _coded(study):
    """Rows, and arrays of code lengths as the jobs read them."""
    jobs = Plan(study)
    codes = {
        name: code_lengths(run.path, jobs.codes.recorded_settings(name))
        for name, run in study.recorded.items()
    }
    return jobs.results.table_settings()["rows"], codes


# a study read back ---------------------------------------------------------------------------------

SAME = [
    "k",
    "classes",
    "seeds",
    "uniform_bits",
    "l_theta0_bits",
    "l_m_bits",
    "l_it_bits",
    "l_it_se",
]
SAME += [
    "l_it_ci_low",
    "l_it_ci_high",
    "shared",
    "times_coded",
    "about",
    "l_it_skewed",
    "n",
    "target",
]
SAME += [f"l_it_{of}_{what}" for of in ("these", "like") for what in ("se", "ci_low", "ci_high")]


@pytest.mark.nightly
def test_an_exported_study_gives_the_same_transfer_to_the_last_digit(
    tmp_path, tiny, monkeypatch, capsys
):
    tiny["seeds"] = [[0, 1, 2]]
    tiny["stream"]["k"] = 1000  # more than half of the data: seeds share examples
    space = Workspace(tmp_path)
    space.write(tiny)
    space.snakemake("tables_all")
    monkeypatch.chdir(tmp_path)
    main(["export", "study.yaml", "codes.parquet"])
    assert "as arms of another study:\narms:\n  - {name: a, recorded:" in capsys.readouterr().out
    main(["export", "study.yaml", "codes.h5", "--code", "shortest"])
    before = read_table("results/tiny/tables/information_transfer.csv")
    before = before[before["n"] == 64].reset_index(drop=True)
    assert before["about"].tolist() == ["examples like these"]
    again = {
        "study": "again",
        "seeds": [0, 1, 2],
        "stream": {key: tiny["stream"][key] for key in ("first_block", "growth")},
        "arms": [
            {"name": "a", "recorded": "codes.parquet"},
            {"name": "b", "recorded": "codes.h5", "run": "a", "start": ["n64"]},
        ],
    }
    with pytest.raises(
        InputError, match="arms 'a' and 'b' have recorded runs that are both called"
    ):
        load_study(again)
    for number, arm in enumerate(again["arms"]):
        space.write(again | {"study": f"again{number}", "arms": [arm]})
        space.snakemake("tables_all")
    after = read_table("results/again0/tables/information_transfer.csv")
    pd.testing.assert_frame_equal(before[SAME], after[SAME], check_exact=True)
    other = read_table("results/again1/tables/information_transfer.csv")
    assert other["l_it_bits"].tolist() == before["l_it_shortest_bits"].tolist()
    with pytest.raises(SystemExit, match=r"codes.h5 is there already; remove it"):
        main(["export", "study.yaml", "codes.h5"])
    with pytest.raises(SystemExit, match="no code is named 'plain'"):
        main(["export", "study.yaml", "new.h5", "--code", "plain"])
    space.write(again | {"arms": again["arms"][:1]})
    with pytest.raises(SystemExit, match="has no arm with a target and an M"):
        main(["export", "study.yaml", "new.h5"])


def test_an_export_says_how_a_study_names_it(study, tmp_path):
    """Pasted into a study, what it prints is read as arms of these runs."""
    for run in ("mine", "no"):
        write(tmp_path / "codes é.parquet", run=run)
    arms = yaml.safe_load(arms_of(["mine", "no"], "codes é.parquet"))
    rows = load_study(study | arms).rows
    assert [(row.arm, row.cold.run) for row in rows[::2]] == [("mine", "mine"), ("no", "no")]


# refused -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"recorded": "gone.parquet"}, r"arms\[0\] \(mine\): recorded: gone.parquet: no file of"),
        ({"recorded": "study.txt"}, "recorded: study.txt is neither Parquet nor HDF5"),
        ({"run": "mime"}, r"run: no run is named 'mime' in run.parquet; did you mean 'mine'"),
        (
            {"start": ["m3"]},
            "start: no M is named 'm3' in run 'mine' of run.parquet; known: m1, m2",
        ),
        ({"start": ["theta0"]}, "start: no M is named 'theta0'"),
        ({"k": 65}, "k = 65, but run 'mine' of run.parquet has 64 examples; write k: 64 or less"),
        ({"model": "mlp"}, "unknown key 'model'"),
        ({"n": 3}, "unknown key 'n'"),
    ],
)
def test_what_an_arm_may_not_say(study, tmp_path, changed, words):
    (tmp_path / "study.txt").write_text("no file of ours")
    study["arms"][0] |= changed
    with pytest.raises(InputError, match=words):
        load_study(study)


def test_two_recorded_runs_of_one_name_are_told_by_their_arms(study, tmp_path):
    write(tmp_path / "other.parquet")
    study["arms"].append({"name": "theirs", "recorded": "other.parquet"})
    words = (
        "arms 'mine' and 'theirs' have recorded runs that are both called 'mine', in run.parquet"
        " and in other.parquet; record or export one of them under another name"
    )
    with pytest.raises(InputError, match=words):
        load_study(study)
    study["arms"][1]["recorded"] = "run.parquet"
    assert len(load_study(study).rows) == 4


def test_several_runs_have_to_be_chosen_from(study, tmp_path):
    write(tmp_path / "run.parquet", run="second")
    with pytest.raises(
        InputError, match=r"run\.parquet has several runs; write run: one of mine, second"
    ):
        load_study(study)


def test_others_arms_still_need_data_models_and_a_stream(study, tiny):
    for part in ("datasets", "models", "stream"):
        mixed = tiny | {"arms": [*study["arms"], *tiny["arms"]]}
        del mixed[part]
        with pytest.raises(InputError, match=f"key '{part}' is missing"):
            load_study(mixed)
    del tiny["stream"]["k"]
    with pytest.raises(InputError, match="stream: key 'k' is missing"):
        load_study(tiny)


@pytest.mark.parametrize(
    ("analysis", "words"),
    [
        (
            {"kind": "noise"},
            "analyses.one: noise needs more than bits, which are all that is known of",
        ),
        ({"kind": "extremes"}, "extremes needs more than bits"),
        (
            {"kind": "compare", "code": "shortest"},
            "one.code: the recorded arm 'mine' has the code network",
        ),
        (
            {"kind": "ranking"},
            "recorded arms ('mine') and others ('a') do not show; name only one sort",
        ),
    ],
)
def test_analyses_that_need_more_say_so_before_anything_runs(study, tiny, analysis, words):
    tiny["stream"]["k"] = K
    mixed = tiny | {"arms": [*study["arms"], *tiny["arms"]], "analyses": {"one": analysis}}
    with pytest.raises(InputError, match=re.escape(words)):
        load_study(mixed)


def test_a_mixed_study_shows_each_row_by_the_code_that_it_has(study, tiny):
    tiny["stream"]["k"] = K
    both = {"compared": {"kind": "compare"}, "own": {"kind": "noise", "arms": ["a"]}}
    mixed = load_study(tiny | {"arms": [*study["arms"], *tiny["arms"]], "analyses": both})
    jobs = Plan(mixed)
    codes = {row["arm"]: row["code"] for row in jobs.results.table_settings()["rows"]}
    assert codes == {"mine": "network", "a": "architecture"}
    assert jobs.results.analysis_settings("compared")["code"] == "network"
    assert jobs.results.analysis_settings("own")["code"] == "architecture"
    # one is coded here, the other read; neither has what the other is made of
    assert set(mixed.recorded) == {"mine--theta0", "mine--m1", "mine--m2"}
    assert len(mixed.coded) == 3
    assert jobs.codes.decoded_runs(True) == list(mixed.coded)
    assert {name for name, _ in mixed.pairs()} == {"digits"}


def test_bits_seeds_and_examples_are_checked_before_the_first_job(study, tmp_path, capsys):
    assert not check_study(study, tmp_path, capsys)
    said = check_study(study | {"seeds": [0, 5]}, tmp_path, capsys)
    assert "has seeds [0, 1, 2], and none is 5; write seeds: [0, 1, 2] in the study" in said
    columns = read_columns(tmp_path / "run.parquet")
    columns["bits"] = np.where(np.arange(len(columns["bits"])) == 70, -1.0, columns["bits"])
    (tmp_path / "run.parquet").unlink()
    about = {"mine": {"classes": 4, "k": K, "starts": {"m1": {}, "m2": {}}}}
    add(tmp_path / "run.parquet", about, columns)
    said = check_study(study, tmp_path, capsys)
    assert (
        "run 'mine', start 'theta0', seed 1: row 70 has bits -1.0, where 0 or more belong" in said
    )


def test_arms_of_other_examples_are_not_ranked(study, tmp_path, capsys):
    write(tmp_path / "b.h5", run="b")
    columns = read_columns(tmp_path / "b.h5")
    columns["run"][:] = "c"
    columns["index"] += 1
    add(tmp_path / "c.h5", {"c": {"classes": 4, "k": K, "starts": {"m1": {}, "m2": {}}}}, columns)
    write(tmp_path / "d.h5", run="d", index=False)
    study["analyses"] = {"ranked": {"kind": "ranking"}}
    for name, words in (
        ("b", ""),
        ("c", "analyses.ranked: arms mine and c code other labels"),
        ("d", "analyses.ranked: arms mine and d do not say which examples they code; record them"),
    ):
        arms = [*study["arms"], {"name": name, "recorded": f"{name}.h5"}]
        said = check_study(study | {"arms": arms}, tmp_path, capsys)
        assert words in said
        assert bool(said) == bool(words)


def test_the_check_without_snakemake_reads_what_the_file_says(study, tmp_path):
    space = Workspace(tmp_path)
    space.write(study)
    assert "from 3 code lengths, in results/recorded/" in check_file("study.yaml")[2]


def test_the_study_of_the_documentation_is_one(study):
    text = (ROOT / "docs/recorded.md").read_text()
    (found,) = re.findall(r"```yaml\n# study.yaml\n(.*?)```", text, re.DOTALL)
    assert [row.n for row in load_study(yaml.safe_load(found)).rows] == [10, None]
