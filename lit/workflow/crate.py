"""A published folder as an RO-Crate: what every file is, its digest, and what made it.

Written by the package rocrate, by the profile Process Run Crate 0.5. Equal folders give equal
crates: nothing in them comes from the clock.
"""

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from lit.errors import InputError

METADATA = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
TERMS = "https://w3id.org/ro/terms/workflow-run/context"  # brings the term sha256
TYPES = {".md": "text/markdown", ".tex": "text/x-tex", ".yaml": "application/yaml"}
ABOUT = {
    "README.md": "What was run, on what, and how long it took",
    "config.yaml": "The study: the one file that decides what is computed",
    "run_times.csv": "Jobs, seconds by the clock and of computing, and largest memory by rule",
    "tables/information_transfer.csv": "Information Transfer in bits, one row an arm and n",
    "tables/information_transfer_by_seed.csv": "Information Transfer in bits, one row an arm, n"
    " and seed",
    "tables/code_lengths.csv": "Code lengths in bits, one row a run and seed",
    "tables/curves.csv": "Bits per label along the stream, one row an arm, n, seed and block",
    "tables/datasets.csv": "Data sets: sizes, classes, how inputs were scaled, what was converted,"
    " one row a data set",
    "tables/provenance.csv": "Digests of content, settings, code and inputs, versions and devices,"
    " one row a result file",
    "tex/information_transfer.tex": "The main table as LaTeX (booktabs)",
    "tex/numbers.tex": "A LaTeX macro for each number of the main table",
    "report/index.html": "Tables, figures, controls, settings and provenance on one page",
}


def write_crate(
    folder: Path,
    study: str,
    citation: Path,
    versions: Mapping[str, str],
    date: str,
    captions: Mapping[str, str],
):
    """Write ``ro-crate-metadata.json`` about all files below ``folder``.

    Args:
        folder: The published folder; the config is its ``config.yaml``.
        study: Its name.
        citation: ``CITATION.cff`` of this software, for title, version, licence and authors.
        versions: Versions of what computed, by package.
        date: Of the newest result, as ``YYYY-MM-DD``.
        captions: Of the figures, by name.
    """
    cff = yaml.safe_load(citation.read_text(encoding="utf-8"))
    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(TERMS)

    def add(identifier: str, kind: str, name: str, **about: Any) -> ContextEntity:
        about = {"@type": kind, "name": name} | about
        return crate.add(ContextEntity(crate, identifier, properties=about))

    licence = f"https://spdx.org/licenses/{cff['license']}"
    add(licence, "CreativeWork", cff["license"], url=licence)
    authors = [add(*_author(author)) for author in cff["authors"]]
    root = crate.root_dataset
    root["conformsTo"] = add(PROFILE, "CreativeWork", "Process Run Crate", version="0.5")
    root["name"] = f"Information Transfer: {study}"
    root["description"] = (
        f"Tables, figures and report of the study {study!r}. {' '.join(cff['abstract'].split())}"
    )
    root["datePublished"], root["license"], root["author"] = date, {"@id": licence}, authors
    files = {
        name: crate.add_file(folder / name, name, properties=_file(folder, name, captions))
        for name in _names(folder)
    }
    root["mainEntity"] = files["config.yaml"]
    software = "SoftwareApplication"
    tool = add("#lit", software, cff["title"], softwareVersion=cff["version"])
    tool["softwareRequirements"] = [
        add(f"#{name}", software, name, softwareVersion=version)
        for name, version in versions.items()
    ]
    tool["license"], tool["author"] = {"@id": licence}, authors
    title = f"Run of the study {study!r}"
    run = add("#run", "CreateAction", title, description="snakemake -- publish")
    run["instrument"], run["object"], run["agent"] = tool, [files["config.yaml"]], authors
    run["result"] = [file for name, file in files.items() if name != "config.yaml"]
    root["mentions"] = [run]
    crate.metadata.write(folder)


def made_with(folder: Path) -> dict[str, str]:
    """Versions of what computed a published folder, by package, as its crate has them."""
    crate = ROCrate(folder)
    needed = crate.get("#lit")["softwareRequirements"]
    return {entity["name"]: entity["softwareVersion"] for entity in needed}


def describe_anew(folder: Path, name: str) -> None:
    """Bring a file's size and digest in its folder's crate up to date; all else stays."""
    path = folder / METADATA
    crate = json.loads(path.read_text(encoding="utf-8"))
    (entity,) = [one for one in crate["@graph"] if one["@id"] == name]
    entity |= {key: _file(folder, name, {})[key] for key in ("contentSize", "sha256")}
    text = json.dumps(crate, indent=4, sort_keys=True, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")


def listed_files(folder: Path) -> dict[str, str]:
    """sha256 of every file that the folder's crate lists, by path.

    Raises:
        InputError: no crate, or one that cannot be read.
    """
    try:
        files = ROCrate(folder).get_by_type("File")
        return {file.id: file["sha256"] for file in files if file.id != METADATA}
    except Exception as error:  # whatever json, the file system or the package's checks raise
        raise InputError(f"its {METADATA} is missing or cannot be read ({error})") from error


def file_sha256(path: Path) -> str:
    """sha256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _names(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return sorted({path.relative_to(folder).as_posix() for path in paths} - {METADATA})


def _file(folder: Path, name: str, captions: Mapping[str, str]) -> dict[str, Any]:
    path = folder / name
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(name)[0]
    return {
        "name": name,
        "description": ABOUT.get(name) or captions.get(path.stem, name),
        "contentSize": str(path.stat().st_size),
        "encodingFormat": kind or "application/octet-stream",
        "sha256": file_sha256(path),
    }


def _author(author: Mapping[str, str]) -> tuple[str, str, str]:
    """Identifier, kind and name of an author."""
    if "family-names" in author:
        kind = "Person"
        name = f"{author.get('given-names', '')} {author['family-names']}".strip()
    else:
        kind, name = "Organization", author["name"]
    return author.get("orcid", f"#{name.replace(' ', '-')}"), kind, name
