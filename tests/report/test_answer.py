"""The answer of a study in a sentence, and the page over all studies."""

import pandas as pd
import pytest
from fakes import HOSTILE, hostile_report, tables_of

from lit.report.answer import LEAVES_OUT
from lit.report.answer import answer as whole_answer
from lit.report.index import make_index, write_index
from lit.report.names import say_learner, say_model
from lit.report.page import _compares_shares
from lit.report.two_arms import how_to_compare


def answer(*arguments, **named):
    """The answer without what is said of each L_IT at its end."""
    return whole_answer(*arguments, **named).removesuffix(f"\n{LEAVES_OUT}")


def table(**columns):
    """A main table of a random-label arm and a true one, or of M with the labels that are given."""
    columns |= {"source_labels": columns["labels"]} if "labels" in columns else {}
    return tables_of("a-b")["information_transfer"].assign(seeds=5, **columns)


def test_the_answer_has_its_interval_and_what_the_control_saves():
    found = table(l_it_bits=[-2.0, 30.0], m_train_accuracy=1.0, code="architecture")
    said = answer(found.assign(l_theta0_network_bits=99.0), 0)
    assert "closed-form" not in answer(found, 0).lower(), "nothing stands beside it"
    assert said.startswith(
        "Trained on 64 examples, “a b” saves 30.0 bits (95 % interval 1.5 to 1.5,"
    )
    assert (
        "\nWithout inputs the labels cost 1.5 bits, their entropy; the untrained network, which"
        " learns on the way, needs 1.5; M, the trained one, needs 1.5. So inputs save M 0.0 bits: 0.0"
        " that the stream itself teaches, and 0.0 that M's training did, which are L_IT. Closed-form"
        " fits of the same architecture predict beside either network, so that slow first steps of training are"
        " no knowledge (code architecture).\n" in said
    )
    control = "Random labels of n = 64 examples that M knows by heart save −2.0 bits (1.5 to 1.5)"
    weakly = "the control holds, weakly, as k log₂ C = 1.5 bits are fewer than 800."
    assert said.endswith(f"{control}: {weakly}")
    assert whole_answer(table(), 0).endswith(
        "\nL_IT is a head start under this n, k, learner and code, not all that inputs tell."
    )
    assert "knows by heart" not in answer(table(m_train_accuracy=0.5), 0)
    long = table(l_it_bits=[-2.0, 30.0], m_train_accuracy=1.0, uniform_bits=1700.0)
    allowed = "as up to 8.5 bits, 0.5 % of k log₂ C, may be either way."
    holds = f"{control}: the control holds, {allowed}"
    assert answer(long, 0).endswith(holds)
    price = " Bits below 0 are the price of finding out that M is of no help."
    below = answer(long.assign(l_it_ci_low=-3.0, l_it_ci_high=-1.0), 0)
    assert below.endswith(f"{holds}{price}".replace("1.5 to 1.5", "−3.0 to −1.0"))
    fails = table(l_it_bits=[-20.0, 30.0], m_train_accuracy=1.0, uniform_bits=1700.0)
    assert answer(fails, 0).endswith(
        "save −20.0 bits (1.5 to 1.5), and should save none: see the warnings."
    )


def test_of_groups_the_interval_is_about_others_like_these():
    said = answer(table(labels="true").assign(about="groups like these"), 0)
    assert "(95 % interval 1.5 to 1.5, 5 seeds, for other groups like these)" in said
    assert "fresh examples of a b, of groups that M never met, cost from the" in said
    other = answer(table(labels="true"), 0)
    assert "for other examples like these" in other


def test_learners_of_a_union_are_listed():
    said = {"a": "a", "a+b": "a and b", "a+b+c": "a, b and c"}
    assert {name: say_learner(name) for name in said} == said


def test_an_m_of_random_labels_answers_nothing():
    both = table(l_it_bits=[30.0, 90.0], m_train_accuracy=0.5, labels="true")
    assert "saves 30.0 bits" in answer(both.assign(source_labels=["true", "random-1"]), 0)
    assert "saves 90.0 bits" in answer(both.assign(source_labels=["true", "noise-0.3"]), 0)


def test_what_shares_of_classes_save_is_said():
    both = table(l_it_bits=[15.0, 90.0], m_train_accuracy=0.5, labels="true", arm=["few", "b"])
    said = answer(both.assign(source_labels=["shuffled-1", "true"]), 0)
    assert "“b” saves 90.0 bits" in said
    assert said.endswith(
        "\nAn M that knows the shares of the classes alone saves 15.0 bits (1.5 to 1.5) by “few”"
        " (n = 64)."
    )
    assert "classes alone saves" not in answer(both.assign(source_labels="true"), 0)


