"""What a job asks a cluster for, by its size: generous guesses that grow with each attempt."""

from lit.study.entities import Study


def memory_mb(study: Study, attempt: int) -> int:
    """Megabytes for a training job: torch, the data set, and a stack of a group's models."""
    return attempt * (4000 + 200 * study.largest_group)


def block_minutes(start: int, stop: int, seeds: int) -> int:
    """Minutes to code a span, by the examples that its models are trained on."""
    return 15 + seeds * max(start, stop - start) // 500


def source_minutes(n: int, seeds: int) -> int:
    """Minutes to train a source on n examples, memorising included."""
    return 15 + seeds * n // 200
