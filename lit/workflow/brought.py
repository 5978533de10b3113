"""What a study brings from outside the project, with digests that change when it does."""

import functools
import os
from collections.abc import Mapping
from typing import Any

from lit.files import contents, user_code
from lit.study.entities import Study


class Brought:
    """Users' data files, weights and code.

    Args:
        study: The study.
        trusted: Whether files whose size, times and inode are as before count as unchanged.
    """

    def __init__(self, study: Study, trusted: bool):
        self._study = study
        self._code = functools.cache(user_code.digest)
        # Many jobs share these: a large study asks for them tens of thousands of times.
        self.content = functools.cache(functools.partial(contents.digest, trusted=trusted))
        self.model = functools.cache(self._find_model)

    def with_code(self, part: str, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of an entry of the config; of ``kind: python`` with its code's digest."""
        found = dict(entry)
        if entry["kind"] == "python":
            found["factory_digest"] = self._code(entry["factory"], f"{part}.{name}")
        return found

    def algorithm(self, name: str) -> dict[str, Any]:
        """An algorithm's entry."""
        return self.with_code("algorithms", name, self._study.algorithm(name))

    def _find_model(self, name: str) -> dict[str, Any]:
        """A model's entry, with its weights' digest where they are a file."""
        spec = self.with_code("models", name, self._study.config["models"][name])
        if spec.get("weights") not in (None, "DEFAULT") and os.path.isfile(spec["weights"]):
            spec["weights_digest"] = self.content(spec["weights"])
        return spec