def test_what_an_analysis_says_beyond_shares_is_in_the_answer():
    both = table(labels="true", arm=["a", "b"]).assign(source_labels=["true", "shuffled-1"])
    said = answer(both, 0, beyond="a saves 3 bits more than b (95 % interval 1 to 5).")
    assert "by “b” (n = 64). Beyond that, a saves 3 bits more than b (95 % interval" in said
    cost = answer(both.assign(l_it_bits=-1.5), 0, beyond="a saves 3 bits more than b.")
    nothing = "classes alone saves nothing: −1.5 bits (1.5 to 1.5) by “b” (n = 64). By comparison,"
    assert f"{nothing} a saves 3 bits more than b.\n" in f"{cost}\n"
    wide = answer(both.assign(l_it_bits=-1.5, l_it_ci_high=9.0), 0, beyond="a saves 3 bits more.")
    assert "alone saves −1.5 bits (1.5 to 9.0) by “b” (n = 64). Beyond that, a saves 3" in wide
    shares = pd.DataFrame({"arm": ["a", "b"], "source_labels": ["true", "shuffled-1"]})
    assert _compares_shares("compare", shares)
    assert not _compares_shares("differences", shares)
    assert not _compares_shares("compare", shares.assign(source_labels="true"))


def test_what_the_labels_cost_is_said_three_times():
    codes = {"uniform_bits": 900.0, "label_entropy_bits": 852.0, "l_theta0_bits": 805.0}
    said = answer(table(labels="true", l_m_bits=771.0, **codes), 0)
    own = "Without inputs the labels cost 852.0 bits, their entropy;"
    cold = "the untrained network, which learns on the way, needs 805.0"
    parts = "47.0 that the stream itself teaches, and 34.0 that M's training did, which are L_IT."
    warm = "M, the trained one, needs 771.0. So inputs save M 81.0 bits:"
    assert f"\n{own} {cold}; {warm} {parts}" in said
    harm = answer(table(labels="true", l_m_bits=853.0, **codes), 0)
    assert f"{own} {cold}, 47.0 fewer; M, the trained one, needs 853.0, 1.0 more." in harm
    none = table(labels="true", l_m_bits=771.0, l_it_ci_low=-1.0, **codes)
    assert f"{cold}, 47.0 fewer; M, the trained one, needs 771.0, 81.0 fewer." in answer(none, 0)
    dear = answer(table(labels="true", l_m_bits=851.0, **codes | {"l_theta0_bits": 860.0}), 0)
    assert "needs 860.0, 8.0 more; M, the trained one, needs 851.0, 1.0 fewer." in dear
    both = "The untrained network, which learns on the way, needs 805.0; M, the trained one, needs"
    several = answer(table(labels="true", l_m_bits=771.0, **codes | {"uniform_bits": 99.0}), 0)
    assert f"\n{both} 771.0." in several, "of several labels an example there are no shares"


@pytest.mark.parametrize(
    ("entropy", "cold", "warm", "exact"),
    [
        (100.0, 60.0, 30.0, True),
        (100.04, 60.0, 30.04, True),  # 100.0 - 30.0 = 70.0
        (100.04, 60.06, 30.0, False),  # 60.1 - 30.0 is written as 30.1, 40.0 + 30.1 as 70.0
        (1000.4, 603.2, 30.0, False),  # 1,000 - 30.0 is written as 970.4
        (100.04, 110.06, 30.04, False),  # 110.1 - 100.0 is written as 10.0 more
        (100.0, 110.0, 30.0, True),
    ],
)
def test_sums_that_rounding_breaks_are_explained(entropy, cold, warm, exact):
    codes = {"label_entropy_bits": entropy, "l_theta0_bits": cold, "l_m_bits": warm}
    said = answer(table(labels="true", uniform_bits=2000.0, **codes), 0)
    remark = " Each number is rounded by itself, so sums are slightly off."
    assert (remark in said) != exact


