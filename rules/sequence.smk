# Sequences: what a network is after each of the tasks that it is trained on; a chain of jobs, one a
# task. Takes data of the tasks and the file of the task before, makes
# models/<stage>/seeds-<group>.h5.


rule train_task:
    """
    Train the models M on one task of a sequence, from where the task before left them.

    Takes data of the tasks and the file of the task before; makes
    ``models/<stage>/seeds-<group>.h5``, as train_source does, with what the algorithm carries on to
    the next task. Reruns when these, the settings of the sequence, the model or the algorithm, the
    algorithm's code or that of training changes; another algorithm's edit retrains nothing.
    """
    input:
        unpack(lambda w: plan.sources.inputs(w.stage, w.group)),
    output:
        paths.source("{stage}", "{group}"),
    log:
        paths.log("train_task", "{stage}/seeds-{group}"),
        times=paths.times("train_task", "{stage}/seeds-{group}"),
    conda:
        environment
    threads: study.threads
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: memory_mb(study, attempt),
        runtime=lambda w, attempt: source_minutes(
            study.sources[w.stage].n, len(plan.groups[w.group])
        )
        * attempt,
    params:
        settings=lambda w: plan.source_settings(w.stage, w.group),
        code=lambda w: plan.sources.code(w.stage),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/train_task.py"
