"""Jobs that make data sets: read from files, views of others, or features."""

import os
from collections.abc import Iterator
from typing import Any

from lit.files.provenance import as_stored
from lit.study.entities import taken_from
from lit.study.kinds import own_file
from lit.workflow.job_code import job_code
from lit.workflow.shared import Job, Shared

RULES = {"features": "extract_features", "view": "view_dataset"}  # others: prepare_dataset


class DataJobs:
    """What the rules of data ask, by the name of a data set."""

    def __init__(self, shared: Shared):
        self._study = shared.study
        self._paths = shared.paths
        self._shared = shared

    def file(self, name: str) -> str:
        paths = self._paths
        by_kind = {"features": paths.features, "view": paths.view}
        return by_kind.get(self._kind(name), paths.dataset)(name)

    def rule(self, name: str) -> str:
        return RULES.get(self._kind(name), "prepare_dataset")

    def code(self, name: str) -> str:
        return job_code(self.rule(name), {"spec": self._study.datasets[name]})

    def settings(self, name: str) -> dict[str, Any]:
        """Where data come from a user's file, with its content's digest."""
        spec = self._shared.with_code("datasets", name, self._study.datasets[name])
        if spec["kind"] == "features":
            model = self._shared.model(spec["model"])
            settings = {"of": spec["of"], "model": model, "taken": taken_from(spec)}
            return as_stored(settings | {"dataset": name, "seed": self._study.seeds[0]})
        spec.pop("root", None)  # where the same files lie does not matter
        path, tokenizer = own_file(spec), spec.get("tokenizer", "")
        settings = {"dataset": name, "spec": spec}
        settings["content"] = self._shared.content(path) if path else None
        if os.path.exists(tokenizer):
            settings["tokenizer"] = self._shared.content(tokenizer)
        return as_stored(settings)

    def inputs(self, name: str) -> dict[str, list[str]]:
        spec = self._study.datasets[name]
        return {"data": [self.file(spec["of"])]} if "of" in spec else {}

    def together(self, name: str) -> dict[str, dict[str, Any]]:
        """What features take from their backbone, and all others that one pass makes with them:
        those that the study uses of the same data and backbone, other layers or pooled otherwise.
        """
        specs = self._study.datasets
        alike = {
            other: {"trained": True, "precision": "float32", **specs[other]}
            | {"layer": None, "pooling": None}
            for other in dict.fromkeys([name, *self.used()])
        }
        return {other: taken_from(specs[other]) for other in alike if alike[other] == alike[name]}

    def shown_in(self, name: str) -> str:
        """The data set whose examples a data set shows: another's for a view or features."""
        return self._study.datasets[name].get("of", name)

    def used(self) -> list[str]:
        """Data sets that a study uses, and those that its features and views are made from."""
        specs = self._study.datasets
        used = list(dict.fromkeys(name for name, _ in self._study.pairs()))
        origins = [specs[name]["of"] for name in used if "of" in specs[name]]
        return list(dict.fromkeys([*used, *origins]))

    def files(self) -> list[str]:
        return [self.file(name) for name in self.used()]

    def jobs(self, name: str) -> Iterator[Job]:
        yield self.rule(name), name, self.file(name)

    def _kind(self, name: str) -> str:
        return str(self._study.datasets[name]["kind"])
