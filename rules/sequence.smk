# Sequences: what a network is after each of the tasks that it is trained on one after another; a chain of jobs, one a task.
# Takes the task's data and the file of the task before, makes models/<stage>/seeds-<group>.h5 as rule train_source does,
# with what the algorithm carries on to the next task.


rule train_task:
    input:
        data=lambda w: plan.source_data(w.stage),
        before=lambda w: plan.source_before(w.stage, w.group),
    output:
        paths.source("{stage}", "{group}"),
    log:
        paths.log("train_task", "{stage}/seeds-{group}"),
    benchmark:
        paths.benchmark("train_task", "{stage}/seeds-{group}")
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
        code=lambda w: plan.source_code(w.stage),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/train_task.py"
