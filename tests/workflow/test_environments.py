"""The places that name versions agree: pyproject.toml, requirements*.txt, envs/*.yaml, containers/Dockerfile, lit/extras.py."""

import re
import tomllib
from importlib import metadata

import pytest
import yaml
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec

from lit.extras import EXTRAS, install

CONDA_NAMES = {"matplotlib-base": "matplotlib", "pytorch-cpu": "torch", "pytorch-gpu": "torch"}


RUN, TEST = "requirements.txt", "requirements-test.txt"


def lines(*names: str) -> list[str]:
    """Pins of lock files, as they are written."""
    read = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    return [line for line in read if line and not line.startswith("#")]


def locked(*names: str) -> dict[str, str]:
    pins = [line.split("==") for line in lines(*(names or (RUN, TEST)))]
    return {canonicalize_name(name): version for name, version in pins}


def project() -> dict[str, Requirement]:
    """What pyproject.toml asks for, to run and to test, by name."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = map(Requirement, table["dependencies"] + table["optional-dependencies"]["test"])
    return {canonicalize_name(requirement.name): requirement for requirement in wanted}


def conda(name: str) -> dict[str, str]:
    """Exact versions that an environment asks for, by the name on PyPI; each spec must be one that conda understands."""
    entries = yaml.safe_load((ROOT / "envs" / f"{name}.yaml").read_text())["dependencies"]
    found = {}
    for entry in entries:
        if isinstance(entry, dict):
            found |= dict(line.split("==") for line in entry["pip"])
        elif entry != "pip":
            spec = MatchSpec(entry, strict=True)
            package = spec.name.normalized
            found[CONDA_NAMES.get(package, package)] = str(spec.version).removesuffix(".*")
    return {canonicalize_name(package): version for package, version in found.items()}


def test_requirements_pin_what_pyproject_asks_for_once_each():
    for package, requirement in project().items():
        assert locked().get(package) is not None, f"{package} is not pinned"
        assert requirement.specifier.contains(locked()[package]), (
            f"{requirement} but {locked()[package]} is pinned"
        )
    assert len(lines(RUN, TEST)) == len(locked()), "a package is pinned twice"


def needed(package: str, extras: frozenset[str], found: dict[str, frozenset[str]]) -> None:
    """Gather what a package depends on here, with that of its extras."""
    if extras <= found.get(package, frozenset()) and package in found:
        return
    found[package] = found.get(package, frozenset()) | extras
    for each in map(Requirement, metadata.requires(package) or []):
        if each.marker is None or any(
            each.marker.evaluate({"extra": extra}) for extra in extras | {""}
        ):
            needed(canonicalize_name(each.name), frozenset(each.extras), found)


def test_the_workflow_installs_what_it_needs_and_no_more():
    """Language models' packages, readers of Parquet and what tests need are not among it."""
    found: dict[str, frozenset[str]] = {}
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for requirement in map(Requirement, table["dependencies"]):
        needed(canonicalize_name(requirement.name), frozenset(requirement.extras), found)
    assert set(locked(RUN)) == set(found)


def test_extras_are_those_of_pyproject():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra, packages in EXTRAS.items():
        assert packages.split() == table["optional-dependencies"][extra]
        assert install(extra) == f"pip install {packages}"


@pytest.mark.parametrize("name", ["cpu", "cuda"])
def test_conda_environments_hold_the_same_pins(name):
    pins = conda(name)
    assert pins.pop("python") == "3.11"
    wanted = {package: version for package, version in locked().items() if package in project()}
    stubs = {
        package for package in wanted if "stubs" in package or package.startswith("types-")
    }  # for mypy alone
    assert pins == {package: version for package, version in wanted.items() if package not in stubs}


def test_the_two_environments_differ_in_torch_alone():
    specs = [
        yaml.safe_load((ROOT / "envs" / f"{name}.yaml").read_text())["dependencies"]
        for name in ("cpu", "cuda")
    ]
    differing = [pair for pair in zip(*specs, strict=True) if pair[0] != pair[1]]
    assert [tuple(spec.split("=")[0] for spec in pair) for pair in differing] == [
        ("pytorch-cpu", "pytorch-gpu")
    ]


def test_the_container_takes_its_packages_from_requirements():
    """And its Python and its plugins from where the tested ones are written down."""
    recipe = (ROOT / "containers" / "Dockerfile").read_text()
    assert re.search(r"^FROM python:3\.11\.\d+-slim-\w+$", recipe, re.MULTILINE), (
        "a base image pinned to the patch release"
    )
    assert "--requirement requirements.txt" in recipe
    slurm = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]["slurm"]
    assert slurm[0] in recipe
    pinned = set(re.findall(r"[\w-]+==[\w.]+", recipe))
    assert {pin.partition("==")[0] for pin in pinned}.isdisjoint(locked()), (
        "a version that requirements.txt has is not repeated"
    )