@pytest.mark.parametrize(
    ("entropy", "classes", "said"),
    [(896.0, 3, True), (895.9, 3, False), (900.0, 3, True), (891.0, 10, True), (890.9, 10, False)],
)
def test_of_equal_classes_it_is_said_that_shares_are_worth_nothing(entropy, classes, said):
    """Ten equal classes differ in a stream by 6.5 bits on average, by chance."""
    equal = table(labels="true", uniform_bits=900.0, label_entropy_bits=entropy, classes=classes)
    found = answer(equal, 0)
    equal = "\nClasses are equally frequent: to know their shares saves"
    assert (f"{equal} {900 - entropy:.1f} bits at most." in found) == said


def test_what_fewer_examples_teach_is_said_beside():
    found = pd.concat([table(labels="true")] * 2, ignore_index=True).iloc[:3]
    found = found.assign(arm="a", n=pd.array([16, 64, 256], dtype="Int64"))
    found = found.assign(l_it_bits=[-1.0, 9.0, 30.0], **ends([-3.0, 5.0, 20.0], [1.0, 13.0, 40.0]))
    said = answer(found, 0)
    assert said.startswith("Trained on 256 examples")
    fewer = "−1.0 (−3.0 to 1.0) at n = 16, 9.0 (5.0 to 13.0) at n = 64."
    assert f"\nFrom fewer examples it saves {fewer}\n" in f"{said}\n"
    assert "From fewer" not in answer(found[:1], 0)


def test_how_few_a_small_control_knows_is_said():
    said = answer(table(l_it_bits=[-2.0, 30.0], m_train_accuracy=1.0, n=8), 0)
    assert (
        "Random labels of n = 8 examples that M knows by heart save −2.0 bits (1.5 to 1.5):" in said
    )


def test_the_answer_says_what_is_left_beside_good_learners_of_any_kind():
    cold = table()["l_theta0_bits"]
    codes = {"l_it_shortest_bits": 4.0, "l_it_shortest_ci_low": 2.0, "l_it_shortest_ci_high": 6.0}
    said = answer(table(l_theta0_shortest_bits=0.5 * cold, **codes), 0)
    beside = (
        "With good learners of any kind beside the network too (code shortest) M saves 4.0 (2.0"
    )
    assert f"\n{beside} to 6.0) of the {0.5 * cold[1]:.1f} that these labels cost.\n" in f"{said}\n"
    alike = answer(table(l_theta0_shortest_bits=0.99 * cold, **codes), 0)
    assert beside in alike, "then the number stands with any"
    itself = table(l_theta0_shortest_bits=0.5 * cold, code="shortest", **codes)
    none = table(l_theta0_shortest_bits=cold, **codes)
    for alone in (itself, none):
        assert "of any kind" not in answer(alone, 0)


def test_the_network_is_named_as_a_paper_would_and_the_arm_where_there_are_several():
    models = {"m": "a CNN (8 channels)"}
    one = answer(table(model="m", labels="true", arm="a", l_it_bits=9.0), 0, models=models)
    assert one.startswith("Trained on 64 examples, a CNN (8 channels) saves ")
    named = table(model="m", labels="true", arm=["a", "b-c"], l_it_bits=[5.0, 9.0])
    two = answer(named, 0, models=models)
    assert two.startswith("Trained on 64 examples, “b c”, a CNN (8 channels), saves ")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"kind": "linear"}, "a linear model"),
        ({"kind": "mlp", "hidden": []}, "a linear model"),
        ({"kind": "mlp", "hidden": [128]}, "an MLP (one hidden layer of 128 units)"),
        ({"kind": "mlp", "hidden": [9, 8, 7]}, "an MLP (hidden layers of 9, 8 and 7 units)"),
        ({"kind": "cnn", "channels": [16, 32]}, "a CNN (16 and 32 channels)"),
        ({"kind": "timm", "name": "resnet18"}, ""),
    ],
)
def test_a_network_in_words(entry, said):
    assert say_model(entry) == said


