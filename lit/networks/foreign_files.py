"""Files that hold no weights for us: what each is, and what to do about it."""

import zipfile
from pathlib import Path

AGAIN = "copy or download it again"
PLAIN = "take the same weights as a PyTorch state dict or safetensors file"
UNPACK = "unpack it and name the file of weights in it"
# Where in a file a mark stands, the mark, what the file is, and what to do.
MARKS = (
    (0, b"version https://git-lfs", "a Git LFS pointer, not the weights", "run git lfs pull"),
    (0, b"GGUF", "a GGUF file, whose numbers are rounded", PLAIN),
    (0, b"\x89HDF", "an HDF5 file, as Keras writes", PLAIN),
    (0, b"\x93NUMPY", "a NumPy array", PLAIN),
    (0, b"\x1f\x8b", "packed by gzip", UNPACK),
    (0, b"BZh", "packed by bzip2", UNPACK),
    (0, b"\xfd7zXZ", "packed by xz", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "packed by zstd", UNPACK),
    (0, b"7z\xbc\xaf", "packed by 7-Zip", UNPACK),
    (4, b"TFL3", "a TensorFlow Lite file", PLAIN),
    (257, b"ustar", "a tar archive", UNPACK),
)
SUFFIXES = {
    ".onnx": "an ONNX file",
    ".pb": "a TensorFlow graph",
    ".index": "the index of a TensorFlow checkpoint",
    ".tflite": "a TensorFlow Lite file",
    ".msgpack": "a Flax file",
    ".mlmodel": "a Core ML file",
}


def foreign(path: Path) -> tuple[str, str] | None:
    """What a file is and what to do, where its beginning, or its name, tells of no weights."""
    with path.open("rb") as file:
        begin = file.read(512)
    size = path.stat().st_size
    if not begin:
        return "empty", AGAIN
    for at, mark, what, remedy in MARKS:
        if begin.startswith(mark, at):
            return what, remedy
    if begin.startswith(b"PK\x03\x04"):
        return _foreign_zip(path, size)
    if is_safetensors(begin):
        return None
    if size < 64 or not begin.strip(b"\0"):
        return f"{size} bytes that are no weights", AGAIN
    if begin.startswith(b"\x80"):
        return None
    if path.suffix in SUFFIXES:
        return SUFFIXES[path.suffix], PLAIN
    text = begin.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "a web page, which came instead of the weights", "download the file itself"
    if text.startswith((b"{", b"[")):
        return "text (JSON), such as an index of several files", "name the one file of weights"
    if all(byte >= 32 or byte in b"\t\r\n" for byte in begin):
        return f"text that begins {begin[:40].decode(errors='replace')!r}", AGAIN
    return f"of an unknown kind (it begins with {begin[:8]!r})", PLAIN


def _foreign_zip(path: Path, size: int) -> tuple[str, str] | None:
    if not zipfile.is_zipfile(path):
        return f"cut short, {size} bytes without their end", AGAIN
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    last = {name.rpartition("/")[2] for name in names}
    if "constants.pkl" in last:
        return "a TorchScript archive", "save its torch.jit.load(path).state_dict() alone"
    if "data.pkl" in last:
        return None
    if "model.weights.h5" in last:
        return "a Keras model", PLAIN
    if names and all(name.endswith(".npy") for name in names):
        return f"an npz file of NumPy arrays ({', '.join(names[:3])})", PLAIN
    return f"a zip archive of {', '.join(names[:3]) or 'nothing'}", UNPACK


def is_safetensors(begin: bytes) -> bool:
    """Eight bytes of the header's length, then the header, which is JSON."""
    return begin[8:9] == b"{" and int.from_bytes(begin[:8], "little") < 10**8
