"""``lit.record``: the loops of docs/recorded.md, run literally, and what a recorder refuses."""

import math
import re
import runpy
import subprocess
import sys
from contextlib import nullcontext
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from conftest import ROOT
from torch import nn

import lit
from lit.data.safe_torchvision import import_torchvision
from lit.errors import InputError
from lit.files.recorded_columns import read_columns
from lit.files.recordings import read_streams
from lit.notebook.trainers import _is_causal

BLOCK = re.compile(r"```python\n# (\S+)\n(.*?)```", re.DOTALL)
LOOPS = dict(BLOCK.findall((ROOT / "docs/recorded.md").read_text()))


@pytest.fixture
def recorder(tmp_path):
    return lit.record(tmp_path / "a.h5", run="r", start="theta0", seed=0, classes=4)


def run_loop(name, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / name).write_text(LOOPS[name])
    return runpy.run_path(str(folder / name))


# bits ----------------------------------------------------------------------------------------------


def test_bits_are_those_of_the_softmax(recorder):
    logits = torch.log(torch.tensor([[1.0, 1, 1, 1], [1, 2, 4, 1], [8, 4, 2, 2]]))
    bits = recorder.score(logits, torch.tensor([3, 2, 1]))
    assert bits == pytest.approx([2, 1, 2], abs=1e-6)


def test_an_example_costs_the_sum_over_its_labels_and_without_any_is_left_out(tmp_path, recorder):
    logits = torch.log(torch.tensor([[1.0, 2, 4, 1]])).expand(3, 2, 4)
    labels = torch.tensor([[2, 1], [-100, -100], [-100, 0]])
    assert recorder.score(logits, labels, index=[7, 8, 9]) == pytest.approx([3, 3], abs=1e-6)
    recorder.close()
    found = read_columns(tmp_path / "a.h5")
    assert found["labels"].tolist() == [2, 1]
    assert found["index"].tolist() == [7, 9]
    assert found["position"].tolist() == [0, 1]
    assert found["right"].tolist() == [0, 0]


def test_sums_are_in_float64_whatever_the_logits_are(recorder, monkeypatch):
    monkeypatch.setattr("lit.notebook.recorded_bits.AT_ONCE", 8)  # a part of the labels at once
    logits = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0)).half()
    labels = torch.arange(15).reshape(5, 3) % 4
    probability = torch.softmax(logits.double(), -1).gather(-1, labels[..., None])[..., 0]
    expected = -probability.log2().sum(1)
    assert recorder.score(logits, labels) == pytest.approx(expected.numpy(), rel=1e-12)


def test_arrays_of_other_libraries_and_bits_do_as_well(tmp_path, recorder):
    recorder.score(np.zeros((2, 4), dtype=np.float32), np.array([0, 1], dtype=np.int32))
    assert recorder.score([[0.0, 0, 0, 0]], [1]).tolist() == [2]
    other = lit.record(tmp_path / "b.h5", run="r", start="theta0", seed=0, classes=4)
    other.add([1.5, 0])
    other.close()
    assert read_columns(tmp_path / "b.h5")["bits"].tolist() == [1.5, 0]


# refused -------------------------------------------------------------------------------------------

ZEROS = np.zeros((2, 4))
SCORES = {
    "shapes": ((ZEROS, [[0, 1]]), "logits have shape (2, 4) and labels (1, 2)"),
    "other classes": ((np.zeros((2, 5)), [0, 1]), "(B, 4) and (B,) belong together"),
    "no class": ((ZEROS, [0, 4]), "label 4 is none of 4 classes; none is -100"),
    "negative": ((ZEROS, [0, -1]), "label -1 is none of 4 classes"),
    "NaN": ((np.full((2, 4), np.nan), [0, 1]), "found bits nan, where 0 or more belong"),
    "fraction": ((ZEROS, [0.9, 1]), "label 0.9 is no whole number"),
    "NaN label": ((ZEROS, [np.nan, 1]), "label nan is no whole number"),
    "fraction of a row": ((ZEROS, [0, 1], [3, 0.5]), "index 0.5 is no whole number"),
    "negative row": ((ZEROS, [0, 1], [3, -1]), "found index -1, where 0 or more belong"),
    "probabilities": ((np.full((8, 4), 0.25), [0] * 8), "these are probabilities, as each row"),
    "index": ((ZEROS, [0, 1], [3]), "index has shape (1,), where (2,) belongs"),
    "twice": ((ZEROS, [0, 1], [3, 3]), "example 3 was scored before: a second pass codes labels"),
}