def test_the_code_of_training_alone_is_said_where_the_interval_lacks_it():
    network = {"l_it_network_bits": 30.0, "l_theta0_network_bits": 60.0}
    network |= {"l_it_network_ci_low": 20.0, "l_it_network_ci_high": 40.0}
    network |= {"code": "architecture"}
    said = answer(table(l_it_bits=9.0, **ends(1.0, 19.0), **network), 0)
    alone = "training alone (code network) M would save 30.0 (20.0 to 40.0) of 60.0"
    more = f"\nNot to be reported instead: by {alone}"
    slow = ": slow first steps of training stand in that, which are no knowledge."
    assert f"{more}{slow}" in said
    fewer = answer(table(l_it_bits=35.0, **ends(31.0, 39.0), **network), 0)
    assert fewer.endswith(f"\nBy {alone}.")
    both = table(labels="true", arm=["a", "b"], l_it_bits=9.0, **ends(1.0, 19.0), **network)
    both = both.assign(source_labels=["true", "shuffled-1"], l_it_network_bits=[30.0, 20.0])
    assert f"{more}, and shares alone 20.0{slow}" in answer(both, 0)
    within = answer(table(l_it_bits=9.0, **ends(1.0, 31.0), **network), 0)
    assert "training alone" not in within
    other = table(**ends(1.0, 19.0), **network).assign(code="shortest")
    assert "training alone" not in answer(other, 0), "of next tokens, where it has counts"
    bare = answer(table(**ends(float("nan"), float("nan")), **network), 0)
    assert "training alone" not in bare


def test_of_one_stream_the_largest_mean_answers():
    found = table(labels="true", arm=["a", "b"])
    assert (
        "As the largest mean of 2 rows with true labels it is likely a little too large."
        in answer(found, 0)
    )


def test_of_several_targets_or_k_both_ends_of_the_shares_saved_answer():
    """Bits of two streams do not compare: 90 of 500 is less than 60 of 100."""
    codes = {"l_it_bits": [90.0, 60.0, 30.0], "l_theta0_bits": [500.0, 100.0, 100.0]}
    both = table(labels="true", m_train_accuracy=0.5)
    found = pd.concat([both, both], ignore_index=True).iloc[:3]
    found = found.assign(arm=["a", "b", "c"], target=["t", "u", "u"], **codes)
    said = answer(found, 0)
    about = "(95 % interval 1.5 to 1.5, 5 seeds, for other examples like these) of"
    assert said.startswith(
        "Of 2 targets, M saves most of u, 60.0 % of its code from θ₀, and least of t, 18.0 % at"
        " best. In 3 of 3 rows with true labels the interval lies above 0.\nMost: trained on 64"
        f" examples, “b” saves 60.0 bits {about} the 100.0 that the labels of 128 fresh examples of u"
        " cost from the untrained network.\nLeast: trained on 64 examples, “a” saves 90.0 bits"
        f" {about} 500.0."
    )
    cold = found.assign(l_theta0_shortest_bits=50.0, **ends(1.0, 9.0))
    cold["l_it_shortest_ci_low"], cold["l_it_shortest_ci_high"] = 1.0, 9.0
    assert "of the 50.0 that the labels of u cost." in answer(cold, 0)
    streams = {"k": [128, 128, 256], "target": "t", "l_theta0_bits": [500.0, 500.0, 100.0]}
    other = answer(found.assign(**streams), 0)
    assert "Of 2 targets or k, M saves most of t (k = 256), 30.0 % of its code" in other
    assert "and least of t (k = 128), 18.0 % at best" in other
    none = answer(found.assign(**ends(-9.0, 99.0)), 0)
    assert none.startswith("No transfer that can be told from 0. Of 2 targets, M saves most of u")
    assert "In 0 of 3 rows" in none
    told = answer(found.assign(**ends([1.0, -9.0, -9.0], 99.0)), 0)
    assert told.startswith("Of 2 targets, M saves most of t, 18.0 %"), "u's may be none"


def test_no_more_than_naming_an_expert_costs_is_said_first():
    little = answer(table(l_it_bits=4.0, l_it_ci_low=1.0, l_it_ci_high=9.0), 0)
    assert little.startswith("No more than naming the right expert can cost (4 bits): trained on")
    assert answer(table(l_it_bits=5.0, l_it_ci_low=1.0, l_it_ci_high=9.0), 0).startswith("Trained")


def ends(low, high):
    return {"l_it_ci_low": low, "l_it_ci_high": high}


@pytest.mark.parametrize(
    ("low", "high", "begins"),
    [
        (
            -11.4,
            9.9,
            "No transfer that can be told from 0: trained on 64 examples, “a b” saves −0.7 bits",
        ),
        (-9.0, -2.0, "M does harm: trained on 64 examples, “a b” saves −0.7 bits"),
        (0.1, 9.9, "Trained on 64 examples, “a b” saves −0.7 bits"),
    ],
)
def test_a_transfer_that_is_none_is_not_said_to_be_one(low, high, begins):
    assert answer(table(l_it_bits=-0.7, **ends(low, high)), 0).startswith(begins)


