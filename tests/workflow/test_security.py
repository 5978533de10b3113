"""Nothing that is read is executed, nothing leaves the results folder, and every string is escaped: attack by attack."""

import base64
import hashlib
import io
import json
import os
import pickle
import tarfile
import zipfile
from html.parser import HTMLParser

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from conftest import ROOT
from fakes import HOSTILE, hostile_report, tables_of
from PIL import Image

from lit.coding import merge
from lit.data.dataset import Form
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.files import result_files, store
from lit.networks.build import build_theta0
from lit.networks.pretrained import build_pretrained
from lit.report import latex
from lit.study import label_transforms
from lit.study.config import load_study
from lit.study.paths import group_name
from lit.study.schema_text import SCHEMA
from lit.tables import reading
from lit.workflow.audit import check_proofs
from lit.workflow.plan import Plan

X, Y = np.arange(24, dtype=np.float32).reshape(6, 4), np.array([0, 1, 2, 0, 1, 2])
PUBLIC = {"size": 32, "channels": "RGB", "mean": [0.5] * 3, "std": [0.5] * 3}


class Bomb:
    """Leaves a mark wherever it is unpickled."""

    def __reduce__(self):
        return (exec, ("import pathlib; pathlib.Path('exploded').touch()",))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder to work in; nothing may have exploded in it at the end."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not (tmp_path / "exploded").exists()


# what is read is not executed ---------------------------------------------------------------------


def test_the_bomb_goes_off_where_it_is_unpickled(folder):
    pickle.loads(pickle.dumps(Bomb()))
    (folder / "exploded").unlink()


@pytest.mark.parametrize("name", ["bomb.npz", "bomb.npy"])
def test_a_pickle_called_npz_is_refused(folder, name):
    (folder / name).write_bytes(pickle.dumps({"x": Bomb(), "y": Bomb()}))
    with pytest.raises(InputError, match=r"pickled objects are never loaded"):
        load_dataset({"kind": "npz", "path": name})


@pytest.mark.parametrize("name", ["bomb.pt", "bomb.safetensors", "bomb.h5"])
def test_weights_that_hold_code_are_refused(folder, name):
    torch.save({"fc.weight": Bomb()}, name)
    spec = {"kind": "torchvision", "name": "resnet18", "weights": name, "input": PUBLIC}
    with pytest.raises(InputError, match="not a plain state dict"):
        build_pretrained(spec, Form((1, 32, 32), 10), 0)


def test_the_librarys_own_weights_are_not_unpickled_freely(folder, monkeypatch):
    """torch.hub believes whatever lies in its cache, and would unpickle it."""
    monkeypatch.setenv("TORCH_HOME", str(folder / "hub"))
    from lit.data.safe_torchvision import import_torchvision

    url = import_torchvision().models.get_model_weights("resnet18").DEFAULT.url
    cached = folder / "hub/hub/checkpoints" / url.rpartition("/")[2]
    cached.parent.mkdir(parents=True)
    torch.save({"fc.weight": Bomb()}, cached)
    with pytest.raises(InputError, match="DEFAULT cannot be loaded"):
        build_pretrained(
            {"kind": "torchvision", "name": "resnet18", "weights": "DEFAULT"},
            Form((1, 32, 32), 10),
            0,
        )


def test_weights_of_nan_are_refused_before_anything_is_trained(folder):
    net = build_theta0({"kind": "torchvision", "name": "resnet18"}, Form((1, 32, 32), 10), 0)
    state = net.net.state_dict()
    state["conv1.weight"][0] = torch.nan
    torch.save(state, "nan.pt")
    spec = {"kind": "torchvision", "name": "resnet18", "weights": "nan.pt", "input": PUBLIC}
    with pytest.raises(InputError, match=r"NaN or infinity in conv1\.weight"):
        build_pretrained(spec, Form((1, 32, 32), 10), 0)


