"""Stale results: what other settings, data or code made is named before it is believed, and the remedy gives equal bytes."""

import json
import os
import re
import shutil
import struct
import subprocess
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, Workspace, untimed
from PIL import Image

from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.files import store, user_files
from lit.files.provenance import file_digest
from lit.study.config import load_study
from lit.workflow import refuse_stale
from lit.workflow.audit import audit, check_files, check_read, check_whole
from lit.workflow.expected_files import expected_files
from lit.workflow.plan import Plan

# contents of files and folders -------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Two classes of images whose names and sizes are alike, in the folder that snakemake runs in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    for grey, name in ((50, "cats"), (200, "dogs")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(3):
            Image.fromarray(np.full((8, 8), grey + i, np.uint8)).save(
                tmp_path / f"photos/{name}/{i}.bmp"
            )
    return tmp_path / "photos"


def settle(folder, seconds=60):
    """Make files look as if they had lain there for a while, but for ctime, which no one can set."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (time.time() - seconds, time.time() - seconds))


@pytest.fixture
def settled(monkeypatch):
    """Files count as settled at once."""
    monkeypatch.setattr(user_files, "SETTLED", -3600)


def exchange(folder):
    for a, b in (("cats", "tmp"), ("dogs", "cats"), ("tmp", "dogs")):
        (folder / a).rename(folder / b)


def touch_back(path, data):
    """Write other content of the same size, and put the old time back."""
    about = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def flipped(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    return bytes(data)


CHANGES = {
    "classes exchanged in place": exchange,
    "two files exchanged": lambda f: (
        (f / "cats/0.bmp").rename(f / "x"), (f / "dogs/0.bmp").rename(f / "cats/0.bmp"), (f / "x").rename(f / "dogs/0.bmp"),
    ),
    "one pixel, old time put back": lambda f: touch_back(f / "cats/1.bmp", flipped(f / "cats/1.bmp")),
    "a file more": lambda f: shutil.copy(f / "cats/0.bmp", f / "cats/9.bmp"),
    "a file fewer": lambda f: (f / "dogs/2.bmp").unlink(),
    "a class without images": lambda f: (f / "ants").mkdir(),
    "a class renamed": lambda f: (f / "cats").rename(f / "zebras"),
    "behind a link": lambda f: (
        (f / "dogs").rename(f.parent / "elsewhere"), (f / "dogs").symlink_to(f.parent / "elsewhere"),
        touch_back(f.parent / "elsewhere/0.bmp", flipped(f.parent / "elsewhere/0.bmp")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_another_content_of_a_folder_is_noticed_with_and_without_what_was_kept(
    photos, settled, change, kept
):
    first = user_files.digest(photos, trusted=kept)
    assert user_files.digest(photos, trusted=kept) == first
    CHANGES[change](photos)
    assert user_files.digest(photos, trusted=kept) != first
    assert user_files.digest(photos, trusted=kept) == user_files.digest(photos, trusted=False)


def test_what_file_managers_leave_and_touching_change_nothing(photos, settled):
    first = user_files.digest(photos)
    (photos / "cats/.DS_Store").write_bytes(b"x")
    settle(photos)
    assert user_files.digest(photos) == first


def test_a_link_in_a_circle_ends(photos):
    (photos / "cats/again").symlink_to(photos)
    (photos / "twice").symlink_to(photos / "dogs")
    first = user_files.digest(photos)
    (photos / "twice").unlink()
    assert user_files.digest(photos) != first, "a class that is a link to another one counts"


@pytest.fixture
def reads(monkeypatch):
    """Names of the files that are read."""
    read = []
    monkeypatch.setattr(
        user_files, "file_digest", lambda path: read.append(Path(path).name) or file_digest(path)
    )
    return read


def test_only_what_changed_is_read_again(photos, reads, settled):
    first = user_files.digest(photos)
    assert len(reads) == 6
    del reads[:]
    assert user_files.digest(photos) == first
    assert reads == []
    (photos / "cats/1.bmp").write_bytes(flipped(photos / "cats/1.bmp"))
    assert user_files.digest(photos) != first
    assert reads == ["1.bmp"]
    user_files.digest(photos, trusted=False)
    assert len(reads) == 7, "an audit reads all"


def test_a_file_that_was_just_written_is_read_again(photos, reads):
    """Within a tick of the clock a file may change twice, and look the same."""
    user_files.digest(photos)
    user_files.digest(photos)
    assert len(reads) == 12


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"cats/0.bmp": 3}', '{"cats/0.bmp": [1, 2, 3, 4, "x"]}']
)
def test_a_broken_note_of_digests_is_ignored(photos, settled, broken):
    first = user_files.digest(photos)
    (note,) = Path(".snakemake/contents").glob("*.json")
    note.write_text(broken)
    assert user_files.digest(photos) == first
    assert user_files.digest(photos) == first


def test_without_a_folder_for_notes_files_are_read(photos, settled, reads):
    first = user_files.digest(photos)
    shutil.rmtree(".snakemake")
    assert user_files.digest(photos) == first
    Path(".snakemake").mkdir()
    Path(".snakemake/contents").write_text("in the way")
    assert user_files.digest(photos) == first
    assert len(reads) == 18


def test_many_at_once_leave_whole_notes(photos, settled):
    first, found = user_files.digest(photos), []
    threads = [
        threading.Thread(target=lambda: found.append(user_files.digest(photos))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [first] * 8
    assert not list(Path(".snakemake/contents").glob("*.partial"))


def test_a_large_file_keeps_the_digest_that_it_always_had(tmp_path, monkeypatch, settled, reads):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    path = tmp_path / "mine.npz"
    path.write_bytes(bytes(user_files.SMALL + 1))
    assert user_files.digest(path) == user_files.digest(path) == file_digest(path)
    assert reads == ["mine.npz"]
    touch_back(path, b"1" + bytes(user_files.SMALL))
    assert user_files.digest(path) == file_digest(path)


def test_what_may_not_be_read_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.npz cannot be read \(No such file"):
        user_files.digest(tmp_path / "none.npz")


# a file that changes between planning and reading ------------------------------------------------


@pytest.mark.parametrize("when", ["before", "while", "while, and reading fails"])
def test_a_file_that_is_not_the_planned_one_is_refused(tmp_path, when):
    path = tmp_path / "mine.npz"
    path.write_bytes(b"old")
    planned = user_files.digest(path)
    with user_files.unchanged(str(path), planned):
        pass

    def read():
        if when == "before":
            path.write_bytes(b"new")
        with user_files.unchanged(str(path), planned):
            path.write_bytes(b"new")
            if "fails" in when:
                raise InputError("is not an npz file")

    with pytest.raises(
        InputError, match=r"mine\.npz had another content when the jobs were planned"
    ):
        read()


def test_a_file_that_was_not_there_when_jobs_were_planned_is_refused(tmp_path):
    (tmp_path / "late.npz").write_bytes(b"1")
    with (
        pytest.raises(InputError, match=r"late\.npz was not there when the jobs were planned"),
        user_files.unchanged(str(tmp_path / "late.npz"), None),
    ):
        pass
    with user_files.unchanged(str(tmp_path / "never.npz"), None), user_files.unchanged(None, None):
        pass  # who reads it says that it is missing


def test_weights_are_compared_where_they_are_a_file(tmp_path):
    path = tmp_path / "mine.pt"
    path.write_bytes(b"1")
    model = {"kind": "python", "weights": str(path), "weights_digest": user_files.digest(path)}
    user_files.check_weights(model)
    user_files.check_weights({"kind": "torchvision", "weights": "DEFAULT"})
    path.write_bytes(b"2")
    with pytest.raises(InputError, match=r"mine\.pt had another content"):
        user_files.check_weights(model)


@pytest.mark.parametrize("script", ["train_source", "train_task", "extract_features"])
def test_every_job_that_reads_weights_compares_them_before_and_after(script):
    text = (ROOT / f"workflow_scripts/{script}.py").read_text()
    assert text.count("user_files.check_weights(") == 2


# result files ------------------------------------------------------------------------------------


def plan_in(folder, config, monkeypatch):
    monkeypatch.chdir(folder)
    return Plan(load_study(config))


RUN = "digits--true--linear--fast--from.n64.early"
DATA = "results/tiny/data/digits.h5"
SOURCE = "results/tiny/models/digits--true--linear--n64--early/seeds-0-1.h5"
BLOCK = f"results/tiny/blocks/{RUN}/seeds-0-1/64-128.h5"
CODES = f"results/tiny/codelengths/{RUN}.h5"


def changed(tiny, what):
    other = {
        "training": {"training": tiny["training"] | {"epochs": 6}},
        "learner": {"learners": {"fast": tiny["learners"]["fast"] | {"lr": 0.01}}},
        "data": {"datasets": {"digits": {"kind": "sklearn", "name": "digits", "examples": 1500}}},
        "groups": {"seeds": [[0, 1]], "stream": tiny["stream"] | {"first_block": 16}},
    }
    return tiny | other[what]


@pytest.mark.parametrize(
    ("what", "path"), [("training", SOURCE), ("learner", BLOCK), ("data", DATA), ("groups", BLOCK)]
)
def test_who_reads_a_file_of_other_settings_refuses_it(done, tiny, monkeypatch, what, path):
    if what == "groups":
        path = path.replace("64-128", "0-64")
    plan = plan_in(done.folder, tiny, monkeypatch)
    paths = [
        DATA,
        SOURCE,
        BLOCK,
        BLOCK.replace("64-128", "0-64"),
        CODES,
        "results/tiny/tables/curves.csv",
    ]
    refuse_stale.check_inputs(paths, plan.made(paths))
    other = Plan(load_study(changed(tiny, what)))
    with pytest.raises(
        InputError, match=rf"{path} was made with other settings, data or code"
    ) as caught:
        refuse_stale.check_inputs(paths, other.made(paths))
    assert re.search(rf"rm .*'{path}'", str(caught.value))


def test_who_reads_a_file_of_other_code_refuses_it(done, tiny, monkeypatch):
    plan = plan_in(done.folder, tiny, monkeypatch)
    arrays, about = store.read(BLOCK, "block")
    store.write(BLOCK, "block", arrays, **about | {"code": "0"})
    with pytest.raises(InputError, match=BLOCK):
        refuse_stale.check_inputs([BLOCK], plan.made([BLOCK]))


def test_files_are_known_where_storage_keeps_copies(done, tiny, monkeypatch):
    plan = plan_in(done.folder, tiny, monkeypatch)
    assert (
        plan.made([f".snakemake/storage/s3/bucket/lit/{BLOCK}"]) == plan.made([BLOCK]) != "[null]"
    )


def test_every_job_that_reads_results_compares_them():
    rules = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    bodies = re.findall(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", rules, flags=re.MULTILINE | re.DOTALL)
    readers = [name for name, body in bodies if "    input:" in body and "    script:" in body]
    made = "made=lambda w, input: plan.made(input)"
    comparing = {name for name, body in bodies if made in body}
    derived = {
        "write_tex",
        "write_report",
        "publish",
        "audit",
        *(name for name in readers if name.startswith("plot_")),
    }
    assert comparing == set(readers) - derived


def test_every_job_that_makes_a_file_compares_its_code_and_inputs():
    rules = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    scripts = list((ROOT / "workflow_scripts").glob("*.py"))
    comparing = {path.stem for path in scripts if "\nwith job(snakemake)" in path.read_text()}
    assert {path.stem for path in scripts} - comparing == {"plan", "audit"}
    bodies = re.findall(r"^rule (\w+):\n(.*?)(?=^rule |\Z)", rules, flags=re.MULTILINE | re.DOTALL)
    coded = {name for name, body in bodies if "  code=" in body.partition("    params:")[2]}
    assert coded == comparing


def test_options_with_numbers_for_keys_match_what_is_stored(tiny, tmp_path):
    settings = {"options": {2: "a", 10: "b"}}
    text = json.dumps(settings, sort_keys=True)
    store.write(tmp_path / "a.h5", "block", {"x": np.zeros(1)}, settings=json.loads(text), code="c")
    wanted = refuse_stale.mark({"settings": json.loads(text), "code": "c"})
    refuse_stale.check_inputs([str(tmp_path / "a.h5")], json.dumps([wanted]))


# before anything is planned ----------------------------------------------------------------------


def forget(space):
    shutil.rmtree(space.folder / ".snakemake")


def refused(space, *arguments):
    """The message of a run that is refused, and the command that it gives."""
    out = space.snakemake(*arguments, check=False)
    assert out.returncode != 0
    message = out.stdout.partition("Building DAG of jobs...")[2]
    assert "Traceback" not in message
    return message, re.search(r"^  ((?:rm|xargs) .*)$", message, flags=re.MULTILINE)[1]


def test_results_that_fit_are_believed_without_records_and_tables_made_anew(done):
    """As after a move without .snakemake: no bit is computed again."""
    forget(done)
    planned = done.planned()
    assert {"measure_transfer", "write_report", "write_tex", "plot_figure"} <= set(planned)
    assert not {"prepare_dataset", "train_source", "code_block", "merge_blocks"} & set(planned)
    assert "Nothing to be done" in done.snakemake("--", "codelengths_all").stdout


@pytest.mark.nightly
def test_changed_settings_without_records_are_refused_with_a_command_that_mends(done, tiny):
    """The bits that old settings made do not meet an appended seed's."""
    forget(done)
    done.write(changed(tiny, "learner") | {"seeds": [[0, 1], [2]]})
    message, command = refused(done, "--dry-run")
    assert "5 result file(s) are not what the study asks for now" in message
    assert "was made with other settings or data" in message
    assert "and 2 more" in message
    for target in ("codelengths_all", "report", "publish", CODES, "results/tiny/tables/curves.csv"):
        assert "5 result file(s)" in refused(done, "--dry-run", "--", target)[0], target
    for works in (["--", "plan"], ["--unlock"], ["--lint"]):
        done.snakemake(*works)
    named = done.snakemake("audit", check=False).stdout
    assert named.count("was made with other settings or data") >= 5
    before = set(done.results())
    subprocess.run(command, shell=True, check=True, cwd=done.folder)
    assert len(before) - len(done.results()) == 5
    planned = done.planned()
    assert planned["code_block"] == 5 + 5
    assert planned["merge_blocks"] == 3
    assert planned["train_source"] == 1, "what the learner did not make is kept"