@pytest.mark.parametrize("what", SCORES)
def test_scores_that_are_none(recorder, what):
    given, words = SCORES[what]
    with pytest.raises(InputError, match=re.escape(words)):
        recorder.score(*given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_probabilities_are_noticed_over_small_minibatches_and_logits_are_left_alone(
    tmp_path, dtype
):
    logits = torch.randn(8, 1, 4, generator=torch.Generator().manual_seed(0)).to(dtype)
    about = {"run": "r", "start": "m", "seed": 0, "classes": 4}
    wrong, right, late = (lit.record(tmp_path / "a.h5", **about) for _ in range(3))
    for one in logits[:7].softmax(-1):
        wrong.score(one, [0])
    with pytest.raises(InputError, match="hand over the logits before the softmax"):
        wrong.score(logits[7].softmax(-1), [0])
    for one in logits:
        right.score(one.log_softmax(-1), [0])
    late.score(np.zeros((1, 4)), [0])  # sums of 1 that come later are chance
    late.score(logits[:, 0].softmax(-1), [0] * 8)


def test_labels_as_whole_floats_are_labels(recorder):
    assert recorder.score(ZEROS, torch.tensor([0.0, 3.0])).tolist() == [2, 2]
    with pytest.raises(InputError, match="found right 2, where 0 or 1 belong"):
        recorder.add([1.0], right=[2])
    with pytest.raises(InputError, match="found labels 0, where 1 or more belong"):
        recorder.add([1.0], labels=[0])


def test_a_second_epoch_is_noticed_by_its_examples(recorder):
    recorder.score(ZEROS, [0, 1], index=[3, 5])
    with pytest.raises(InputError, match="example 5 was scored before"):
        recorder.score(ZEROS, [0, 1], index=[4, 5])
    with pytest.raises(InputError, match="index belongs to every minibatch, or to none"):
        recorder.score(ZEROS, [0, 1])


def test_a_network_in_training_mode_is_refused_unless_told(tmp_path):
    net = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.5))
    about = {"run": "r", "start": "m", "seed": 0, "classes": 4, "network": net}
    careful = lit.record(tmp_path / "a.h5", **about)
    with pytest.raises(InputError, match="the network is in training mode, in which dropout"):
        careful.score(ZEROS, [0, 1])
    net.eval()
    careful.score(ZEROS, [0, 1])
    net.train()
    lit.record(tmp_path / "a.h5", allow_training_mode=True, **about).score(ZEROS, [0, 1])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"path": "a.csv"}, "write a name that ends in .parquet, .h5, .hdf5"),
        ({"run": "a b"}, "'a b' is no name"),
        ({"start": "m/1"}, "'m/1' is no name"),
        ({"classes": 1}, "classes is 1; write 2 or more"),
        ({"seed": -1}, "seed is -1; write a whole number"),
        ({"seed": 2**63}, "seed is 9223372036854775808; write a whole number, .* below"),
        ({"path": "full/a.h5"}, "full/a.h5: nothing can be written into .*full"),
        ({"n": -5, "start": "m"}, "n is -5; write how many examples M was trained on"),
    ],
)
def test_what_cannot_be_recorded_is_said_before_training(tmp_path, changed, words):
    (tmp_path / "full").touch()  # a file, in which none can be
    given = {"path": "a.h5", "run": "r", "start": "theta0", "seed": 0, "classes": 4} | changed
    with pytest.raises(InputError, match=words):
        lit.record(tmp_path / given.pop("path"), **given)