def test_what_can_be_told_from_0_goes_before_a_larger_mean_that_cannot():
    both = table(l_it_bits=[20.0, 90.0], **ends([15.0, -9.0], [25.0, 189.0])).assign(
        labels="true", source_labels="true"
    )
    said = answer(both, 0)
    assert "saves 20.0 bits (95 % interval 15.0 to 25.0," in said
    largest = (
        "As the largest mean that can be told from 0 of 2 rows with true labels it is likely a"
        " little too large."
    )
    assert said.endswith(f"\n{largest}")


def test_without_an_interval_the_answer_says_so():
    none = {"l_it_ci_low": float("nan"), "l_it_ci_high": float("nan")}
    said = answer(table(**none).assign(seeds=2), 0)
    assert "(2 seeds, too few for an interval)" in said


def test_studies_without_a_trained_m_answer_by_code_length():
    said = answer(table(n=pd.array([0, 0], dtype="Int64"), l_m_bits=[9.0, 8.0]), 0)
    assert "The shortest code is that of a b: 8.0 bits for 128 labels" in said
    assert "32 cells of sequences" in answer(table()[:0], 32)
    assert answer(table()[:0], 32, "Joint holds most.").startswith("Joint holds most.\n32 cells of")


def test_the_index_has_every_report_and_its_answer(tmp_path):
    heads = {
        "new": '<meta name="question" content="How many?">'
        '<meta name="description" content="Saves 3 &amp; 4 bits.\nMore of it.">',
        "published/old": "",
    }
    for study, head in heads.items():
        (tmp_path / study / "report").mkdir(parents=True)
        (tmp_path / study / "report/index.html").write_text(f"<html><head>{head}</head></html>")
    path = write_index(tmp_path)
    text = path.read_text()
    assert '<a href="new/report/index.html">new</a>' in text
    assert "<dd>Saves 3 &amp; 4 bits.</dd>" in text
    assert text.count('<dd class="question">How many?</dd>') == 1
    assert '<a href="published/old/report/index.html">old</a>' in text
    assert text == make_index(tmp_path), "it is no study of its own"


def test_a_report_leads_with_the_answers_first_line_and_lists_the_others(tmp_path, tiny):
    text = hostile_report(tmp_path, tiny)
    head, _, said = text.partition("</head>")
    lead = said.split('<p class="answer">')[1].split("</p>")[0]
    assert lead.endswith("cost from the untrained network.")
    lines = said.split('<ul class="beside">')[1].split("</ul>")[0]
    assert lines.count("<li>") > 2
    assert f"<li>{LEAVES_OUT}</li>" in lines
    assert f'content="{lead}\n' in head, "what the index and the terminal have of it"


def test_the_index_escapes_what_reports_say(tmp_path):
    folder = tmp_path / "a<b>" / "report"
    folder.mkdir(parents=True)
    said = HOSTILE.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    (folder / "index.html").write_text(f'<meta name="description" content="{said}">')
    text = write_index(tmp_path).read_text()
    assert "<script" not in text
    assert "a&lt;b&gt;" in text
    assert '<a href="a%3Cb%3E/report/index.html">' in text


def test_of_arms_that_differ_in_their_coder_the_shortest_code_answers():
    """What a coder wastes from theta0 stands in its L_IT: the largest mean is the worst coder's."""
    codes = {"l_theta0_bits": [500.0, 460.0], "arm": ["wasteful", "thrifty"]}
    both = table(l_it_bits=[90.0, 60.0], **codes, **ends([80.0, 50.0], [100.0, 70.0]))
    both = both.assign(labels="true", source_labels="true")
    said = answer(both, 0)
    assert "“thrifty” saves 60.0 bits (95 % interval 50.0 to 70.0," in said
    assert (
        "\nNot judged here: “wasteful” (8.7 %), whose mean code is longer than the shortest arm's"
        " from θ₀ by that much, as such waste may stand in L_IT." in said
    )
    how = "python -m lit compare STUDY.yaml --arms wasteful thrifty"
    assert how_to_compare(both) == how
    assert how_to_compare(both.iloc[:1]) == ""
    assert how_to_compare(both.assign(n=[64, 128])) == ""
    alike = answer(both.assign(l_theta0_bits=[464.0, 460.0]), 0)
    assert "“wasteful” saves 90.0 bits" in alike, "no mean tells which of the two is shorter"
    other = answer(both.assign(target=["mnist", "fashion"]), 0)
    assert "“wasteful” saves 90.0 bits" in other
    assert "shortest mean code" not in other
    assert "have no M" not in other