def test_a_seed_appended_without_records_merges_anew_and_keeps_every_block(done, tiny):
    forget(done)
    done.write(tiny | {"seeds": [[0, 1], [2]]})
    planned = done.planned()
    assert {rule: planned[rule] for rule in ("train_source", "code_block", "merge_blocks", "measure_transfer")} == {
        "train_source": 1, "code_block": 5, "merge_blocks": 3, "measure_transfer": 1,
    }  # fmt: skip


def test_results_under_another_study_s_name_are_compared_too(done, tiny):
    """Files do not say which study they are of: where it asks for the same, they serve it; else they are named."""
    shutil.copytree(done.folder / "results/tiny", done.folder / "results/other")
    done.write(changed(tiny, "training") | {"study": "other"})
    message, _ = refused(done, "--dry-run")
    assert (
        "models/digits--true--linear--n64--early/seeds-0-1.h5 was made with other settings"
        in message
    )
    done.write(tiny | {"study": "other"})
    planned = done.planned()
    assert planned["measure_transfer"] == 1, "of the other study's name"
    assert "code_block" not in planned


def test_an_older_copy_that_is_put_back_under_a_newer_record_is_refused(done, tiny):
    """Its records are about the files that were there meanwhile; they show in the time."""
    old = done.folder / "old.h5"
    shutil.copy2(done.folder / SOURCE, old)
    shutil.copy2(done.folder / "results/tiny/tables/curves.csv", done.folder / "old.csv")
    arrays, about = store.read(old, "source")
    store.write(old, "source", arrays, **about | {"code": "another"})
    os.utime(old, (time.time() - 9999, time.time() - 9999))
    shutil.copy2(old, done.folder / SOURCE)
    message, _ = refused(done, "--dry-run")
    assert "was made by other code than is here now" in message


