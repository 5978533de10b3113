"""What a learner is given: the stream, and the span of it that one job codes."""

from dataclasses import dataclass

from lit.engine import Examples


@dataclass(frozen=True)
class Task:
    """The streams of S seeds.

    Attributes:
        examples: Inputs, and each seed's examples (S, M) in coding order; a learner uses a label only
            to code it, or after its block was coded.
        seeds: The S seeds, which key every random draw.
    """

    examples: Examples
    seeds: list[int]


@dataclass(frozen=True)
class Span:
    """What one job codes.

    Attributes:
        blocks: Consecutive (start, stop) blocks.
        ahead: End of the block that follows; the last block's model also scores up to there,
            as the expert "previous block's model" of the next job.
    """

    blocks: list[tuple[int, int]]
    ahead: int

    @property
    def start(self) -> int:
        return self.blocks[0][0]

    @property
    def stop(self) -> int:
        return self.blocks[-1][1]
