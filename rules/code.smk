# Codes: every block of every run is a job of its own (the head's tiny blocks share one), merged by
# run. With a learner whose jobs are a chain, each goes on from what the block file before it holds.
# Takes data and models, makes blocks/<run>/seeds-<group>/<start>-<stop>.h5 and
# codelengths/<run>.h5.


rule code_block:
    input:
        unpack(lambda w: plan.block_inputs(w.run, w.group, int(w.start))),
    output:
        paths.block("{run}", "{group}", "{start}", "{stop}"),
    log:
        paths.log("code_block", "{run}/seeds-{group}/{start}-{stop}"),
    benchmark:
        paths.benchmark("code_block", "{run}/seeds-{group}/{start}-{stop}")
    conda:
        environment
    threads: study.threads
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: memory_mb(study, attempt),
        runtime=lambda w, attempt: block_minutes(
            int(w.start), int(w.stop), len(plan.groups[w.group])
        )
        * attempt,
    params:
        settings=lambda w: plan.block_settings(
            w.run, w.group, int(w.start), int(w.stop)
        ),
        code=lambda w: plan.block_code(w.run),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/code_block.py"


rule merge_blocks:
    input:
        blocks=lambda w: plan.blocks(w.run),
        sources=lambda w: plan.chain_of(w.run),
        data=lambda w: plan.run_data(w.run),
        known=known_results,
    output:
        paths.codelengths("{run}"),
    log:
        paths.log("merge_blocks", "{run}"),
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 20 * attempt,
    params:
        settings=lambda w: plan.merge_settings(w.run),
        code=code_digest("merge_blocks"),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/merge_blocks.py"


# Blocks and sources are named too: one that was deleted is remade even where all that is made from it exists.
rule codelengths_all:
    input:
        [paths.codelengths(run) for run in study.runs],
        [block for run in study.runs for block in plan.blocks(run)],
        [
            paths.source(source, group)
            for source in study.sources
            for group in plan.groups
        ],
        known_results,
    localrule: True