def test_a_stream_is_recorded_once_and_a_failed_training_not_at_all(tmp_path):
    about = {"run": "r", "start": "theta0", "classes": 4}
    path = tmp_path / "a.h5"
    with lit.record(path, seed=0, **about) as one:
        one.score(ZEROS, [0, 1])
    with pytest.raises(InputError, match="start 'theta0', seed 0 is recorded already"):
        lit.record(path, seed=0, **about)
    one.close()  # does nothing
    with pytest.raises(InputError, match="the recorder is closed"):
        one.score(ZEROS, [0, 1])
    before = path.read_bytes()
    with pytest.raises(InputError, match="label 9"), lit.record(path, seed=1, **about) as other:
        other.score(np.zeros((2, 4)), [0, 1]), other.score(ZEROS, [0, 9])
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="no label was scored"), lit.record(path, seed=1, **about):
        pass


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"classes": 5}, "classes of run 'r' is 5, but 4 is recorded of it already"),
        ({"model": "cnn"}, "model of run 'r' is 'cnn', but 'mlp' is recorded"),
        ({"dataset": "set"}, "dataset of run 'r' is 'set', but None is recorded"),
        ({"n": 6}, "'m' of run 'r' is {'n': 6}, but {'n': 5} is recorded"),
    ],
)
def test_what_contradicts_the_file_is_said_before_training(tmp_path, changed, words):
    about = {"run": "r", "start": "m", "classes": 4, "model": "mlp", "n": 5}
    with lit.record(tmp_path / "a.h5", seed=0, **about) as one:
        one.score(ZEROS, [0, 1])
    with pytest.raises(InputError, match=words):
        lit.record(tmp_path / "a.h5", seed=1, **about | changed)
    other = lit.record(tmp_path / "a.h5", seed=1, **about)
    with pytest.raises(InputError, match=r"new rows run, start, .*write these into another file"):
        other.score(ZEROS, [0, 1], index=[3, 4])
    other.score(ZEROS, [0, 1])
    with pytest.raises(InputError, match="k = 2 examples, and this is one more; end the stream"):
        other.score(ZEROS[:1], [0])
    other.close()
    assert read_columns(tmp_path / "a.h5")["seed"].tolist() == [0, 0, 1, 1]


def test_parquet_without_its_package_is_said_before_training(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(InputError, match="pip install pyarrow"):
        lit.record(tmp_path / "a.parquet", run="r", start="m", seed=0, classes=4)


def test_a_stream_without_labels_is_not_written(tmp_path, recorder):
    recorder.score(ZEROS, [-100, -100])
    with pytest.raises(InputError, match="no label was scored, so nothing is written"):
        recorder.close()
    assert not (tmp_path / "a.h5").exists()


def test_a_stream_of_another_length_is_not_lost(tmp_path):
    about = {"run": "r", "start": "theta0", "classes": 4}
    with lit.record(tmp_path / "a.h5", seed=0, **about) as one:
        one.score(ZEROS, [0, 1])
    other = lit.record(tmp_path / "a.h5", seed=1, **about)
    other.score(ZEROS[:1], [0])
    with pytest.raises(InputError, match="k of run 'r' is 1, but 2 is recorded of it already"):
        other.close()
    (tmp_path / "a.h5").rename(tmp_path / "b.h5")
    other.close()
    assert read_columns(tmp_path / "a.h5")["seed"].tolist() == [1]


# loops ---------------------------------------------------------------------------------------------


def test_the_loop_of_plain_pytorch(tmp_path, monkeypatch):
    run_loop("loop.py", tmp_path, monkeypatch)
    streams = read_streams("run.parquet", "mine")
    cold, warm = (streams.by_start[start] for start in ("theta0", "m512"))
    assert streams.seeds == [0, 1, 2]
    # an output layer of zeros knows nothing of the first minibatch
    assert cold["bits"][:, :4] == pytest.approx(math.log2(10), abs=1e-5)
    assert cold["bits"].shape == warm["bits"].shape == (3, 256)
    assert (cold["bits"].sum(1) > warm["bits"].sum(1)).all()
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(2))
    assert cold["index"][2].tolist() == order[:256].tolist()


def causal(seed=0, dropout=0.0):
    import_torchvision()  # which transformers imports, beside a CPU build of torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    parts = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), dropout)
    return GPT2LMHeadModel(
        GPT2Config(vocab_size=50, n_positions=12, n_embd=8, n_layer=1, n_head=1, **parts)
    )


def trainer_of(network, stream, folder, **changed):
    from transformers import Trainer, TrainingArguments

    options = {"num_train_epochs": 1, "per_device_train_batch_size": 4, "learning_rate": 1e-2}
    options |= {"save_strategy": "no", "report_to": [], "disable_tqdm": True, "use_cpu": True}
    arguments = TrainingArguments(str(folder), **options | changed)
    return Trainer(network, arguments, train_dataset=stream)