def test_touch_makes_nothing_stale_believed(done, tiny):
    done.write(changed(tiny, "learner"))
    message, _ = refused(done, "--touch")
    assert "With --touch Snakemake would take them for finished" in message
    done.write(tiny)
    forget(done)
    message, command = refused(done, "--touch")
    assert "they hold no settings" in message
    subprocess.run(command, shell=True, check=True, cwd=done.folder)
    assert not list((done.folder / "results/tiny/tables").glob("*.csv"))


@pytest.mark.nightly
def test_refused_removed_and_run_again_it_equals_a_fresh_run(done, tiny, tmp_path):
    """Changed settings, no records, a seed appended: the issue of two wrong numbers in one table."""
    study = changed(tiny, "learner") | {"seeds": [[0, 1], [2]]}
    forget(done)
    done.write(study)
    _, command = refused(done)
    subprocess.run(command, shell=True, check=True, cwd=done.folder)
    done.snakemake()
    (tmp_path / "fresh").mkdir()
    fresh = Workspace(tmp_path / "fresh", done.root)
    fresh.write(study)
    fresh.snakemake()
    for pattern in (
        "**/*.h5",
        "**/tables/*.csv",
        "**/tex/*.tex",
        "**/report/*.html",
        "**/figures/*.png",
    ):
        assert fresh.results(pattern)
        assert untimed(done.results(pattern)) == untimed(fresh.results(pattern))
    assert "0 of" in done.snakemake("audit").stdout
    assert "Nothing to be done" in done.snakemake().stdout


