# Before and after: what a study will cost; that results are what it asks for today, and that code
# lengths are codes.
# Takes every HDF5 file; with --config decode=true also makes audit/<run>/seeds-<group>.{code,json}.


# Print the jobs, the examples to be trained on, and the time by the records of earlier jobs.
rule plan:
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


# Send the labels of a run as a file, and read them back from it with inputs and seeds alone.
rule decode_run:
    input:
        data=lambda w: plan.data(study.runs[w.run].target),
        source=lambda w: plan.source_of(w.run, w.group),
        memory=lambda w: plan.memory_of(w.run),
        codes=lambda w: plan.all_blocks(w.run, w.group),
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
        code=lambda w: code_digest("decode_run", plan.learner_module(w.run)),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/decode_run.py"


# Read every file of the study as it lies there, and say what is missing, damaged, unknown or made by something else.
rule audit:
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