def test_postscript_called_png_is_not_run(folder, monkeypatch):
    """Pillow would give an EPS file to Ghostscript, whatever the file is called."""
    from PIL import EpsImagePlugin

    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    (folder / "gs").write_text("#!/bin/sh\ntouch exploded\n")
    (folder / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    for name in ("cat", "dog"):
        (folder / "images" / name).mkdir(parents=True)
        (folder / "images" / name / "a.png").write_bytes(
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n"
        )
    with pytest.raises(InputError, match=r"a\.png cannot be read as an image"):
        load_dataset({"kind": "imagefolder", "path": "images", "size": 8})
    from lit.data.safe_torchvision import import_torchvision

    import_torchvision()
    with pytest.raises(OSError, match="Ghostscript"):
        EpsImagePlugin.EpsImageFile("images/cat/a.png").load()


@pytest.mark.parametrize("damage", ["truncated", "directory"])
def test_a_damaged_image_is_named(folder, rng, damage):
    for name in ("cat", "dog"):
        (folder / "images" / name).mkdir(parents=True)
        Image.fromarray(rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(
            folder / "images" / name / "a.png"
        )
    bad = folder / "images/dog/a.png"
    content = bad.read_bytes()[:2000]
    bad.unlink()
    bad.write_bytes(content) if damage == "truncated" else bad.mkdir()
    with pytest.raises(InputError, match=r"dog/a\.png cannot be read"):
        load_dataset({"kind": "imagefolder", "path": "images", "size": 8})


def test_data_sets_that_torchvision_unpickles_unchecked_are_refused():
    with pytest.raises(InputError, match="unpickles"):
        load_dataset({"kind": "torchvision", "name": "LSUN"})


def test_a_cifar_pickle_of_another_checksum_is_not_opened(folder):
    """CIFAR comes as pickles: torchvision opens those alone whose MD5 is the published one."""
    batches = folder / "cifar-10-batches-py"
    batches.mkdir()
    for name in [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch", "batches.meta"]:
        (batches / name).write_bytes(pickle.dumps(Bomb()))
    from torchvision.datasets import CIFAR10

    with pytest.raises(RuntimeError, match="not found or corrupted"):
        CIFAR10(".", download=False)


def test_members_of_archives_do_not_escape(folder):
    from lit.data.safe_torchvision import import_torchvision

    extract = import_torchvision().datasets.utils.extract_archive
    (folder / "in").mkdir()
    for name in ("../escaped", "/tmp/lit-escaped", "link/escaped"):
        with tarfile.open("a.tar", "w") as tar:
            if name.startswith("link"):
                link = tarfile.TarInfo("link")
                link.type, link.linkname = tarfile.SYMTYPE, ".."
                tar.addfile(link)
            member = tarfile.TarInfo(name)
            member.size = 1
            tar.addfile(member, io.BytesIO(b"x"))
        if not name.startswith("/"):  # of an absolute name, the leading slash is dropped
            with pytest.raises(tarfile.FilterError):
                extract("a.tar", "in")
        with zipfile.ZipFile("a.zip", "w") as archive:
            archive.writestr(name, "x")
        extract("a.zip", "in")
    assert not (folder / "escaped").exists()
    assert not os.path.exists("/tmp/lit-escaped")


def test_a_config_that_asks_for_python_objects_is_refused(workspace):
    text = "study: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['exploded']]\n"
    (workspace.folder / "study.yaml").write_text(text)
    out = workspace.snakemake("-n", check=False)
    assert out.returncode != 0
    assert not (workspace.folder / "exploded").exists()


def test_python_is_the_one_kind_that_runs_a_users_code_and_says_so():
    schema = yaml.safe_load(SCHEMA.read_text())
    assert "SECURITY" in schema["$defs"]["model_python"]["properties"]["factory"]["description"]
    assert "SECURITY" in schema["$defs"]["algorithm_python"]["properties"]["factory"]["description"]
    assert str(schema).count("SECURITY") == 5
    assert "## Security" in (ROOT / "config/README.md").read_text()


def test_a_study_is_checked_without_running_it(folder, tiny, capsys):
    """Snakemake runs what a YAML file with __use_yte__ holds; the check refuses the key, and names factories."""
    from lit import __main__ as config

    (folder / "yte.yaml").write_text("__use_yte__: true\nstudy: ?open('exploded', 'w')\n")
    (folder / "object.yaml").write_text("study: !!python/object/apply:os.mkdir ['exploded']\n")
    for name, message in (
        ("yte.yaml", "unknown key '__use_yte__'"),
        ("object.yaml", "python/object"),
        ("none.yaml", "No such file"),
    ):
        with pytest.raises(SystemExit, match=message):
            config.main(["check", name])
    tiny["models"]["own"] = {"kind": "python", "factory": "my_module:build"}
    (folder / "own.yaml").write_text(yaml.safe_dump(tiny))
    config.main(["check", "--file-only", "own.yaml"])
    assert "models.own runs code: my_module:build" in capsys.readouterr().out


# HDF5 ---------------------------------------------------------------------------------------------


def link_soft(file):
    file["x"] = h5py.SoftLink("/y")


def link_external(file):
    file["x"] = h5py.ExternalLink("other.h5", "/x")


def link_group(file):
    file["g"] = h5py.ExternalLink("other.h5", "/")
    return "g/x"


def link_virtual(file):
    layout = h5py.VirtualLayout(shape=X.shape, dtype=X.dtype)
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=X.shape)
    file.create_virtual_dataset("x", layout)


def link_storage(file):
    file.create_dataset("x", shape=X.shape, dtype=X.dtype, external=[("raw.bin", 0, X.nbytes)])


@pytest.mark.parametrize("link", [link_soft, link_external, link_group, link_virtual, link_storage])
def test_hdf5_that_reaches_outside_its_file_is_refused(folder, link):
    with h5py.File("other.h5", "w") as file:
        file["x"] = X
    X.tofile("raw.bin")
    with h5py.File("mine.h5", "w") as file:
        file["y"] = Y
        key = link(file) or "x"
    with pytest.raises(InputError, match=r"copy the data into the file itself"):
        load_dataset({"kind": "hdf5", "path": "mine.h5", "x": key})
    store.write("result.h5", "numbers", {"y": Y})
    with h5py.File("result.h5", "r+") as file:
        link(file)
    with pytest.raises(InputError, match=r"result\.h5 is not a readable result file.*rm '"):
        store.read("result.h5", "numbers")


@pytest.mark.parametrize("trick", ["loop", "bomb", "claim"])
def test_a_result_file_that_would_not_end_is_refused(folder, trick):
    store.write("result.h5", "numbers", {"y": Y})
    with h5py.File("result.h5", "r+") as file:
        here = file
        for i in range(30 if trick == "bomb" else 1):
            after = here.create_group(f"g{i}")
            if trick == "bomb":
                here["again"] = after
            here = after
        if trick == "loop":
            here["again"] = here
        if trick == "claim":
            file.create_dataset("x", shape=(10**9,), dtype="f8", chunks=(10**6,))
    with pytest.raises(InputError, match=r"linked more than once|claims"):
        store.read("result.h5", "numbers")


# paths and names ----------------------------------------------------------------------------------

UGLY = [
    "../x",
    "/abs",
    "a/b",
    "..",
    ".hidden",
    "-n",
    "a--b",
    "a b",
    "a\n",
    "a\x00b",
    "{run}",
    "a;rm",
    "$(id)",
    "'",
    '"',
    "<b>",
    "",
    "é",
]


@pytest.mark.parametrize("name", [*UGLY, "x" * 101])
@pytest.mark.parametrize("where", ["study", "datasets", "models", "learners", "arms"])
def test_names_that_do_not_belong_into_a_path_are_refused(tiny, where, name):
    if where == "study":
        tiny["study"] = name
    elif where == "arms":
        tiny["arms"][0]["name"] = name
    else:
        tiny[where][name] = next(iter(tiny[where].values()))
    with pytest.raises(InputError, match=r"study|datasets|models|learners|arms"):
        load_study(tiny)


def test_names_that_differ_in_case_alone_are_refused(tiny):
    tiny["datasets"]["Digits"] = tiny["datasets"]["digits"]
    with pytest.raises(InputError, match="but for upper case, two are named 'digits'"):
        load_study(tiny)
    with pytest.raises(InputError, match="choose another name"):
        load_study(tiny | {"study": "Published"})


def test_label_transforms_that_differ_have_names_that_differ():
    shares = [0, 0.5, 1e-7, 0.1234567, 0.12345678, 0.12345679, 1]
    assert len({label_transforms.name({"random": share}) for share in shares}) == len(shares)
    assert label_transforms.name({"constant": 10**6}) != label_transforms.name(
        {"constant": 10**6 + 1}
    )
    assert (
        label_transforms.name({"random": -0.0})
        == label_transforms.name({"random": 0.0})
        == "random-0"
    )
    assert label_transforms.name({"random": 1.0}) == "random-1", "as in results that there are"


def test_a_name_that_ends_in_a_hyphen_keeps_its_labels_apart(tiny):
    tiny["datasets"] = {"a-": tiny["datasets"]["digits"]}
    tiny["arms"][0]["target"] = "a-"
    runs = json.loads(Plan(load_study(tiny)).table_settings())["runs"]
    assert {run["labels"] for run in runs.values()} == {"true"}


def test_file_names_that_no_file_system_takes_are_refused(tiny):
    tiny["seeds"] = [list(range(0, 200, 2))]
    with pytest.raises(InputError, match="choose shorter names, or groups of consecutive seeds"):
        load_study(tiny)


def test_seeds_far_apart_are_not_counted_through():
    assert group_name([0, 2**31 - 1]) == "0+2147483647"
    assert group_name([3, 4, 5]) == "3-5"


@pytest.mark.nightly
def test_braces_in_a_config_are_no_wildcards(workspace, tiny):
    tiny["datasets"]["other"] = {"kind": "npz", "path": "{run} {study}.npz"}
    workspace.write(tiny)
    assert workspace.planned()["write_report"] == 1
    assert "report" in workspace.snakemake("-n", "publish").stdout


# what a user is told ------------------------------------------------------------------------------


def cycle(config):
    config["seeds"] = [0]
    config["seeds"].append(config["seeds"])
    return config


def bomb(config):
    config["seeds"] = [0]
    for _ in range(15):
        config["seeds"] = [config["seeds"]] * 9
    return config


WORST = {
    "a billion jobs": (
        lambda t: t | {"stream": {"k": 10**9, "growth": 1.0000001, "head": 0}},
        "more than 200,000 blocks",
    ),
    "a billion blocks in one job": (
        lambda t: t | {"stream": {"k": 10**9, "growth": 1.0000001, "head": 10**9}},
        "200,000 blocks",
    ),
    "NaN": (lambda t: t | {"training": {"lr": float("nan")}}, "training.lr: found nan"),
    "infinity": (
        lambda t: t | {"stream": {"k": 128, "growth": float("inf")}},
        "stream.growth: found inf",
    ),
    "a number beyond all measure": (
        lambda t: t | {"stream": {"k": 10**400}},
        "stream.k: found 1000",
    ),
    "growth beyond all measure": (
        lambda t: t | {"stream": {"k": 128, "growth": 1e308}},
        "stream.growth",
    ),
    "a config that holds itself": (cycle, "20 levels"),
    "a list of lists of lists": (bomb, "20 levels or 50,000 values"),
    "a date": (
        lambda t: (
            t
            | {
                "datasets": {
                    "digits": {"kind": "torchvision", "name": "MNIST", "options": {"a": DATE}}
                }
            }
        ),
        "of type date",
    ),
    "a key that is no text": (
        lambda t: (
            t | {"datasets": {"digits": {"kind": "torchvision", "name": "M", "options": {1: 2}}}}
        ),
        "key 1 is no",
    ),
    "a control character": (
        lambda t: t | {"datasets": {"digits": {"kind": "npz", "path": "\x1b[2J"}}},
        "control characters",
    ),
    "a path that is too long": (
        lambda t: t | {"datasets": {"digits": {"kind": "npz", "path": "x" * 5000}}},
        "a text of 5000 characters",
    ),
    "a device instead of a file": (
        lambda t: t | {"datasets": {"digits": {"kind": "npz", "path": "/dev/zero"}}},
        "/dev/zero is no file",
    ),
    "a folder instead of a file": (
        lambda t: t | {"datasets": {"digits": {"kind": "hdf5", "path": "/"}}},
        "/ is no file",
    ),
    "a network beyond all memory": (
        lambda t: t | {"models": {"linear": {"kind": "mlp", "hidden": [10**6] * 3}}},
        "cannot be built",
    ),
}
DATE = yaml.safe_load("2020-01-01")
AT_ONCE = [
    case
    for case, (_, message) in WORST.items()
    if message not in ("does not exist", "cannot be built") and "is no file" not in message
]


@pytest.mark.parametrize("case", AT_ONCE)
def test_the_worst_configs_are_refused_at_once(tiny, case):
    change, message = WORST[case]
    with pytest.raises(InputError) as error:
        load_study(change(tiny))
    assert message in str(error.value)
    assert len(str(error.value)) < 1000


LINES = [
    "NaN",
    "a billion jobs",
    "a config that holds itself",
    "a date",
    "a device instead of a file",
    "a network beyond all memory",
]


IN_A_FILE = {
    "a date": "as a date; write '2020-01-01' in quotes"
}  # messages about what is written there


@pytest.mark.parametrize(
    "case", [LINES[0], *(pytest.param(case, marks=pytest.mark.nightly) for case in LINES[1:])]
)
def test_the_command_line_shows_one_message_and_no_traceback(workspace, tiny, case):
    change, message = WORST[case]
    workspace.write(change(tiny))
    arguments = ("-n",) if case in AT_ONCE else ()
    out = workspace.snakemake(*arguments, check=False)
    assert out.returncode != 0
    assert IN_A_FILE.get(case, message) in out.stdout, out.stdout[-3000:]
    assert "Traceback" not in out.stdout


@pytest.mark.parametrize("value", ["[1]", "{a: 1}", "3"])
def test_a_decode_that_names_no_run_is_refused(tiny, value):
    with pytest.raises(InputError, match="no run is named"):
        Plan(load_study(tiny)).codes.decoded_runs(yaml.safe_load(value))


def test_proofs_that_are_none_are_complaints(folder):
    for text in ("", "[]", "{}", "\xff"):
        (folder / "proof.json").write_text(text)
        proof = {"path": "proof.json", "code_file": "proof.code", "inputs": {}, "wanted": True}
        assert "is not what decode_run writes" in dict(check_proofs([proof]))["proof.json"]


# nonsense with a right digest ---------------------------------------------------------------------


def good_block():
    arrays = {
        "index": np.arange(8).reshape(2, 4),
        "label": np.zeros((2, 4), dtype=int),
        "bits/start": np.ones((2, 4)),
        "bits/model": np.ones((2, 4)),
    }
    return arrays | {"blocks": np.array([[0, 4]]), "classes": np.array(3), "flops": np.ones(2)}


NONSENSE = {
    "NaN bits": ("bits/model", np.full((2, 4), np.nan), "not finite"),
    "negative bits": ("bits/model", np.full((2, 4), -1.0), "nothing negative"),
    "other shape": ("bits/model", np.ones((2, 5)), "has shape"),
    "other seeds": ("flops", np.ones(3), "has shape"),
    "a label that is no class": ("label", np.full((2, 4), 3), "none of 3 classes"),
    "labels that are no integers": ("label", np.zeros((2, 4)), "integers"),
    "blocks with a gap": ("blocks", np.array([[0, 2], [3, 4]]), "do not follow"),
    "blocks of another length": ("blocks", np.array([[0, 5]]), "are not the 4 examples"),
}


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_in_a_block_is_refused(folder, case):
    name, array, message = NONSENSE[case]
    assert result_files.complaint("block", good_block()) == ""
    store.write("0-4.h5", "block", good_block() | {name: array}, settings={})
    with pytest.raises(InputError, match=rf"0-4\.h5.*{message}.*rm '"):
        store.read("0-4.h5", "block")


def test_a_block_file_in_anothers_place_is_refused(folder):
    for run in ("a", "b"):
        store.write(f"{run}.h5", "block", good_block(), settings={"run": run, "seeds": [0, 1]})
    (files,) = [store.read_blocks(["a.h5"], "a", [0, 1], 4)]
    assert merge.merge_spans([files[0][0]])["bits/model"].shape == (2, 4)
    for wrong in (("b", [0, 1], 4), ("a", [0, 2], 4), ("a", [0, 1], 8)):
        with pytest.raises(InputError, match=r"a\.h5.*rm '"):
            store.read_blocks(["a.h5"], *wrong)


# reports ------------------------------------------------------------------------------------------

ELEMENTS = (
    "html head meta title style body header h1 h2 h3 p ul li details summary nav a main section div"
    " table thead tbody tr th td b form button label input select option noscript figure figcaption"
    " img code pre footer script br"
)


class Reader(HTMLParser):
    """Elements of a page, and what its scripts are."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def test_the_report_escapes_every_string(folder, tiny):
    written = hostile_report(folder, tiny)
    found = Reader(written)
    assert written.count("&lt;script&gt;") > 15
    assert "{{ 7 * 7 }}" in written
    data, *ours = found.scripts
    assert json.loads(data)["study-1"]["columns"]["arm"][0] == HOSTILE
    assert not set("<>&") & set(data)
    (policy,) = [a["content"] for _, a in found.elements if a.get("http-equiv")]
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in ours]
    assert policy.count("sha256-") == len(hashes) == 3
    assert all(f"'sha256-{one}'" in policy for one in hashes)
    assert not any("alert(" in text and HOSTILE in text for text in ours)
    for tag, attributes in found.elements:
        assert tag in ELEMENTS.split()
        assert not any(name.startswith("on") for name in attributes)
        assert all(
            attributes[name][:1] == "#" or attributes[name][:5] == "data:"
            for name in {"href", "src"} & set(attributes)
        )


def test_latex_escapes_every_string(folder):
    text = latex.latex_table(
        tables_of(r"a_b & 50% $x$ #1 {\input{/etc/passwd}} ~^")["information_transfer"]
    )
    body = text[text.index("midrule") :]
    assert r"a\_b \& 50\% \$x\$ \#1 \{\textbackslash{}input\{/etc/passwd\}\}" in body
    assert r"\input" not in text.replace("textbackslash{}input", "")


@pytest.mark.parametrize("name", ["NA", "nan", "null", "None", "01", "1e5", "true"])
def test_names_that_look_like_no_text_stay_text(folder, name):
    pd.DataFrame([{"arm": name, "model": name, "n": 64, "l_it_bits": np.nan}]).to_csv(
        "t.csv", index=False
    )
    table = reading.read_table("t.csv")
    assert table["arm"][0] == table["model"][0] == name
    assert np.isnan(table["l_it_bits"][0])


def test_a_file_that_may_not_be_read_is_named(folder, tiny):
    (folder / "mine.npz").write_bytes(b"x")
    (folder / "mine.npz").chmod(0)
    if os.access("mine.npz", os.R_OK):
        pytest.skip("this user may read everything")
    tiny["datasets"]["digits"] = {"kind": "npz", "path": "mine.npz"}
    with pytest.raises(InputError, match=r"mine\.npz cannot be read"):
        Plan(load_study(tiny)).check_settings()


EMPTY = {
    "no rows": (X[:0], Y[:0]),
    "no columns": (X[:, :0], Y),
    "x is a number": (np.array(3.0), Y),
    "y is a number": (X, np.array(1)),
}


@pytest.mark.parametrize("case", EMPTY)
def test_arrays_without_numbers_are_refused(folder, case):
    x, y = EMPTY[case]
    np.savez("a.npz", x=x, y=y)
    with pytest.raises(InputError, match="shape"):
        load_dataset({"kind": "npz", "path": "a.npz"})


def test_a_damaged_npz_is_named(folder, rng):
    np.savez_compressed("a.npz", x=rng.random((500, 4)), y=np.arange(500) % 2)
    content = bytearray((folder / "a.npz").read_bytes())
    content[1000:1100] = bytes(100)
    (folder / "a.npz").write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"a\.npz is not an npz file"):
        load_dataset({"kind": "npz", "path": "a.npz"})