@pytest.mark.nightly
def test_a_job_refuses_a_file_that_was_exchanged_while_others_ran(done, tiny):
    """Between planning and reading: who reads it compares."""
    done.write(tiny | {"seeds": [[0, 1], [2]]})
    other = Workspace(done.folder.parent / "other", done.root)
    other.folder.mkdir()
    other.write(changed(tiny, "learner"))
    other.snakemake("codelengths_all")
    path = done.folder / BLOCK
    process = subprocess.Popen(done.command(), cwd=done.folder, env=done.environment(), stdout=subprocess.PIPE, text=True,
                               stderr=subprocess.STDOUT)  # fmt: skip
    started = process.stdout.readline
    while "rule " not in started():
        pass
    shutil.copy2(other.folder / BLOCK, path)
    out, _ = process.communicate(timeout=300)
    assert process.returncode != 0
    assert f"{BLOCK} was made with other settings, data or code" in out


@pytest.mark.nightly
def test_photos_that_change_places_are_noticed_by_the_run_and_by_audit(workspace, tiny, photos):
    for name in ("cats", "dogs"):
        for i in range(40):
            shutil.copy(photos / f"{name}/{i % 3}.bmp", photos / f"{name}/a{i}.bmp")
    spec = {"digits": {"kind": "imagefolder", "path": str(photos), "size": 8}}
    workspace.write(
        tiny
        | {
            "datasets": spec,
            "stream": {"k": 32, "first_block": 16},
            "arms": [tiny["arms"][0] | {"n": 32}],
        }
    )
    workspace.snakemake()
    assert "Nothing to be done" in workspace.snakemake().stdout
    exchange(photos)
    assert workspace.planned()["prepare_dataset"] == 1
    assert (
        "data/digits.h5 was made with other settings or data"
        in workspace.snakemake("audit", check=False).stdout
    )
    exchange(photos)
    assert "Nothing to be done" in workspace.snakemake().stdout


