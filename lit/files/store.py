"""HDF5 results: one file a job, written whole or not at all, checked when read.

Equal content gives equal bytes: no clock, host name or path inside. A digest of all arrays and
attributes travels with the file, so that a truncated or altered one is named, never believed.
What a file of each kind holds: :mod:`lit.files.result_files`.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.files import result_files
from lit.files.result_files import Arrays

FORMAT = 1  # raised when the meaning of a stored number changes
SOURCE_ARRAYS = ("index", "label", "bits", "accuracy")  # (S, ...), one row a seed
CARRIED = ("carried/", "moments/")  # what the next task of a sequence is given
CHUNK = 2**20  # bytes
DAMAGED = "surrogatepass"  # texts of a damaged file may be no Unicode: they differ, and do not fail
LARGEST_RATIO = 1100  # no compression of HDF5's makes arrays smaller by more

Attributes = dict[str, Any]


def write(path: str | Path, kind: str, arrays: Arrays, **attributes: Any) -> None:
    """Write arrays by name and JSON-able attributes to ``path``, atomically; its folder is made.

    Raises:
        OSError: naming ``path``, where it cannot be written; nothing is left behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(attributes, sort_keys=True)
    arrays = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    made = io.BytesIO()  # in memory first: where a disk is full, HDF5 itself may crash
    try:
        with h5py.File(made, "w") as file:
            for name, array in arrays.items():
                file.create_dataset(name, data=array, **_chunks(array))
            file.attrs.update(
                kind=kind, format=FORMAT, attributes=text, digest=_digest(kind, arrays, text)
            )
        write_whole(path, made.getbuffer())
    except (OSError, RuntimeError) as error:  # HDF5 puts the system's error number into its text
        number = re.search(r"errno = (\d+)", str(error))
        code = int(number[1]) if number else getattr(error, "errno", None)
        raise OSError(code, os.strerror(code), str(path)) if code else error from error


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Write a file under another name, then rename it: it is there whole, or as it was before."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _chunks(array: np.ndarray) -> dict[str, Any]:
    """Large arrays are in chunks of whole rows, each with a checksum that finds damage."""
    if array.nbytes <= CHUNK or not array.ndim:
        return {}
    rows = max(CHUNK * len(array) // array.nbytes, 1)
    return {"chunks": (rows, *array.shape[1:]), "fletcher32": True}


def read(path: str | Path, kind: str, **expected: Any) -> tuple[dict[str, np.ndarray], Attributes]:
    """Arrays and attributes of a result file, its digest, names, shapes and numbers verified.

    It must have been made with the settings ``expected``, such as ``run`` and ``seeds``.

    Raises:
        InputError: missing, altered, foreign or exchanged file, with the command that remakes it.
    """
    with _opened(path) as file:
        found, text, said = (_text(file, name) for name in ("kind", "attributes", "digest"))
        version = int(file.attrs["format"])
        arrays = _arrays(file, Path(path).stat().st_size)
    if found != kind or version != FORMAT:
        raise _bad(path, f"is a {found!r} file of format {version}, not {kind!r} of {FORMAT}")
    if said != _digest(kind, arrays, text):
        raise _bad(path, "was altered or damaged after it was written (its digest differs)")
    attributes = json.loads(text)
    if complaint := result_files.complaint(kind, arrays):
        raise InputError(f"{path}: {complaint}; {remedy(path)}")
    for name, value in expected.items():
        made = attributes["settings"].get(name)
        if made != value:
            raise _bad(path, f"belongs to another {name}, {made!r} instead of {value!r}")
    return arrays, attributes


def remedy(path: str | Path) -> str:
    """What to do about a file that is not to be trusted."""
    return f"delete it and run the same snakemake command again, which remakes it:  rm '{path}'"


def _bad(path: str | Path, what: str) -> InputError:
    return InputError(f"{path} {what}; {remedy(path)}")


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[h5py.File]:
    """The file, for reading; whatever HDF5 says of a damaged one becomes an InputError."""
    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except Exception as error:  # of a damaged file, HDF5 complains in many ways
        raise _bad(path, f"is not a readable result file ({error})") from error


def digest(path: str | Path) -> str:
    """Digest that a result file says of itself; cheap, since :func:`read` alone recomputes it."""
    return origin(path)[1]


def attributes(path: str | Path) -> Attributes:
    """What a result file says made it."""
    return origin(path)[0]


def origin(path: str | Path) -> tuple[Attributes, str]:
    """Attributes and digest as a result file says them; its arrays are left unread.

    Raises:
        InputError: as :func:`read`.
    """
    with _opened(path) as file:
        made, said = (str(file.attrs[name]) for name in ("attributes", "digest"))
    return json.loads(made), said


def shape(path: str | Path, name: str) -> tuple[tuple[int, ...], str]:
    """Shape and type of an array in a result file, which is not read."""
    with _opened(path) as file:
        return file[name].shape, str(file[name].dtype)


def digests(inputs: Mapping[str, str | Iterable[str]]) -> dict[str, str]:
    """What a result was made from, without paths: by role (``data``, ...) its file's digest.

    Where a role has several files, their digest in order; where it has none, it is left out.
    """
    listed = {role: [p] if isinstance(p, str) else list(p) for role, p in inputs.items()}
    return {role: combine([*map(digest, paths)]) for role, paths in listed.items() if paths}


def combine(digests: list[str]) -> str:
    """One digest of several; of one, itself."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.blake2b(" ".join(digests).encode(), digest_size=16).hexdigest()


def read_dataset(path: str | Path, name: str) -> Dataset:
    """A data set by its file and its name in the config; float16 is for files alone."""
    arrays, attributes = read(path, "dataset", dataset=name)
    x = arrays["x"].astype(np.float32) if arrays["x"].dtype == np.float16 else arrays["x"]
    found = Dataset.of(x, arrays["y"], attributes)
    return dataclasses.replace(found, groups=arrays.get("groups"))


def read_before(path: str | Path, settings: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Arrays of the block file that a chain's job with these settings goes on from."""
    arrays, _ = read(path, "block", run=settings["run"], seeds=settings["seeds"])
    if arrays["blocks"][-1, 1] != settings["blocks"][0][0]:
        raise _bad(path, f"ends at example {arrays['blocks'][-1, 1]}")
    return arrays


def read_sources(
    names: Sequence[str], paths: Sequence[str]
) -> tuple[dict[str, dict[str, np.ndarray]], list[Attributes]]:
    """Sources by name, seed groups joined and weights left out, and every file's attributes.

    ``named`` () is whether their classes have names, by which they may be matched with the
    target's. ``carried_bytes`` () is what the state of a sequence carries on to the next task, by
    seed, beside its weights. ``paths`` are each source's seed groups one after the other.
    """
    joined: dict[str, dict[str, np.ndarray]] = {}
    said: list[Attributes] = []
    groups = len(paths) // max(len(names), 1)
    for i, name in enumerate(names):
        own = paths[i * groups : (i + 1) * groups]
        files, made = zip(*(read(path, "source", source=name) for path in own), strict=True)
        said += made
        keys = [*SOURCE_ARRAYS, *(["knowable"] if all("knowable" in a for a in files) else [])]
        source = {key: np.concatenate([arrays[key] for arrays in files]) for key in keys}
        carried = [a.nbytes for arrays in files for n, a in arrays.items() if n.startswith(CARRIED)]
        joined[name] = source | {
            "classes": files[0]["classes"],
            "named": np.array("names" in made[0]),
            "carried_bytes": np.array(sum(carried) // len(source["index"])),
        }
    return joined, said


def read_blocks(
    paths: Sequence[str | Path], run: str, seeds: list[int], k: int
) -> list[tuple[dict[str, np.ndarray], Attributes]]:
    """Arrays and attributes of the block files of a run's seed group: the stream of k examples."""
    files = [read(path, "block", run=run, seeds=seeds) for path in paths]
    end = 0
    for path, (arrays, _) in zip(paths, files, strict=True):
        if arrays["blocks"][0, 0] != end or _alphabet(arrays) != _alphabet(files[0][0]):
            raise _bad(path, "does not go on where the file before it ends")
        end = int(arrays["blocks"][-1, 1])
    if end != k:
        raise _bad(paths[-1], f"ends at example {end}, but the stream has {k}")
    return files


def _alphabet(arrays: Arrays) -> tuple[list[str], int]:
    """Experts and number of classes, alike in all blocks of a run."""
    return [name for name in arrays if name.startswith("bits/")], int(arrays["classes"])


def _text(file: h5py.File, name: str) -> str:
    text = file.attrs[name]
    if not isinstance(text, str):
        raise ValueError(f"attribute {name} is no text")
    return text


def _arrays(file: h5py.File, size: int) -> dict[str, np.ndarray]:
    """Every array of the file of ``size`` bytes; links are refused, not followed."""
    arrays: dict[str, np.ndarray] = {}
    _gather(file, "", size, arrays)
    return arrays


def _gather(group: h5py.Group, prefix: str, size: int, arrays: dict[str, np.ndarray]) -> None:
    """Add the arrays of a group and of those within it.

    A function within :func:`_arrays` that called itself would hold these arrays, gigabytes of
    them, until Python next looks for cycles.
    """
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{prefix}{name} is a link")
        item = group[name]
        if h5py.h5o.get_info(item.id).rc != 1:
            raise ValueError(f"{prefix}{name} is linked more than once")
        if isinstance(item, h5py.Group):
            _gather(item, f"{prefix}{name}/", size, arrays)
        elif item.is_virtual or item.external or item.dtype.kind not in "fiub":
            raise ValueError(f"{prefix}{name} does not hold plain numbers")
        elif item.nbytes > LARGEST_RATIO * size:
            raise ValueError(f"{prefix}{name} claims {item.nbytes} bytes of a file of {size}")
        else:
            arrays[prefix + name] = np.asarray(item[()])  # a lone number, too


def _digest(kind: str, arrays: Arrays, text: str) -> str:
    digest = hashlib.blake2b(f"{kind} {FORMAT} {text}".encode(errors=DAMAGED), digest_size=16)
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode(errors=DAMAGED))
        digest.update(array.tobytes())
    return digest.hexdigest()
