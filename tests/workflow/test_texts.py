"""Studies of texts, from a user's files to the answer: the first page on language models as it stands, and codes that decode."""

import csv
import re

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from conftest import ROOT

from lit.data.safe_torchvision import import_torchvision
from lit.files import store
from lit.study.config import load_study
from lit.workflow.torch_job import packages_of, provenance

PAGE = (ROOT / "docs/language-models.md").read_text()
ONE, TWO = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)[:2]
TOPICS = {"sea": "wave salt ship", "wood": "tree moss deer", "town": "tram shop roof"}
WORDS = [
    "[UNK]",
    *["the", "a", "of", "and", "in", "on", "by", "to"],
    *" ".join(TOPICS.values()).split(),
]
QUICK = {"replay": {"kind": "replay", "effort": 2, "densest": 1, "batch": 8}}


@pytest.fixture
def texts(workspace, monkeypatch):
    """The folder of a study, with texts on three topics, most of whose words tell nothing."""
    rng = np.random.default_rng(0)
    monkeypatch.chdir(workspace.folder)
    with open("mine.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "topic"])
        for i in range(700):
            topic = [*TOPICS][i % 3]
            told, other = rng.choice(TOPICS[topic].split(), 3), rng.choice(WORDS[1:9], 9)
            rows.writerow([f"{i} {' '.join(rng.permutation([*told, *other]))}", topic])
    return workspace


@pytest.fixture
def models(texts):
    """Two random models: that of a has room for every word, that of b two numbers a word."""
    import_torchvision()  # before transformers, which imports it
    tokenizers, transformers = map(pytest.importorskip, ("tokenizers", "transformers"))
    own = tokenizers.Tokenizer(
        tokenizers.models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]")
    )
    own.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    for name, width in (("a", 64), ("b", 2)):
        config = transformers.BertConfig(
            vocab_size=len(WORDS),
            hidden_size=width,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=width,
            max_position_embeddings=64,
        )
        folder = texts.folder / "models" / name
        transformers.BertModel(config).save_pretrained(folder)
        own.save(str(folder / "tokenizer.json"))
    return texts


@pytest.mark.slow
def test_the_page_says_which_of_two_models_knows_more(models):
    assert len(ONE.splitlines()) < 10
    (models.folder / "study.yaml").write_text(ONE)
    models.snakemake()
    table = pd.read_csv(models.folder / "results/mine/tables/which.csv")
    assert table["arm"].tolist() == ["read.a", "read.b"], "the shortest code first"
    first, second = table["code_bits"]
    assert first < second < 1.05 * 512 * np.log2(3), "and labels cost no more than unknown ones"
    assert table["p_first"].iloc[1] < 0.05
    assert "read.a" in (models.folder / "results/mine/report/index.html").read_text()


def test_models_of_two_tokenizers_have_a_data_set_each(models):
    study = yaml.safe_load(ONE) | yaml.safe_load(TWO)
    rows = load_study(study).rows
    assert [row.cold.target for row in rows] == ["for-a.a", "for-b.b"]


@pytest.mark.slow
def test_next_bytes_decode_from_theta0_and_from_m(texts):
    """Under the default learner, whose counts are told byte by byte."""
    words = np.random.default_rng(1).choice(WORDS[1:], 500)
    (texts.folder / "book.txt").write_text(" ".join(words))
    texts.write(
        {
            "study": "tiny",
            "seeds": [[0, 1]],
            "stream": {"k": 32, "first_block": 8, "head": 32},
            "train_set_information": False,
            "learners": QUICK,
            "training": {"epochs": 2, "batch": 8, "min_steps": 4},
            "datasets": {
                "book": {"kind": "text", "path": "book.txt", "label": "next", "length": 8}
            },
            "models": {"small": {"kind": "transformer", "width": 8, "layers": 1, "heads": 1}},
            "arms": [{"name": "book", "target": "book", "model": "small", "n": 64}],
        }
    )
    texts.snakemake()
    check_decoded(texts, 2, 2 * 32 * 8)


@pytest.mark.nightly
def test_labels_of_texts_decode_from_theta0_and_from_ready_weights(models):
    study = yaml.safe_load(ONE)
    arm = {"name": "tuned", "target": "mine", "model": "a", "k": 64}
    models.write(
        {**study, "study": "tiny", "seeds": [[0, 1]], "arms": [arm], "learners": QUICK}
        | {"stream": {"k": 64, "head": 64}, "analyses": {}}
    )
    models.snakemake()
    results = models.folder / "results/tiny"
    files = [path for kind in ("models", "blocks") for path in (results / kind).rglob("*.h5")]
    assert files
    assert all("transformers" in store.attributes(path)["versions"] for path in files)
    assert "transformers=" in (results / "tables/provenance.csv").read_text()
    check_decoded(models, 2, 2 * 64)


def test_versions_of_what_models_are_built_with_are_recorded():
    """Of transformers and peft where a job's settings have a model of theirs, and else of neither."""
    tuned = {"kind": "transformers", "name": "folder"}
    lora = {"coders": {"replay": {"model": tuned | {"train": "lora"}, "seeds": [0]}}}
    assert packages_of({"model": {"kind": "mlp"}, "taken": None}) == set()
    assert packages_of({"model": tuned | {"train": "head"}}) == {"transformers"}
    assert packages_of(lora) == {"transformers", "peft"}
    said = provenance({"models": [lora]}, "digest", {}, torch.device("cpu"))["versions"]
    assert [*said] == ["torch", "numpy", "peft", "transformers"]
    assert said["numpy"] == np.__version__


def check_decoded(space, runs, labels):
    """The labels of all runs come back from files that are as long as their bits say."""
    out = space.snakemake("--config", "decode=true", "--", "audit").stdout
    assert out.count(f"decoded: {labels:,} labels") == runs
    assert "0 of" in out