def follow_training(network, stream, folder):
    """The columns recorded while a trainer trains on a stream."""
    recorder = lit.record(folder / "a.h5", run="r", start="m", seed=0, classes=50)
    trainer = trainer_of(network, stream, folder)
    recorder.follow(trainer)
    trainer.train()
    recorder.close()
    return read_columns(folder / "a.h5")


@pytest.fixture
def texts():
    tokens = torch.randint(0, 50, (16, 12), generator=torch.Generator().manual_seed(0))
    labels = tokens.clone()
    labels[:, :4] = -100  # of a prompt nothing is coded
    return [{"input_ids": one, "labels": own} for one, own in zip(tokens, labels, strict=True)]


QUIET = pytest.mark.filterwarnings("ignore")  # of transformers


@QUIET
@pytest.mark.slow
def test_the_loop_of_hugging_face(tmp_path, monkeypatch):
    import_torchvision()
    run_loop("hugging_face.py", tmp_path, monkeypatch)
    streams = read_streams("run.parquet", "text")
    assert streams.seeds == [0, 1, 2]
    bits = streams.by_start["theta0"]
    assert bits["bits"].shape == (3, 32)
    assert (bits["labels"] == 11).all()  # the first of twelve tokens has none before it
    assert bits["bits"].mean() / 11 == pytest.approx(math.log2(50), rel=0.05)


@QUIET
@pytest.mark.parametrize("accumulated", [1, 2])
def test_a_followed_trainer_scores_each_step_before_it(tmp_path, texts, accumulated):
    """By a training of single steps, made anew: the bits of a step are those of the weights before."""
    recorder = lit.record(tmp_path / "a.h5", run="r", start="theta0", seed=0, classes=50)
    network = causal(dropout=0.2)
    seen, weights = [], []

    def remember(module, inputs, named):
        if module.training:
            weights.append({n: p.detach().clone() for n, p in module.named_parameters()})
            seen.append(named["input_ids"].clone())

    network.register_forward_pre_hook(remember, with_kwargs=True)
    changed = {"gradient_accumulation_steps": accumulated}
    trainer = trainer_of(network, texts, tmp_path, **changed)
    recorder.follow(trainer)
    trainer.train()
    recorder.close()
    found = read_columns(tmp_path / "a.h5")
    check, expected = causal().eval(), []
    for state, tokens in zip(weights, seen, strict=True):
        check.load_state_dict(state, strict=False)
        with torch.no_grad():
            logits = check(tokens).logits[:, 3:-1].double()
        each = nn.functional.cross_entropy(
            logits.flatten(0, 1), tokens[:, 4:].flatten(), reduction="none"
        )
        expected += (each.reshape(len(tokens), 8).sum(1) / math.log(2)).tolist()
    assert found["labels"].tolist() == [8] * 16
    assert found["bits"] == pytest.approx(expected, rel=1e-5)


@QUIET
def test_what_is_trained_is_the_same_with_and_without_a_recorder(tmp_path, texts):
    trained = []
    for recorded in (False, True):
        network = causal(dropout=0.2)
        trainer = trainer_of(network, texts, tmp_path)
        if recorded:
            one = lit.record(tmp_path / "a.h5", run="r", start="theta0", seed=0, classes=50)
            one.follow(trainer)
        trainer.train()
        trained.append(torch.cat([p.detach().flatten() for p in network.parameters()]))
    assert torch.equal(*trained)
    assert not torch.equal(trained[0], torch.cat([p.flatten() for p in causal().parameters()]))


@QUIET
def test_adapters_of_causal_models_are_causal(tmp_path, texts):
    import_torchvision()
    from peft import LoraConfig, get_peft_model

    network = get_peft_model(causal(), LoraConfig(target_modules=["c_attn"], fan_in_fan_out=True))
    assert follow_training(network, texts, tmp_path)["labels"].tolist() == [8] * 16


@QUIET
def test_a_class_of_ones_own_is_causal_as_what_it_is_derived_from(tmp_path, texts):
    network = causal()
    network.__class__ = type("MyStoryModel", (type(network),), {})
    assert follow_training(network, texts, tmp_path)["labels"].tolist() == [8] * 16


