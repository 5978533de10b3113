"""Texts of files, as tokens."""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from lit.data.loaders import load_dataset
from lit.errors import InputError

TEXTS = ["a plain text", "Zürich", "another one, with a comma", "the last"]
LABELS = ["dull", "place", "dull", "place"]


@pytest.fixture
def rows(tmp_path):
    """The same rows in four formats, by suffix."""
    frame = pd.DataFrame({"text": TEXTS, "about": LABELS, "other": range(4)})
    paths = {suffix: tmp_path / f"rows.{suffix}" for suffix in ("csv", "tsv", "jsonl", "parquet")}
    frame.to_csv(paths["csv"], index=False)
    frame.to_csv(paths["tsv"], index=False, sep="\t")
    frame.to_json(paths["jsonl"], orient="records", lines=True, force_ascii=False)
    frame.to_parquet(paths["parquet"])
    return paths


def entry(path, **more):
    return {"kind": "text", "path": str(path), "label": "about", "length": 12} | more


def test_rows_are_alike_in_every_format(rows):
    found = {suffix: load_dataset(entry(path)) for suffix, path in rows.items()}
    for data in found.values():
        assert (data.vocabulary, data.next_tokens, data.classes) == (256, False, 2)
        assert data.names == ("dull", "place")
        assert data.y.tolist() == [0, 1, 0, 1]
        whole = [text.encode()[:12] for text in TEXTS]
        assert [bytes(row[row >= 0].tolist()) for row in data.x] == whole
        assert any("1 of 4 texts are longer than 12" in note for note in data.notes)


def test_texts_may_have_numbers_to_predict(tmp_path):
    path = tmp_path / "scored.csv"
    pd.DataFrame({"text": TEXTS, "about": [0.25, -1.5, 3, 0.5]}).to_csv(path, index=False)
    bins = {"width": 0.5, "low": -2, "high": 4}
    data = load_dataset(entry(path, bins=bins))
    assert data.classes == data.bins.count == 12
    assert data.y.tolist() == [4, 1, 10, 5]
    pd.DataFrame({"text": TEXTS, "about": [0.25, "high", 3, 0.5]}).to_csv(path, index=False)
    with pytest.raises(InputError, match="label of text 1 is 'high', and bins are of numbers"):
        load_dataset(entry(path, bins=bins))
    with pytest.raises(InputError, match="bins: with label: next the labels are tokens"):
        load_dataset(entry(path, label="next", bins=bins))


def test_windows_hold_each_token_once(tmp_path):
    """Of a text that is coded itself every token but each window's first is a label, once."""
    first, second = bytes(range(23)), bytes(range(100, 104))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "2.txt").write_bytes(second)
    (tmp_path / "1.txt").write_bytes(first)
    data = load_dataset(entry(tmp_path, label="next", length=9))
    assert data.next_tokens
    assert data.classes == data.vocabulary == 256
    assert data.x[:, 0].tolist() == [0, 10, 20, 100]
    kept = data.y >= 0
    assert data.y[kept].tolist() == [*(t for t in range(23) if t % 10), *(101, 102, 103)]
    inner = kept[:, :-1] & (data.x[:, 1:] >= 0)
    np.testing.assert_array_equal(data.x[:, 1:][inner], data.y[:, :-1][inner])


def test_a_tokenizer_of_a_file(tmp_path, rows):
    tokenizers = pytest.importorskip("tokenizers")
    words = {"[CLS]": 0, "a": 1, "plain": 2, "text": 3, "[UNK]": 4, "the": 5, "last": 6}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A", special_tokens=[("[CLS]", 0)]
    )
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=30)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    data = load_dataset(entry(rows["csv"], tokenizer=str(tmp_path)))
    assert data.vocabulary == 7
    assert data.x[0, :5].tolist() == [0, 1, 2, 3, -1], "neither cut nor filled up by itself"
    follows = load_dataset(entry(rows["csv"], tokenizer=str(tmp_path), label="next"))
    assert follows.x[0, :4].tolist() == [1, 2, 3, -1], "no marks in a text that is coded itself"
    assert follows.y[0, :3].tolist() == [2, 3, -1]


