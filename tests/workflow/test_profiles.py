"""Profiles: what Snakemake would ignore silently, such as a misspelt rule or option, is found here."""

import re

import pytest
import yaml
from conftest import ROOT

PROFILES = {
    path.parent.name: yaml.safe_load(path.read_text())
    for path in sorted(ROOT.glob("profiles/*/profile.yaml"))
}
RULES = dict(
    part.split(":", 1)
    for path in sorted(ROOT.glob("rules/*.smk"))
    for part in re.split(r"^rule ", path.read_text(), flags=re.M)[1:]
)
GPU_RULES = {name for name, body in RULES.items() if re.search(r"^\s+gpu=gpus,", body, re.M)}
ON_CLUSTERS = ("slurm", "slurm-packed")


def test_there_are_the_four_profiles():
    assert set(PROFILES) == {"default", "workstation", *ON_CLUSTERS}


@pytest.mark.parametrize("name", PROFILES)
def test_every_rule_that_a_profile_names_exists(name):
    profile = PROFILES[name]
    named = {*profile.get("set-resources", {}), *profile.get("groups", {})}
    assert named - set(RULES) == set()
    assert set(profile.get("group-components", {})) <= set(profile.get("groups", {}).values())


@pytest.mark.parametrize("name", ON_CLUSTERS)
def test_every_rule_that_uses_a_gpu_is_given_one(name):
    given = PROFILES[name]["set-resources"]
    assert {"code_block", "train_source"} <= GPU_RULES
    assert {rule for rule, asked in given.items() if asked.get("gpu")} == GPU_RULES
    assert {given[rule]["slurm_partition"] for rule in GPU_RULES} == {"gpu"}


def test_what_decides_on_recomputing_is_the_same_everywhere():
    for key in ("rerun-triggers", "rerun-incomplete", "show-failed-logs"):
        assert {str(profile[key]) for profile in PROFILES.values()} == {
            str(PROFILES["default"][key])
        }


def test_packing_is_all_that_sets_the_two_cluster_profiles_apart():
    plain, packed = PROFILES["slurm"], dict(PROFILES["slurm-packed"])
    assert packed["default-resources"].pop("slot") == 1
    extra = {
        key: packed.pop(key)
        for key in ("groups", "group-components", "resources", "set-resource-scopes")
    }
    assert packed == plain
    assert extra["resources"] == ["slot=1"]
    assert extra["set-resource-scopes"] == ["slot=local"], (
        "else the one slot would be the whole run's"
    )


@pytest.mark.parametrize("name", PROFILES)
def test_every_entry_is_an_option_of_snakemakes(name):
    from snakemake.cli import get_argument_parser

    options = {
        option for action in get_argument_parser()._actions for option in action.option_strings
    }
    unknown = [
        key for key in PROFILES[name] if f"--{key}" not in options and not key.startswith("slurm-")
    ]
    assert unknown == []