@QUIET
def test_a_network_that_sees_the_labels_is_refused(tmp_path, texts):
    """Bits of a network that is given what it codes would be far too few."""
    import_torchvision()
    from transformers import BertConfig, BertForMaskedLM, BertLMHeadModel

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 16, "vocab_size": 50}
    encoder = BertLMHeadModel(BertConfig(**sizes))
    with pytest.raises(InputError, match=r"BertLMHeadModel sees the tokens .*is_decoder=True"):
        follow_training(encoder, texts, tmp_path)
    decoder = BertLMHeadModel(BertConfig(**sizes, is_decoder=True))
    for name in ("decoder", "masked"):
        (tmp_path / name).mkdir()
    assert follow_training(decoder, texts, tmp_path / "decoder")["labels"].tolist() == [8] * 16
    masked = BertForMaskedLM(BertConfig(**sizes))
    with pytest.raises(InputError, match="labels are the inputs of BertForMaskedLM"):
        follow_training(masked, texts, tmp_path / "masked")
    hidden = [one | {"input_ids": one["input_ids"].where(one["labels"] < 0, 0)} for one in texts]
    assert follow_training(masked, hidden, tmp_path / "masked")["labels"].tolist() == [8] * 16


class Network(nn.Module):
    """Logits of zeros for every token, as Hugging Face's networks return them."""

    def forward(self, input_ids):
        return SimpleNamespace(logits=torch.zeros(*input_ids.shape, 4))


NAMES = {  # of a network's class: whether its logits are of the next label, as far as it tells
    "LlamaForCausalLM": True,
    "GPT2LMHeadModel": True,
    "BertForMaskedLM": False,
    "BertForTokenClassification": False,
    "XLNetLMHeadModel": None,
    "XLMWithLMHeadModel": None,
    "LlavaForConditionalGeneration": None,
    "Network": None,
}


def step_of(recorder, network, labels, causal=None):
    """One minibatch of a trainer: the shapes that were scored, (examples, labels of each)."""
    trainer = SimpleNamespace(
        args=SimpleNamespace(max_steps=1, num_train_epochs=1, world_size=1),
        training_step=lambda model, inputs: None,
        add_callback=lambda callback: None,
        _prepare_inputs=lambda inputs: inputs,
        compute_loss_context_manager=nullcontext,
    )
    recorder.follow(trainer, causal)
    trainer.training_step(network, {"input_ids": torch.ones(labels.shape)} | {"labels": labels})
    return recorder._parts[0]["labels"].tolist()


@pytest.mark.parametrize("wrapped", ["", "_orig_mod", "module"])
@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_causal_by_its_class_and_else_it_is_asked(recorder, name, wrapped):
    network = inner = type(name, (Network,), {})()
    if wrapped:
        network = nn.Module()
        network.forward = inner.forward
        setattr(network, wrapped, inner)
    labels = torch.zeros(2, 3, dtype=torch.long)
    if NAMES[name] is None:
        with pytest.raises(InputError, match=f"of {name} are of the next token cannot be told"):
            step_of(recorder, network, labels)
        assert not recorder.begun
        recorder._following = False
        assert step_of(recorder, network, labels, causal=True) == [2, 2]
    else:
        assert step_of(recorder, network, labels) == [2 + (not NAMES[name])] * 2


def test_decoders_that_are_given_an_encoders_input_are_not_shifted(recorder):
    network = type("T5ForConditionalGeneration", (Network,), {})()
    network.config = SimpleNamespace(is_encoder_decoder=True)
    assert step_of(recorder, network, torch.zeros(2, 3, dtype=torch.long)) == [3, 3]


def test_one_label_each_has_no_next_one(recorder):
    network = Network()
    assert step_of(recorder, network, torch.zeros(2, dtype=torch.long)) == [1, 1]


@QUIET
def test_compiled_networks_are_causal_as_what_was_compiled():
    assert _is_causal(torch.compile(causal(), backend="eager"))


def test_minibatches_without_labels_are_named(recorder):
    trainer = SimpleNamespace(
        args=SimpleNamespace(max_steps=1, num_train_epochs=1, world_size=1),
        training_step=None,
        add_callback=lambda callback: None,
        _prepare_inputs=lambda inputs: inputs,
    )
    recorder.follow(trainer)
    with pytest.raises(InputError, match="a minibatch has input_ids, mine, and no labels"):
        trainer.training_step(Network(), {"input_ids": 0, "mine": 0})