def wrong(tmp_path, suffix, lines):
    path = tmp_path / f"wrong.{suffix}"
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize(
    ("suffix", "lines", "options", "message"),
    [
        (
            "csv",
            ["text,about", "a,x", ",y"],
            {},
            "1 rows have no text in column 'text', first row 1",
        ),
        ("csv", ["text,about", "a,x", "b,"], {}, "1 rows have no label in column 'about', first"),
        ("csv", ["texts,about", "a,x"], {}, "no column is named 'text'; .*texts"),
        ("csv", ["text,about", "a,x", "b,x"], {}, "there is one class, x"),
        ("csv", ["text,about", "a,x", "b,y"], {"classes": ["x", "z"]}, "a class 'y', which is not"),
        ("jsonl", ['{"text": "a", "about": 1}', "{text}"], {}, "line 2 is no JSON"),
        ("jsonl", ['{"text": "a", "about": 1}', "[1]"], {}, "line 2 is no JSON object"),
        (
            "jsonl",
            ['{"text": "a", "about": 1}', '{"text": 3, "about": 0}'],
            {},
            "row 1 of column 'text' holds 3",
        ),
        ("jsonl", ['{"text": "a", "about": 1}', '{"about": 0}'], {}, "1 rows have no text"),
        ("txt", ["a text"], {}, "a label for each text is read from a column"),
        ("txt", ["a text"], {"label": "next", "stride": 3}, "stride: 3 makes windows of 13 tokens"),
        ("txt", ["a text"], {"label": "next", "classes": 4}, "classes: with label: next"),
        ("txt", [" "], {"label": "next"}, "is empty; take it out"),
        ("txt", ["a"], {"label": "next"}, "no text has two tokens"),
        ("txt", ["a text"], {"label": "next", "tokenizer": "no.json"}, "no.json does not exist"),
        ("csv", ["text,about", "a,x", "b,y"], {"stride": 99}, "stride is for label: next"),
        ("txt", ["a text"], {"label": "next", "separator": ";"}, "separator: is for .csv, .tsv"),
        ("txt", ["a text"], {"label": "next", "text": "a"}, r"text: is for \.jsonl.* leave it out"),
        ("jsonl", ['{"text": "a"}'], {"separator": ";"}, "separator: is for"),
        ("json", ['[{"text": "a"}]'], {"label": "next"}, r"is JSON; .*name it \.jsonl"),
        ("jsonl", ['{"text": "a", "about": [1, 2]}'], {}, r"row 0 of .*'about' holds \[1, 2\]"),
        ("jsonl", ['{"text": "a", "about": {"b": 1}}'], {}, "is neither text nor number"),
        ("jsonl", [r'{"text": "\ud800", "about": 1}'], {}, "line 1 has half of a letter"),
        (
            "csv",
            ["text,about", *(f"a,{2 * i}" for i in range(21))],
            {},
            "column 'about' holds 21 different numbers: .*; or write classes: if they are classes",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, suffix, lines, options, message):
    with pytest.raises(InputError, match=message):
        load_dataset(entry(wrong(tmp_path, suffix, lines), **options), "datasets.mine")


def test_a_tokenizer_that_is_none_is_said(tmp_path, rows):
    pytest.importorskip("tokenizers")
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": "?"}))
    with pytest.raises(InputError, match=r"tokenizer\.json holds none"):
        load_dataset(entry(rows["csv"], tokenizer=str(tmp_path / "tokenizer.json")))


@pytest.mark.parametrize("mark", ["\u2028", "\u0085"])
def test_a_line_of_json_ends_at_a_line_feed_alone(tmp_path, mark):
    path = tmp_path / "rows.jsonl"
    lines = [{"text": f"a{mark}b", "about": 0}, {"text": "c", "about": 1}]
    rows = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_bytes(rows.encode())
    data = load_dataset(entry(path))
    assert bytes(data.x[0][data.x[0] >= 0].tolist()).decode() == f"a{mark}b"


def test_many_numbers_are_classes_where_they_count_them_or_one_says_so(tmp_path):
    rows = [f"a,{i}" for i in range(30)]
    data = load_dataset(entry(wrong(tmp_path, "csv", ["text,about", *rows])))
    assert (data.classes, data.y.tolist()) == (30, list(range(30)))
    some = ["text,about", *rows[1:]]
    assert load_dataset(entry(wrong(tmp_path, "csv", some), classes=29)).classes == 29


@pytest.mark.parametrize("suffix", ["txt", "jsonl", "csv"])
@pytest.mark.parametrize(("encoding", "said"), [("latin-1", True), ("utf-16", False)])
def test_an_encoding_is_that_of_every_file_of_text(tmp_path, suffix, encoding, said):
    lines = {"txt": "Zürich", "jsonl": '{"text": "Zürich"}', "csv": "text,other\nZürich,a"}
    path = tmp_path / f"one.{suffix}"
    path.write_bytes(lines[suffix].encode(encoding))
    options = {"label": "next", "length": 6}
    data = load_dataset(entry(path, **options | ({"encoding": encoding} if said else {})))
    assert bytes([data.x[0, 0], *data.y[0]]).decode() == "Zürich"
    if said:
        with pytest.raises(InputError, match=r"one.* is not utf-8 text .*write encoding: and what"):
            load_dataset(entry(path, **options))


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (gzip.compress(b"a text", mtime=0), "no text but packed by gzip; unpack it"),
        (b"PK\x03\x04 a text", "no text but a ZIP file"),
        (b"%PDF-1.4 a text", "no text but a PDF file"),
        (b"version https://git-lfs.github.com/spec/v1", "run git lfs pull"),
        (b"\xff\x00\x10", "is not utf-8 text"),
        ("a text".encode("utf-16-le"), "holds many zero bytes; write encoding: utf-16-le"),
    ],
)
def test_what_is_no_text_is_not_coded_as_such(tmp_path, held, message):
    path = tmp_path / "book.txt"
    path.write_bytes(held)
    with pytest.raises(InputError, match=message):
        load_dataset(entry(path, label="next"))


