"""What `readout` takes by the length of the stream: CPU seconds and memory of each block's job, bits; one seed, one thread.

With --decode K, also sends K labels as a file under the default learner and reads them back.
"""

import resource
import time

from common import arguments, hardware, publish
from images import MODEL as CNN
from warm import CPU, MODEL, load

from lit.coding.coder import Coder, code_span
from lit.coding.decode import prove
from lit.coding.merge import merge_spans, unite
from lit.study.schedule import Schedule

MODELS = {"mlp": MODEL, "cnn": CNN}


def main() -> None:
    options = arguments(data="mnist", model="cnn", k=60000, decode=0)
    data, model, rows = load(options.data), MODELS[options.model], []
    about = hardware(1) | {"data": options.data, "model": model, "seed": 0}

    def coder(kind: str) -> Coder:
        return Coder(model, data, None, "front", [0], {"kind": kind}, None, "keep", CPU)

    one, spans = coder("readout"), []
    for block in Schedule().blocks_of(0, options.k):
        began = time.process_time()
        spans.append(code_span(one, [block], min(options.k, 2 * block[1])))
        rows.append(
            {"labels": block[1], "cpu_s": time.process_time() - began}
            | {"most_gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}
            | {"tflop": float(spans[-1]["flops"][0]) / 1e12}
        )
        publish("readout", rows, about, options.output)
    united = unite({"readout": merge_spans(spans)})
    about |= {code: united[f"bits/{code}"].sum() for code in ("architecture", "shortest")}
    if options.decode:
        blocks = Schedule().blocks_of(0, options.decode)
        began, kinds = time.perf_counter(), ("replay", "readout")
        merged = {k: merge_spans([code_span(coder(k), blocks, options.decode)]) for k in kinds}
        proof = prove(lambda: {kind: coder(kind) for kind in kinds}, blocks, merged)
        about |= {"decoded_labels": proof.labels, "wrong": proof.wrong, "sent_bits": proof.bits}
        about |= {"reported_bits": proof.reported_bits, "wall_s": time.perf_counter() - began}
    publish("readout", rows, about, options.output)


if __name__ == "__main__":
    main()
