"""Where a study's config comes from: its files, and what the command line changes in them."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from lit.errors import InputError
from lit.study.config_text import ConfigText, read_config
from lit.study.misread import typed

COMMAND = "--config"  # of the command line, or of a profile, which Snakemake treats alike


@dataclass(frozen=True)
class Origin:
    """Files and overrides that a config was put together from; as text, all of them."""

    texts: list[ConfigText]  # later ones over earlier ones
    overrides: Mapping[str, Any] = field(default_factory=dict)  # as Snakemake hands --config over

    @staticmethod
    def read(files: Iterable[str | Path], overrides: Mapping[str, Any]) -> "Origin":
        """Read a config's files once more, and refuse what Snakemake took otherwise than it looks.

        Raises:
            InputError: see :func:`lit.study.config_text.read_config`.
        """
        return Origin([read_config(path)[1] for path in files], overrides)

    def __str__(self) -> str:
        parts = [text.name for text in self.texts]
        if self.overrides:
            parts.append(f"{COMMAND} {' '.join(self.overrides)}")
        return " + ".join(parts) or "config"

    def apply(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The config with the numbers within lists and mappings of ``--config``.

        Raises:
            InputError: see :func:`lit.study.misread.typed`.
        """
        inner = {
            key: typed(value, key)
            for key, value in self.overrides.items()
            if key in config and not isinstance(value, str)
        }
        return _merged(config, inner)

    def at(self, path: Iterable[Any]) -> str:
        """The file and line of a value, or of what it would belong to; or ``--config``."""
        path = tuple(path)
        for end in range(len(path), 0, -1):
            held = _held(self.overrides, path[:end])
            found = self._find(path[:end])
            if held is not None and (found is None or not isinstance(held, Mapping)):
                return COMMAND
            if found is not None:
                return f"{found[0]}, line {found[1]}"
        return str(self)

    def written(self, path: Iterable[Any]) -> str:
        """A plain value as its file has it; "" where that is not known."""
        path = tuple(path)
        found = self._find(path) if _held(self.overrides, path) is None else None
        return found[2].value if found and isinstance(found[2], yaml.ScalarNode) else ""

    def _find(self, path: tuple[Any, ...]) -> tuple[str, int, yaml.Node] | None:
        """The last file that has a value, its line there and its node."""
        found = ((text.name, text.find(path)) for text in reversed(self.texts))
        return next(((name, *entry) for name, entry in found if entry), None)


Where = str | Origin


def place(where: Where, path: Iterable[Any]) -> str:
    """How an error names the place of a value, by its keys and places in lists."""
    return where.at(path) if isinstance(where, Origin) else where


def spot(where: Where, path: Sequence[Any], key: str) -> str:
    """A value by its key, and the line of it where that is known."""
    return f"{key} in {where.at(path)}" if isinstance(where, Origin) else key


def written(where: Where, path: Iterable[Any]) -> str:
    """A value as it is written, where that is known."""
    return where.written(path) if isinstance(where, Origin) else ""


def _held(overrides: Any, path: tuple[Any, ...]) -> Any:
    """What overrides have at a path, or above it where that is no mapping; None for nothing."""
    for part in path:
        if not isinstance(overrides, Mapping):
            return overrides
        overrides = overrides.get(part)
    return overrides


def _merged(config: Any, over: Any) -> Any:
    """A config with some values replaced, mappings key by key as Snakemake does it."""
    if not (isinstance(config, Mapping) and isinstance(over, Mapping)):
        return over
    return {**config, **{key: _merged(config.get(key), over[key]) for key in over}}


# One name, one study ------------------------------------------------------------------------------


def check_name(name: str, files: Iterable[str | Path], record: str | Path) -> None:
    """Refuse a study whose results were made from another file that still has the study's name.

    A file that was edited, moved, renamed or copied passes, as does a copy of the whole project.

    Args:
        name: The study's.
        files: The files of its config.
        record: What :func:`record_files` wrote; without it nothing is known.

    Raises:
        InputError: naming both files and the remedy.
    """
    try:
        before = [Path(path) for path in json.loads(Path(record).read_text())["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return
    now = [Path(path) for path in files]
    there = [path for path in before if os.path.isfile(path)]
    if not now or any(old.samefile(new) for old in there for new in now if new.exists()):
        return
    own = [_read(path) for path in now]
    for path in there:
        other = _read(path)
        if str(other.get("study", "")).casefold() == name.casefold() and other not in own:
            raise InputError(
                f"{' + '.join(map(_short, now))}: study: {name} is also the name of {path}, which"
                f" results/{name}/ was made from. Give one of them another name; or, if {path} is"
                f" done with, move it or results/{name}/ away"
            )


def record_files(files: Iterable[str | Path], record: str | Path) -> None:
    """Note which files results are made from, relative to the folder that snakemake runs in."""
    Path(record).parent.mkdir(parents=True, exist_ok=True)
    Path(record).write_text(json.dumps({"files": [_short(Path(path)) for path in files]}) + "\n")


def _short(path: Path) -> str:
    path, here = path.absolute(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_config(path)[0]
    except InputError:
        return {}