def test_delimited_text_may_be_packed(tmp_path, rows):
    packed = tmp_path / "rows.csv.gz"
    packed.write_bytes(gzip.compress(rows["csv"].read_bytes()))
    np.testing.assert_array_equal(load_dataset(entry(packed)).x, load_dataset(entry(rows["csv"])).x)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[0, 1], [1]], r"row 0 of column 'about' holds array\(\[0, 1\]\)"),
        ([b"a", b"b"], "row 0 of column 'about' holds b'a', which is neither text nor number"),
        ([pd.Timestamp(2020, 1, 1), pd.Timestamp(2021, 1, 1)], "holds Timestamp"),
    ],
)
def test_labels_of_parquet_are_texts_or_numbers(tmp_path, values, message):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"text": ["a", "b"], "about": values}).to_parquet(path)
    with pytest.raises(InputError, match=message):
        load_dataset(entry(path))


def test_a_folder_is_read_as_one_sees_it(tmp_path):
    """Hidden files stay out, a folder may be called x.txt, and what else stays out is named."""
    for name in ("one.txt", "two.TXT", "x.txt/in.txt", "three.md", "._one.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"this is {name}")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "one-checkpoint.txt").write_text("this is one.txt")
    data = load_dataset(entry(tmp_path, label="next", length=40))
    texts = [bytes([row[0], *labels[labels >= 0]]).decode() for row, labels in zip(data.x, data.y, strict=True)]  # fmt: skip
    assert texts == ["this is one.txt", "this is two.TXT", "this is x.txt/in.txt"]
    said = " ".join(data.notes)
    assert "Warning: left out, not named .txt: 1 .md (three.md)" in said
    assert "Left out, hidden: 1 .txt, 1 without suffix (._one.txt, .ipynb_checkpoints)" in said
