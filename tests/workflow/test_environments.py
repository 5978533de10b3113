"""The four places that name versions agree: pyproject.toml, requirements.txt, envs/*.yaml and containers/Dockerfile."""

import re
import tomllib

import pytest
import yaml
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import MatchSpec

CONDA_NAMES = {"matplotlib-base": "matplotlib", "pytorch-cpu": "torch", "pytorch-gpu": "torch"}


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
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
        assert locked().get(package) is not None, f"{package} is not in requirements.txt"
        assert requirement.specifier.contains(locked()[package]), (
            f"{requirement} but requirements.txt has {locked()[package]}"
        )
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    assert len(lines) == len(locked()), "a package is pinned twice"


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
