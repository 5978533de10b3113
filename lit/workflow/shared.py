"""What all jobs of a study share: paths, seed groups, and digests of users' data and code."""

import functools
from collections.abc import Mapping
from typing import Any

from lit.files import user_code, user_files
from lit.study.entities import Study
from lit.study.paths import Paths, group_name

Job = tuple[str, str, str]  # rule, name, and the file that it makes


class Shared:
    """What is worked out once for all jobs.

    Args:
        study: The study.
        trusted: Whether files whose size, times and inode are as before count as unchanged.

    Attributes:
        groups: Seed groups by the name that they have in paths; each is a job of its own.
    """

    def __init__(self, study: Study, trusted: bool):
        self.study = study
        self.paths = Paths(study.name)
        self.groups = {group_name(group): group for group in study.groups}
        self._code = functools.cache(user_code.digest)
        # Many jobs share these: a large study asks for them tens of thousands of times.
        self.content = functools.cache(functools.partial(user_files.digest, trusted=trusted))
        self.model = functools.cache(self._find_model)

    def with_code(self, part: str, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of an entry of the config; of ``kind: python`` with its code's digest."""
        if entry["kind"] != "python":
            return dict(entry)
        return {**entry, "factory_digest": self._code(entry["factory"], f"{part}.{name}")}

    def learner(self, name: str) -> dict[str, Any]:
        return self.with_code("learners", name, self.study.learner(name))

    def algorithm(self, name: str) -> dict[str, Any]:
        return self.with_code("algorithms", name, self.study.algorithm(name))

    def _find_model(self, name: str) -> dict[str, Any]:
        """A model's entry, with the digest of its file or folder, if that is the user's own."""
        spec = self.with_code("models", name, self.study.config["models"][name])
        if path := user_files.weights_of(spec):
            spec["weights_digest"] = self.content(path)
        return spec
