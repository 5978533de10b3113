# Sources: the models M that streams are coded from, one job a seed group.
# Takes data/<dataset>.h5, makes models/<source>/seeds-<group>.h5 (weights, training examples and
# their bits).


rule train_source:
    input:
        data=lambda w: plan.data(study.sources[w.source].dataset),
        before=lambda w: plan.source_before(w.source, w.group),
    output:
        paths.source("{source}", "{group}"),
    log:
        paths.log("train_source", "{source}/seeds-{group}"),
    benchmark:
        paths.benchmark("train_source", "{source}/seeds-{group}")
    conda:
        environment
    threads: study.threads
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: memory_mb(study, attempt),
        runtime=lambda w, attempt: source_minutes(
            study.sources[w.source].n or 0, len(plan.groups[w.group])
        )
        * attempt,
    params:
        settings=lambda w: plan.source_settings(w.source, w.group),
        code=code_digest("train_source"),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/train_source.py"
