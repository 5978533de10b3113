"""What a study brings from outside the project, with digests that change when it does."""

import functools
import os
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

    def _find_model(self, name: str) -> dict[str, Any]:
        """A model's entry, with digests of its weights and of its factory's code."""
        spec = dict(self._study.config["models"][name])
        if spec.get("weights") not in (None, "DEFAULT") and os.path.isfile(spec["weights"]):
            spec["weights_digest"] = self.content(spec["weights"])
        if spec["kind"] == "python":
            spec["factory_digest"] = self._code(spec["factory"], f"models.{name}")
        return spec

    def algorithm(self, name: str) -> dict[str, Any]:
        """An algorithm's entry, with the digest of its factory's code."""
        spec = self._study.algorithm(name)
        if spec["kind"] == "python":
            spec["factory_digest"] = self._code(spec["factory"], f"algorithms.{name}")
        return spec