@pytest.mark.nightly
def test_only_what_is_whole_is_published(done, tiny):
    done.snakemake("publish")
    table = done.folder / "results/tiny/tables/curves.csv"
    about = table.stat()
    text = table.read_text()
    table.write_text(text.replace("linear", "linaer"))
    os.utime(table, ns=(about.st_atime_ns, about.st_mtime_ns))
    shutil.rmtree(done.folder / "results/published")
    out = done.snakemake("publish", check=False)
    assert out.returncode != 0
    assert (
        "not published, since results/tiny/tables/curves.csv is not what code and packages here make"
        in out.stdout
    )
    table.write_text(text)
    done.snakemake("publish")


def test_what_is_not_whole_is_not_published(done, tiny, monkeypatch):
    plan = plan_in(done.folder, tiny, monkeypatch)
    expected = json.loads(plan.expected())
    check_whole(expected)
    Path("results/tiny/tables/curves.csv").write_text("arm\n")
    with pytest.raises(
        InputError, match=r"not published, since results/tiny/tables/curves\.csv is not what"
    ):
        check_whole(expected)
    other = json.loads(Plan(load_study(changed(tiny, "learner"))).expected())
    with pytest.raises(
        InputError,
        match=r"not published, since .* other settings .*\(\d+ more; the target audit names all\)",
    ):
        check_whole(other)


