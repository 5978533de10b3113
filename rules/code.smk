# Codes: every block of every run is a job of its own (the head's tiny blocks share one), merged by
# run. With a learner whose jobs are a chain, each goes on from what the block file before it holds.
# Takes data and models, makes blocks/<run>/seeds-<group>/<start>-<stop>.h5 and
# codelengths/<run>.h5; codes that were recorded elsewhere are read into the same form.


rule code_block:
    """
    Code the labels of one span of a run's stream, for one group of seeds.

    Takes the target's data set; where the run starts from a source, its file; where the learner
    remembers M's examples, their data set; where its jobs are a chain, the block before. Makes
    ``blocks/<run>/seeds-<group>/<start>-<stop>.h5``: the bits of each label under each expert.
    Reruns when one of these, the settings of the run, the blocks in the span, the learner's code or
    that of the coder changes. Blocks are named by what they code: a longer stream or a new seed
    keeps all that are there.
    """
    input:
        unpack(lambda w: plan.codes.block_inputs(w.run, w.group, int(w.start))),
    output:
        paths.block("{run}", "{group}", "{start}", "{stop}"),
    log:
        paths.log("code_block", "{run}/seeds-{group}/{start}-{stop}"),
        times=paths.times("code_block", "{run}/seeds-{group}/{start}-{stop}"),
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
        code=lambda w: plan.codes.block_code(w.run),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/code_block.py"


rule merge_blocks:
    """
    Join a run's blocks and seeds, mix the experts, and prove that the stream holds no example of
    M's.

    Takes all blocks of the run, the files of all that M was trained on, and the data sets of both;
    makes ``codelengths/<run>.h5``. Reruns when one of these, the run's length or seeds, or the code
    of merging or of the mixture changes; this takes seconds and needs no GPU.
    """
    input:
        unpack(lambda w: plan.codes.merge_inputs(w.run)),
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
        code=job_code("merge_blocks", {}),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/merge_blocks.py"


rule read_recording:
    """
    Read the code lengths of a run that was recorded elsewhere, and check them.

    Takes the file, or the folder of files, that an arm names as ``recorded``; makes
    ``codelengths/<run>--<start>.h5``, as merging makes it but with one code, ``network``. Reruns
    when the content of the file, the run's length, blocks or seeds, or the code of reading changes.
    """
    output:
        paths.codelengths("{recorded}"),
    log:
        paths.log("read_recording", "{recorded}"),
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 20 * attempt,
    params:
        settings=lambda w: plan.recorded_settings(w.recorded),
        path=lambda w: study.recorded[w.recorded].path,
        code=job_code("read_recording", {}),
    script:
        "../workflow_scripts/read_recording.py"


rule codelengths_all:
    """
    Target: all code lengths. Makes nothing itself.

    Blocks and sources are named too: one that was deleted is remade even where all that is made
    from it exists.
    """
    input:
        plan.codes.files(),
        [block for run in study.runs for block in plan.codes.blocks(run)],
        plan.sources.all_files(),
        known_results,
    localrule: True