@QUIET
@pytest.mark.parametrize("steps", [0, 2])
def test_a_training_that_begins_again_is_refused(tmp_path, texts, steps):
    """As auto_find_batch_size makes it where memory runs out, in the first step or later."""
    network = causal()
    recorder = lit.record(tmp_path / "a.h5", run="r", start="m", seed=0, classes=50)
    trainer = trainer_of(network, texts, tmp_path, auto_find_batch_size=True)
    step, taken = trainer.training_step, []

    def out_of_memory(*given):
        taken.append(recorder._scored)
        if len(taken) == steps + 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate")
        return step(*given)

    trainer.training_step = out_of_memory
    recorder.follow(trainer)
    with pytest.raises(InputError, match="the training begins again, but a recording is of one"):
        trainer.train()
    assert taken == [4, 8, 12][: steps + 1]


@QUIET
def test_a_trainer_is_followed_once_and_trains_once(tmp_path, texts):
    recorder = lit.record(tmp_path / "a.h5", run="r", start="m", seed=0, classes=50)
    trainer = trainer_of(causal(), texts, tmp_path)
    recorder.follow(trainer)
    with pytest.raises(InputError, match="the recorder follows a trainer already"):
        recorder.follow(trainer)
    with pytest.raises(InputError, match="the recorder follows a trainer already"):
        recorder.lightning_callback()
    trainer.train()
    with pytest.raises(InputError, match="the training begins again"):
        trainer.train()
    recorder.close()
    assert len(read_columns(tmp_path / "a.h5")["bits"]) == 16


@QUIET
def test_a_second_epoch_that_could_not_be_foreseen_leaves_the_first(tmp_path, texts):
    class Texts(torch.utils.data.IterableDataset):  # its length is not known
        def __iter__(self):
            return iter(texts)

    recorder = lit.record(tmp_path / "a.h5", run="r", start="m", seed=0, classes=50)
    trainer = trainer_of(causal(), Texts(), tmp_path, max_steps=6)
    recorder.follow(trainer)
    with pytest.raises(InputError, match=r"a second epoch begins.*a\.h5 has the first"), recorder:
        trainer.train()
    assert len(read_columns(tmp_path / "a.h5")["bits"]) == 16


@QUIET
def test_trainers_that_go_over_the_data_twice_are_refused(tmp_path, texts):
    recorder = lit.record(tmp_path / "a.h5", run="r", start="m", seed=0, classes=50)
    with pytest.raises(InputError, match="num_train_epochs is 2, but a recording is of one pass"):
        recorder.follow(trainer_of(causal(), texts, tmp_path, num_train_epochs=2))
    trainer = trainer_of(causal(), texts, tmp_path, max_steps=5)  # an epoch has four
    recorder.follow(trainer)
    with pytest.raises(InputError, match="the training would be of more than one epoch"):
        trainer.train()
    assert not recorder.begun
    recorder = lit.record(tmp_path / "a.h5", run="r", start="m", seed=0, classes=50)
    trainer = trainer_of(causal(), texts, tmp_path, max_steps=4)
    recorder.follow(trainer)
    trainer.train()
    assert len(recorder._parts) == 4


# Lightning -----------------------------------------------------------------------------------------


class FakeLightning:
    """What Lightning's trainer does with its callbacks, as far as the order of things goes."""

    world_size, global_step, accumulate_grad_batches, num_training_batches = 1, 0, 1, 3

    def __init__(self, callback, epochs=1):
        self.callback, self.epochs = callback, epochs

    @property
    def estimated_stepping_batches(self):
        known = math.isfinite(self.num_training_batches)
        return self.epochs * self.num_training_batches if known else -1

    def tell(self, hook, *about):
        getattr(self.callback, hook)(self, *about)

    def fit(self, module, batches):
        self.callback.setup(self, module, stage="fit")
        self.tell("on_fit_start", module)
        self.tell("on_train_start", module)
        for _ in range(self.epochs):
            self.tell("on_train_epoch_start", module)
            for number, batch in enumerate(batches):
                self.tell("on_train_batch_start", module, batch, number)
                module.training_step(batch)
                self.global_step += 1
                self.tell("on_train_batch_end", module, None, batch, number)
        self.tell("on_train_end", module)
        assert not self.callback.state_dict()


