"""Proof that a code length is one: a run's labels are sent as a file, and read back from it without
the labels.

Sender and receiver run the same learners, block by block. The receiver's labels are all wiped; each
is written back as it is decoded, so that a learner which looks ahead decodes something else.
Predictions are computed anew by both, and mixed like :func:`lit.coding.mixture`. Where each label
is the next input, inputs are wiped with the labels, and both ends predict label by label.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from lit.coding.channel import Span
from lit.coding.coder import Coder
from lit.coding.merge import unite
from lit.coding.mixture import is_uniform
from lit.coding.transmission import Party, Receiver, Sender, Transmission
from lit.files.result_files import Arrays
from lit.study.codes import HEADLINE

ALLOWED_SHARE, ALLOWED_BITS = 0.001, 64  # how much longer than reported the file may be


@dataclass(frozen=True)
class Proof:
    """What sending and receiving a run's labels showed, for the seeds of one group.

    Attributes:
        words: The code, 32-bit words.
        reported_bits: The code length that the results report.
        labels: How many labels were sent.
        wrong: Labels that were not received as they are.
    """

    words: np.ndarray
    reported_bits: float
    labels: int
    wrong: int

    @property
    def bits(self) -> int:
        return 32 * len(self.words)

    @property
    def holds(self) -> bool:
        """All labels were received, and the file is as long as reported."""
        return (
            self.wrong == 0 and self.bits <= self.reported_bits * (1 + ALLOWED_SHARE) + ALLOWED_BITS
        )


def prove(
    build: Callable[[], Mapping[str, Coder]],
    blocks: list[tuple[int, int]],
    merged: Mapping[str, Arrays],
    code: str = HEADLINE,
) -> Proof:
    """Send a run's labels as a code, receive them from it, and compare.

    Args:
        build: Makes the coders of the run's learners by their names, fresh ones for each end.
        blocks: All blocks of the stream.
        merged: Merged arrays of these seeds by learner, see :func:`lit.coding.merge.merge_spans`.
        code: Which of the three codes.
    """
    previous = {learner: "bits/previous" in arrays for learner, arrays in merged.items()}
    source, senders, receivers = Sender(), build(), build()
    k, classes = blocks[-1][1], next(iter(senders.values())).classes
    first = next(iter(merged.values()))
    start, there = first["bits/start"][:, :k], first["label"][:, :k] >= 0
    uniform = is_uniform(start[there], np.log2(classes))
    for coder in [*senders.values(), *receivers.values()]:
        if coder.next_tokens:
            coder.keep_inputs_apart()
    _run(senders, blocks, Transmission(senders, code, source, uniform), previous)
    words = source.encoder.get_compressed()
    for coder in receivers.values():
        coder.forget()
    end = Receiver(words)
    _run(receivers, blocks, Transmission(receivers, code, end, uniform), previous)
    united = unite(merged)
    received = next(iter(receivers.values())).examples.label[:, :k].cpu().numpy()
    wrong = max(int((received != united["label"]).sum()), end.lost)
    return Proof(words, float(united[f"bits/{code}"].sum()), int(there.sum()), wrong)


def _run(
    coders: Mapping[str, Coder],
    blocks: list[tuple[int, int]],
    transmission: Transmission,
    previous: Mapping[str, bool],
) -> None:
    """All learners, each one block at a time."""
    whole, threads = Span(blocks, blocks[-1][1]), torch.get_num_threads()

    def learn(learner: str, coder: Coder) -> None:
        torch.set_num_threads(threads)  # a thread of its own begins with all cores
        party, before = Party(transmission, learner, previous[learner]), None
        # One computes while the others wait: torch's random numbers are one stream for all threads,
        # and draws of theta0 in one learner would change what dropout leaves out in another.
        with transmission.changed:
            try:
                for i, block in enumerate(blocks):
                    before = coder.code(party, Span([block], whole.next_end(i)), before).after
            except BaseException as error:
                transmission.fail(error)
                raise

    with ThreadPoolExecutor(len(coders)) as pool:
        jobs = [pool.submit(learn, *one) for one in coders.items()]
    if transmission.failed:
        raise transmission.failed
    for job in jobs:
        job.result()
