# Before and after: what a study will cost; that results are what it asks for today, and that code
# lengths are codes.
# Takes every HDF5 file; with --config decode=true also makes audit/<run>/seeds-<group>.{code,json}.


rule plan:
    """
    Print what a study will cost: jobs, examples to train on, and time.

    Takes what result files say made them, of which stale ones are to be made again, and run times
    of earlier jobs from ``results/*/benchmarks``; makes no file.
    Runs when asked for: ``snakemake plan``.
    """
    log:
        paths.log("plan", "all"),
    localrule: True
    conda:
        environment
    threads: 1
    params:
        settings=lambda w: plan.forecast_settings(),
    script:
        "../workflow_scripts/plan.py"


rule decode_run:
    """
    Send the labels of a run as a file, and read them back from it with inputs and seeds alone.

    Takes what the run's blocks are made from, and the blocks; makes
    ``audit/<run>/seeds-<group>.code``, the labels as a file, and ``.json``, whether they came back
    and how long the file is. Runs with ``--config decode=true`` or ``decode=<run>``; reruns when
    the blocks or the code of decoding change.
    """
    input:
        unpack(lambda w: plan.codes.decode_inputs(w.run, w.group)),
    output:
        code=paths.decoded("{run}", "{group}", "code"),
        proof=paths.decoded("{run}", "{group}", "json"),
    log:
        paths.log("decode_run", "{run}/seeds-{group}"),
    conda:
        environment
    threads: study.threads
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: memory_mb(study, attempt),
        runtime=lambda w, attempt: 4
        * block_minutes(0, study.lengths[w.run], len(plan.groups[w.group]))
        * attempt,
    params:
        settings=lambda w: plan.decode_settings(w.run, w.group),
        code=lambda w: plan.codes.decode_code(w.run, w.group),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/decode_run.py"


rule audit:
    """
    Compare every file of the study with what it has to be, and name what is missing, damaged,
    unknown or stale.

    Takes all result files as they are and, with ``--config decode=true``, what decoding showed;
    makes no file. Runs when asked for: ``snakemake audit``.
    """
    input:
        [
            paths.decoded(run, group, "json")
            for run in decoded_runs
            for group in plan.groups
        ],
    log:
        paths.log("audit", "all"),
    localrule: True
    conda:
        environment
    threads: 1
    params:
        expected=lambda w: plan.expected(decoded_runs),
    script:
        "../workflow_scripts/audit.py"