class Counting(nn.Module):
    """Says class 0 as surely as it was trained often; in training mode it says nothing."""

    def __init__(self):
        super().__init__()
        self.steps = nn.Parameter(torch.zeros(()), requires_grad=False)
        self.frozen = nn.BatchNorm1d(1).eval()

    def forward(self, x):
        assert not self.training
        return torch.stack([self.steps.expand(len(x)), torch.zeros(len(x))], dim=1)

    def training_step(self, batch):
        assert self.training
        assert not self.frozen.training
        self.steps += 1


BATCHES = [(torch.zeros(2, 1), torch.zeros(2, dtype=torch.long))] * 3


def test_a_lightning_callback_scores_each_batch_before_it_is_trained_on(tmp_path):
    recorder = lit.record(tmp_path / "a.h5", run="r", start="theta0", seed=0, classes=2)
    FakeLightning(recorder.lightning_callback()).fit(Counting(), BATCHES)
    expected = [math.log2(1 + math.exp(-step)) for step in (0, 0, 1, 1, 2, 2)]
    assert read_columns(tmp_path / "a.h5")["bits"] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"epochs": 2}, "the training would be of more than one epoch"),
        ({"world_size": 2}, "2 processes train, and each sees a part"),
        ({"global_step": 6}, "the training goes on from step 6"),
    ],
)
def test_lightning_trainings_that_are_no_single_pass(tmp_path, changed, words):
    recorder = lit.record(tmp_path / "a.h5", run="r", start="theta0", seed=0, classes=2)
    trainer = FakeLightning(
        recorder.lightning_callback(lambda module, batch: (module(batch[0]), batch[1]))
    )
    vars(trainer).update(changed)
    with pytest.raises(InputError, match=words):
        trainer.fit(Counting(), BATCHES)
    assert not (tmp_path / "a.h5").exists()


def test_lightning_trainings_whose_second_epoch_could_not_be_foreseen(tmp_path):
    recorder = lit.record(tmp_path / "a.h5", run="r", start="theta0", seed=0, classes=2)
    trainer = FakeLightning(recorder.lightning_callback(), epochs=2)
    trainer.num_training_batches = math.inf
    with pytest.raises(InputError, match=r"a second epoch begins.*a\.h5 has the first"):
        trainer.fit(Counting(), BATCHES)
    assert len(read_columns(tmp_path / "a.h5")["bits"]) == 6
    with pytest.raises(InputError, match="the training begins again"):
        trainer.fit(Counting(), BATCHES)


@pytest.mark.parametrize("name", ["lightning.pytorch", "pytorch_lightning"])
def test_the_callback_is_one_of_the_lightning_that_is_imported(recorder, monkeypatch, name):
    """Lightning's trainer refuses others."""

    class Callback:
        state_key = property(type)

    monkeypatch.setitem(sys.modules, name, SimpleNamespace(Callback=Callback))
    callback = recorder.lightning_callback()
    assert isinstance(callback, Callback)
    assert callback.state_key == "lit.record"


def test_unknown_attributes_of_the_callback_are_none(recorder):
    with pytest.raises(AttributeError):
        _ = recorder.lightning_callback().strategy


@pytest.mark.skipif(not find_spec("lightning"), reason="lightning is not installed")
@pytest.mark.filterwarnings("ignore")
def test_the_loop_of_lightning(tmp_path, monkeypatch):
    import_torchvision()
    run_loop("with_lightning.py", tmp_path, monkeypatch)
    bits = read_streams("run.parquet", "flow").by_start["theta0"]["bits"]
    assert bits.shape == (3, 32)
    assert np.isfinite(bits).all()


# packages ------------------------------------------------------------------------------------------


def test_recording_imports_no_trainer_of_others():
    code = "import sys, lit; lit.record; print([n for n in sys.modules if '.' not in n])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"transformers", "lightning", "peft", "pyarrow", "pandas"} & set(eval(done.stdout))


def test_more_than_one_process_is_refused(recorder, tmp_path):
    arguments = SimpleNamespace(max_steps=3, num_train_epochs=1, world_size=2)
    with pytest.raises(InputError, match="2 processes train"):
        recorder.follow(SimpleNamespace(args=arguments))
