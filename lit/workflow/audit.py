"""Audit of a results folder: whether every file is what study, code and data make today.

HDF5 files are compared by digests, in the order in which they are made from each other: data,
sources, blocks, code lengths. Tables, LaTeX, figures and report are made again from the code
lengths and compared byte for byte. Files that nothing of the study makes are named.
"""

import contextlib
import json
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lit.analyses import get_analysis, options_of
from lit.analyses.results import read_results
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.figures import get_figure, style
from lit.files import store
from lit.logs import log
from lit.report.latex import latex_numbers, latex_table
from lit.report.page import make_report
from lit.study.outputs import FIGURES
from lit.tables.make import make_tables
from lit.tables.reading import read_table
from lit.workflow.crate import METADATA, file_sha256, listed_files
from lit.workflow.refuse_stale import ExpectedFile, differences
from lit.workflow.run_times import run_times

Complaints = Iterator[tuple[str, str]]
BY_NAME = ("sklearn", "torchvision")  # kinds whose files a study does not name
AGAIN = "run the study's command again"


def audit(expected: Mapping[str, Any]) -> tuple[list[tuple[str, str]], int]:
    """What does not fit, and the number of files that were looked at.

    Args:
        expected: See :meth:`lit.workflow.plan.Plan.expected`.

    Returns:
        (path, complaint with its remedy) for each misfit, and the number of files found or missing.
    """
    root, published = Path(expected["root"]), Path(expected["published"])
    found = [*check_files(expected["files"])]
    found += check_read(expected, {path for path, _ in found})
    needed = {file["path"] for file in expected["files"] if file["kind"] != "block"}
    if needed.isdisjoint(path for path, _ in found):
        found += check_derived(expected)
    else:
        complaint = "and what is drawn from them could not be checked without the files named above"
        found.append((str(root / "tables"), complaint))
    found += check_proofs(expected["proofs"])
    known = {*(file["path"] for file in expected["files"]), *expected["derived"]}
    proofs = {proof[key] for proof in expected["proofs"] for key in ("path", "code_file")}
    found += check_unknown(root, known | proofs | {expected["checked"], expected["origin"]})
    if published.exists():
        found += check_published(published, root, expected["config"], expected["derived"])
        known.update(map(str, _files(published)))
    return found, len(known.union(path for path, _ in found))


def check_whole(expected: Mapping[str, Any]) -> None:
    """Check before publishing that every file is what today's study makes.

    Raises:
        InputError: naming the first that is not.
    """
    found = [*check_files(expected["files"])]
    found = found or [*check_read(expected, set()), *check_derived(expected)]
    if found:
        path, complaint = found[0]
        others = f" ({len(found) - 1} more; the target audit names all)" if found[1:] else ""
        raise InputError(f"not published, since {path} {complaint}{others}")


def check_files(files: Iterable[Mapping[str, Any]]) -> Complaints:
    """Compare each HDF5 file's content with its digest, and what made it with today's study."""
    digests: dict[str, str] = {}  # of the files that are whole
    for file in files:
        path = file["path"]
        if not Path(path).exists():
            yield path, f"is missing; {AGAIN}"
            continue
        try:
            _, attributes = store.read(path, file["kind"])
        except InputError as error:
            yield path, str(error).removeprefix(f"{path} ")
            continue
        digests[path] = store.digest(path)
        for complaint in differences(attributes, ExpectedFile(**file), digests):
            yield path, f"{complaint}; {store.remedy(path)}"


def check_read(expected: Mapping[str, Any], broken: set[str]) -> Complaints:
    """Read the data sets again that are known by name alone, and compare every number.

    Files of one's own are compared by content, see :func:`check_files`.
    """
    for file in expected["files"]:
        settings = file["settings"]
        spec = expected["config"].get("datasets", {}).get(settings.get("dataset"), {})
        if file["kind"] != "dataset" or file["path"] in broken or spec.get("kind") not in BY_NAME:
            continue
        try:
            with _offline():
                data = load_dataset(spec, f"datasets.{settings['dataset']}")
        except InputError as error:
            log.info("%s: not compared with its origin, which is not here: %s", file["path"], error)
            continue
        arrays, _ = store.read(file["path"], "dataset")
        if not (np.array_equal(data.x, arrays["x"]) and np.array_equal(data.y, arrays["y"])):
            complaint = (
                f"is not what {spec['kind']} reads as {spec['name']} now: its files were exchanged,"
                " or another version of a package reads them otherwise; if they are right, "
            )
            yield file["path"], complaint + store.remedy(file["path"])


@contextlib.contextmanager
def _offline() -> Iterator[None]:
    """No host is found: nothing is downloaded to be compared with."""

    def refuse(*about: Any, **more: Any) -> Any:
        raise OSError("audit downloads nothing")

    find, socket.getaddrinfo = socket.getaddrinfo, refuse
    try:
        yield
    finally:
        socket.getaddrinfo = find


def check_derived(expected: Mapping[str, Any]) -> Complaints:
    """Make tables, LaTeX, figures and report again and compare bytes."""
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder)
        remake(expected, again)
        for path in expected["derived"]:
            name = Path(path).relative_to(expected["root"])
            if not Path(path).exists():
                yield path, f"is missing; {AGAIN}"
            elif Path(path).read_bytes() != (again / name).read_bytes():
                complaint = "is not what code and packages here make of the code lengths"
                yield path, f"{complaint}; {store.remedy(path)}"