# audit -------------------------------------------------------------------------------------------


def test_audit_reads_users_files_whatever_was_kept_of_them(
    tiny, tmp_path, monkeypatch, rng, settled
):
    """A note of digests that lies, as no run writes it: the run believes it, an audit does not."""
    monkeypatch.chdir(tmp_path)
    Path(".snakemake").mkdir()
    np.savez("mine.npz", x=rng.normal(size=(300, 500)), y=np.arange(300) % 2)
    plan = Plan(load_study(tiny | {"datasets": {"digits": {"kind": "npz", "path": "mine.npz"}}}))
    first = plan.data_settings("digits")
    (note,) = Path(".snakemake/contents").glob("*.json")
    kept = json.loads(note.read_text())
    note.write_text(json.dumps({name: [*entry[:-1], "0" * 16] for name, entry in kept.items()}))
    assert "0" * 16 in Plan(plan.study).data_settings("digits")
    expected = json.loads(Plan(plan.study).expected())
    assert [file["settings"] for file in expected["files"] if file["kind"] == "dataset"] == [
        json.loads(first)
    ]


def test_audit_compares_data_sets_that_are_known_by_name(tiny, tmp_path, monkeypatch):
    """Files under torchvision's root are no part of the settings: a study may be planned before they are there."""
    monkeypatch.chdir(tmp_path)
    raw = tmp_path / "root/MNIST/raw"
    raw.mkdir(parents=True)

    def put(shift):
        for part, count in (("train", 60), ("t10k", 20)):
            images = (np.arange(count * 784) * 7 + shift).astype(np.uint8)
            (raw / f"{part}-images-idx3-ubyte").write_bytes(
                struct.pack(">IIII", 2051, count, 28, 28) + images.tobytes()
            )
            labels = (np.arange(count) % 10).astype(np.uint8)
            (raw / f"{part}-labels-idx1-ubyte").write_bytes(
                struct.pack(">II", 2049, count) + labels.tobytes()
            )

    put(0)
    spec = {"kind": "torchvision", "name": "MNIST", "root": "root"}
    plan = Plan(
        load_study(
            tiny | {"datasets": {"digits": spec}, "arms": [tiny["arms"][0] | {"n": 0, "k": 32}]}
        )
    )
    expected = json.loads(plan.expected())
    data = load_dataset(spec)
    settings = json.loads(plan.data_settings("digits"))
    store.write(
        DATA,
        "dataset",
        {"x": data.x, "y": data.y, "row_hash": np.zeros(60, int)},
        settings=settings,
        classes=10,
    )
    assert list(check_read(expected, set())) == []
    put(1)
    ((path, complaint),) = check_read(expected, set())
    assert path == DATA
    assert "is not what torchvision reads as MNIST now" in complaint
    shutil.rmtree(tmp_path / "root")
    assert list(check_read(expected, set())) == [], (
        "of files that are not here nothing can be said, and none are downloaded"
    )


