"""The texts of config/studies/language-small.yaml, written into data/languages: a file each.

Manual pages in six languages (Debian's packages, which apt-get fetches: raw roff of all pages, one
after the other by path; many are translations of the same ones), Python's own C headers, and its
library. Run it in the folder that snakemake runs in.
"""

import gzip
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

MOST = 5_000_000  # bytes of each that are written
PAGES = {
    "English": "",
    "German": "de",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Polish": "pl",
}


def manual_pages(language: str) -> tuple[str, bytes]:
    """The package with its version, and all its pages as raw roff."""
    package = f"manpages-{language}".rstrip("-")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "-q", package], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg", "-x", archive, folder], check=True)
        root = Path(folder, "usr/share/man", language)
        files = sorted(p for p in root.glob("man*/*.gz") if not p.is_symlink())
        return archive.stem, b"".join(gzip.decompress(p.read_bytes()) for p in files)


def python_files(place: str, kind: str) -> bytes:
    """Python's own files of a kind; packages that are installed, and tests, are left out."""
    root = Path(sysconfig.get_path(place))
    left_out = {"site-packages", "dist-packages", "test", "tests"}
    files = (p for p in sorted(root.rglob(f"*.{kind}")) if p.is_file())
    return b"".join(p.read_bytes() for p in files if not left_out & set(p.relative_to(root).parts))


def texts() -> Iterator[tuple[str, str, bytes]]:
    """The name of each, where it is from, and its bytes."""
    for name, language in PAGES.items():
        yield name, *manual_pages(language)
    version = f"Python {sysconfig.get_python_version()}"
    yield "C headers", version, python_files("include", "h")
    yield "Python", version, python_files("stdlib", "py")


def main() -> None:
    folder = Path("data/languages")
    folder.mkdir(parents=True, exist_ok=True)
    for name, source, text in texts():
        path = folder / f"{name.split()[0].lower()}.txt"
        path.write_bytes(text[:MOST])
        print(f"{path}: {min(len(text), MOST):,} bytes, from {source}")


if __name__ == "__main__":
    main()