def remake(expected: Mapping[str, Any], out: Path) -> None:
    """Make tables, and all that is made from them, as the rules do, into the folder ``out``."""
    for folder in ("tables", "tex", "figures", "report"):
        (out / folder).mkdir()
    made = make_tables(expected["tables"], **expected["made_from"])
    for name, analysis in expected["analyses"].items():
        options = analysis["settings"]["options"]
        results = read_results(analysis["settings"], **analysis["made_from"])
        made[name] = get_analysis(options).tabulate(results, options_of(options))
    tables = {name: out / "tables" / f"{name}.csv" for name in made}
    for name, table in made.items():
        table.to_csv(tables[name], index=False)
    figures = {name: out / "figures" / f"{name}.png" for name in expected["figures"]}
    for name, settings in expected["figures"].items():
        table = read_table(tables[FIGURES.get(name, name)])
        table.attrs["subjects"] = settings["subjects"]
        figure = get_figure(settings).draw(table)
        style.save(figure, str(figures[name].with_suffix(".pdf")), str(figures[name]))
    main = read_table(tables["information_transfer"])
    (out / "tex" / "information_transfer.tex").write_text(latex_table(main))
    (out / "tex" / "numbers.tex").write_text(latex_numbers(main))
    own = {name: figures[name] for name in expected["own_figures"]}
    page = make_report(tables, own, expected["config"], run_times(expected["records"]))
    (out / "report" / "index.html").write_text(page, encoding="utf-8")


def check_proofs(proofs: Iterable[Mapping[str, Any]]) -> Complaints:
    """What decoding showed (rule decode_run), and whether it was done with today's files."""
    for expected in proofs:
        path, code = Path(expected["path"]), Path(expected["code_file"])
        if not path.exists():
            if expected["wanted"]:
                yield str(path), f"is missing; {AGAIN}"
            continue
        try:
            proof = json.loads(path.read_bytes())
            text = f"{proof['labels']} labels, {proof['file_bits']} bits sent,"
            text += f" {proof['reported_bits']:.1f} reported"
            holds, wrong = proof["holds"], proof["wrong_labels"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield str(path), f"is not what decode_run writes ({error!r}); {store.remedy(path)}"
            continue
        sha256 = file_sha256(code) if code.exists() else None
        inputs = _digests(expected["inputs"])
        if not holds:
            complaint = f"is no code of the reported length: {text}, {wrong} labels came back wrong"
            yield str(path), complaint
        elif proof.get("sha256") != sha256:
            yield str(path), f"is not about the code file beside it; {store.remedy(path)}"
        elif inputs and inputs != proof.get("inputs"):
            complaint = "was decoded from other files than lie there now"
            yield str(path), f"{complaint}; {store.remedy(path)}"
        else:
            log.info("%s: decoded: %s", path, text)


def _digests(inputs: Mapping[str, list[str]]) -> dict[str, str]:
    """Digests of a job's inputs; none where one cannot be read, which is named elsewhere."""
    try:
        return store.digests(inputs)
    except InputError:
        return {}


def check_unknown(root: Path, known: set[str]) -> Complaints:
    """Name the files that no job of today's study makes; logs and run times are records."""
    for path in _files(root):
        if str(path) in known or path.relative_to(root).parts[0] in ("logs", "benchmarks"):
            continue
        complaint = (
            "belongs to nothing that the study asks for now: keep it if the study had it and shall"
            f" have it again, else  rm '{path}'"
        )
        if path.suffix == ".checkpoint":
            complaint = f"holds a training that was killed; {AGAIN}, which goes on from it"
        elif path.suffix == ".ahead":
            complaint = f"holds features for a job that did not run yet; {AGAIN}, which takes them"
        elif path.name.endswith(".partial"):
            complaint = (
                "was left by a job that was killed while it wrote; if no job runs now:"
                f"  rm '{path}'"
            )
        yield str(path), complaint


def check_published(
    published: Path, root: Path, config: Mapping[str, Any], derived: Iterable[str]
) -> Complaints:
    """Compare a published folder with the results, and with the digests in its RO-Crate."""
    remedy = f"rm -r '{published}' and run the study's command with the target publish"
    for path in map(Path, derived):
        copy = published / path.relative_to(root)
        if not copy.exists():
            yield str(copy), f"is missing; {remedy}"
        elif path.exists() and copy.read_bytes() != path.read_bytes():
            yield str(copy), f"is not equal to {path}; {remedy}"
    study = published / "config.yaml"
    if study.exists() and yaml.safe_load(study.read_text()) != config:
        yield str(study), f"is not the study's config of today; {remedy}"
    try:
        listed = listed_files(published)
    except InputError as error:
        yield str(published), f"{error}; {remedy}"
        return
    there = {path.relative_to(published).as_posix(): path for path in _files(published)}
    for name in sorted({*listed, *there} - {METADATA}):
        copy = published / name
        if name not in listed:
            yield str(copy), f"is not listed in {METADATA}; {remedy}"
        elif name not in there or file_sha256(copy) != listed[name]:
            yield str(copy), f"is missing or differs from its sha256 in {METADATA}; {remedy}"


def _files(folder: Path) -> list[Path]:
    """All files below a folder but Snakemake's marks of its own."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and path.name != ".snakemake_timestamp"
    )