OWN = {
    "study": "tiny", "seeds": [[0]], "stream": {"k": 2},
    "datasets": {"photos": {"kind": "imagefolder", "path": "photos", "size": 8}, "mine": {"kind": "npz", "path": "mine.npz"},
                 "deep": {"kind": "features", "of": "photos", "model": "own"}},
    "models": {"linear": {"kind": "linear"}, "own": {"kind": "python", "factory": "pkg:build", "weights": "own.pt"}},
    "arms": [{"name": name, "target": name, "model": "linear", "n": 0} for name in ("photos", "mine", "deep")],
}  # fmt: skip
STALE = {
    "a folder of images": (lambda f: exchange(f / "photos"), "data/photos"),
    "an npz file": (lambda f: touch_back(f / "mine.npz", b"2"), "data/mine"),
    "weights": (lambda f: touch_back(f / "own.pt", b"2"), "features/deep"),
    "a package's own file": (
        lambda f: (f / "pkg/__init__.py").write_text("import helper\nbuild = 2\n"),
        "features/deep",
    ),
    "what a factory imports": (lambda f: (f / "helper.py").write_text("N = 2\n"), "features/deep"),
}


@pytest.mark.parametrize("what", STALE)
def test_audit_and_the_next_run_find_whatever_users_files_made(photos, settled, what):
    folder = photos.parent
    (folder / "pkg").mkdir()
    (folder / "pkg/__init__.py").write_text("import helper\nbuild = 1\n")
    (folder / "helper.py").write_text("N = 1\n")
    for name in ("mine.npz", "own.pt"):
        (folder / name).write_bytes(b"1")

    def files():
        study = load_study(OWN)
        wanted = [
            file
            for file in json.loads(Plan(study).expected())["files"]
            if file["kind"] == "dataset"
        ]
        return wanted, list(expected_files(Plan(study), [file["path"] for file in wanted]))

    for file in files()[0]:
        about = {
            "settings": file["settings"],
            "code": file["code"],
            "inputs": store.digests(file["inputs"]),
        }
        x = np.zeros((4, 2), np.float32)
        store.write(
            file["path"],
            "dataset",
            {"x": x, "y": np.arange(4) % 2, "row_hash": np.arange(4)},
            **about,
            classes=2,
        )
    wanted, planned = files()
    assert list(check_files(wanted)) == []
    assert refuse_stale.check_results(planned) == []
    change, named = STALE[what]
    change(folder)
    wanted, planned = files()
    assert {
        path for path, complaint in check_files(wanted) if "other settings or data" in complaint
    } == {f"results/tiny/{named}.h5"}
    with pytest.raises(
        InputError,
        match=rf"1 result file.*\n  results/tiny/{named}\.h5 was made with other settings or data",
    ):
        refuse_stale.check_results(planned)


def test_audit_finds_each_staleness(done, tiny, monkeypatch):
    plan = plan_in(done.folder, tiny, monkeypatch)
    assert audit(json.loads(plan.expected()))[0] == []
    for what, path in (("training", SOURCE), ("learner", BLOCK), ("data", DATA)):
        found = dict(audit(json.loads(Plan(load_study(changed(tiny, what))).expected()))[0])
        assert "was made with other settings or data" in found[path], what


# tidying up --------------------------------------------------------------------------------------


def test_make_clean_leaves_the_records_of_other_studies(tmp_path):
    """A following make computes the quick study again: its results are gone."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for path in (".venv/a", ".snakemake/metadata/a", "results/quick/a", "results/mine/a"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).touch()
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert not (tmp_path / ".venv").exists()
    assert not (tmp_path / "results/quick").exists()
    assert (tmp_path / ".snakemake/metadata/a").exists()
    assert (tmp_path / "results/mine/a").exists()


def test_the_command_about_many_files_is_about_exactly_these(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(".snakemake").mkdir()
    paths = [f"results/a/{i}.h5" for i in range(9)]
    Path("results/a").mkdir(parents=True)
    for path in [*paths, "results/a/kept.h5"]:
        Path(path).touch()
    for some in (paths[:2], paths[2:]):
        subprocess.run(refuse_stale.remove(some), shell=True, check=True)
    assert [path.name for path in Path("results/a").iterdir()] == ["kept.h5"]
