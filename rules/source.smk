# Sources: the models M that streams are coded from, one job a seed group.
# Takes data/<dataset>.h5, makes models/<source>/seeds-<group>.h5 (weights, training examples and
# their bits).


rule train_source:
    """
    Train the models M of one source, one a seed of the group.

    Takes the source's data set, and the source before it where training goes on from one; makes
    ``models/<source>/seeds-<group>.h5``: weights, the training examples, and the bits that their
    labels cost M. Reruns when the data, the source before, the settings of the source, the model or
    the training, or the code of training changes; an edit of the coder or of a learner retrains no
    source.
    """
    input:
        unpack(lambda w: plan.sources.inputs(w.source, w.group)),
    output:
        paths.source("{source}", "{group}"),
    log:
        paths.log("train_source", "{source}/seeds-{group}"),
        times=paths.times("train_source", "{source}/seeds-{group}"),
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
        code=job_code("train_source", {}),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/train_source.py"