def two_arms(**columns):
    """Two arms at n = 32 and 64 on one stream, in the main table and by seed: b less a is -5 at 32
    and 6, 7, 7, 5, 9 at 64."""
    (row,) = table()[1:].to_dict("records")
    row |= {"about": "these examples", "seeds": 5} | columns
    saved = {("a", 32): [20.0] * 5, ("b", 32): [15.0] * 5}
    saved |= {("a", 64): [3.0, 5, 3, 6, 4], ("b", 64): [9.0, 12, 10, 11, 13]}
    rows, seeds = [], []
    for (arm, n), bits in saved.items():
        rows.append(row | {"arm": arm, "n": n, "l_it_bits": sum(bits) / 5})
        seeds += [
            {"arm": arm, "n": n, "seed": s, "l_it_bits": b, "label_entropy_bits": 400.0 + s}
            for s, b in enumerate(bits)
        ]
    return pd.DataFrame(rows).astype({"n": "Int64"}), pd.DataFrame(seeds).astype({"n": "Int64"})


def test_of_two_arms_on_one_stream_the_answer_says_how_much_more_one_saves():
    main, seeds = two_arms()
    said = (
        "\nAt n = 64, “b” saves 6.8 bits more than “a” (95 % interval 5.0 to 8.6, paired by seed)."
    )
    assert said in answer(main, 0, by_seed=seeds)
    assert said in answer(main, 0, by_seed=seeds.sample(frac=1, random_state=0))
    control = pd.concat([main, main.assign(arm="c", labels="random-1")], ignore_index=True)
    assert said in answer(control, 0, by_seed=seeds)
    assert " more than “" not in answer(main, 0)
    unsure = seeds.assign(
        l_it_bits=[20.0] * 5 + [15.0] * 5 + [8.0, 12, 11, 9, 13, 9, 12, 10, 11, 13]
    )
    assert (
        " “b” saves 0.4 bits more than “a” (95 % interval −1.0 to 1.8, paired by seed): they cannot"
        " be told apart." in answer(main, 0, by_seed=unsure)
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"about": "examples like these"},
        {"k": [128, 256] * 2},
        {"learner": ["replay", "restart"] * 2},
        {"target": ["digits", "mnist"] * 2},
        {"arm": ["a", "b", "c", "b"]},
        {"n": pd.array([32, 64, 128, 256], dtype="Int64")},
        {"l_theta0_bits": [500.0, 460.0] * 2},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_no_difference_is_said_of_arms_that_do_not_compare(columns):
    main, seeds = two_arms()
    assert "paired by seed" not in answer(main.assign(**columns), 0, by_seed=seeds)


def test_no_difference_is_said_of_other_labels_or_too_few_seeds():
    main, seeds = two_arms()
    other = seeds["label_entropy_bits"] + (seeds["arm"] == "b")
    unknown = seeds["label_entropy_bits"] * float("nan")
    for entropy in (other, unknown):
        said = answer(main, 0, by_seed=seeds.assign(label_entropy_bits=entropy))
        assert "paired by seed" not in said
    assert "paired by seed" not in answer(main, 0, by_seed=seeds[seeds["seed"] < 2])
    older = main.drop(columns="about")
    assert "paired by seed" not in answer(older, 0, by_seed=seeds)


def test_arms_without_an_m_are_said_to_be_compared_below():
    both = table(labels="true", arm=["a", "b"])
    more = pd.concat([both, both.assign(arm=["c", "d"], n=0)], ignore_index=True)
    assert "2 other arms have no M: their codes from θ₀ are compared in the analyses" in answer(
        more, 0
    )
    assert "have no M" not in answer(pd.concat([both, both.assign(n=0)], ignore_index=True), 0)


def test_what_cannot_be_told_from_0_has_a_remedy():
    more = "\nMore seeds tell smaller ones from 0: append a group, such as [5, 6, ..., 19], to the"
    small = table(labels="true", l_it_bits=5.0, **ends(-1.0, 11.0))
    assert more in answer(small, 0)
    assert "More seeds" not in answer(small.assign(seeds=11), 0)
    assert "More seeds" not in answer(table(labels="true", l_it_bits=5.0, **ends(1.0, 9.0)), 0)
    assert "More seeds" not in answer(table(labels="true", l_it_bits=-5.0, **ends(-9.0, -1.0)), 0)
