# Data: from a config's entry to one checked HDF5 file a data set, views of it, and features of
# frozen backbones.
# Makes results/<study>/data/<dataset>.h5, views/<dataset>.h5 and features/<dataset>.h5.

from collections import UserDict


rule prepare_dataset:
    """
    Read one data set, check it, and store it.

    Takes the files that the data set's entry names, or makes planted data; makes
    ``data/<dataset>.h5``: inputs, labels, and a hash of each input, by which duplicates are found.
    Reruns when the entry, the content of a user's file, or the code of this kind's loader or of the
    checks changes.
    """
    output:
        paths.dataset("{dataset}"),
    log:
        paths.log("prepare_dataset", "{dataset}"),
        times=paths.times("prepare_dataset", "{dataset}"),
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 4000 * attempt,
        runtime=lambda w, attempt: 30 * attempt,
    params:
        settings=lambda w: plan.data_settings(w.dataset),
        code=lambda w: plan.data.code(w.dataset),
    script:
        "../workflow_scripts/prepare_dataset.py"


rule view_dataset:
    """
    Make a view of a data set: the same examples and labels, but a part or a permutation of the
    inputs.

    Takes the data set's file, makes ``views/<dataset>.h5``.
    Reruns when the data, the view's entry or the code of views changes.
    """
    input:
        data=lambda w: plan.data.file(study.datasets[w.dataset]["of"]),
    output:
        paths.view("{dataset}"),
    log:
        paths.log("view_dataset", "{dataset}"),
        times=paths.times("view_dataset", "{dataset}"),
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 4000 * attempt,
        runtime=lambda w, attempt: 30 * attempt,
    params:
        settings=lambda w: plan.data_settings(w.dataset),
        code=job_code("view_dataset", {}),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/view_dataset.py"


rule extract_features:
    """
    Pass a data set through a frozen network, and store its features as a data set of their own.

    Takes the data set's file, makes ``features/<dataset>.h5``. Features so far are kept in a
    checkpoint beside it. One pass is for all layers of a network: the first job of them leaves the
    others' files as ``features/<dataset>.ahead``, each for its own job. Reruns when the data, the
    entry, the network's entry, weights or code, or the code of features changes.
    """
    input:
        data=lambda w: plan.data.file(study.datasets[w.dataset]["of"]),
    output:
        paths.features("{dataset}"),
    log:
        paths.log("extract_features", "{dataset}"),
        times=paths.times("extract_features", "{dataset}"),
    conda:
        environment
    threads: study.threads
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: 8000 * attempt,
        runtime=lambda w, attempt: 60 * attempt,
    params:
        settings=lambda w: plan.data_settings(w.dataset),
        code=job_code("extract_features", {}),
        made=lambda w, input: plan.made(input),
        # Which other layers go along changes no number: of this type, Snakemake compares no params.
        together=lambda w: UserDict(plan.data.together(w.dataset)),
    script:
        "../workflow_scripts/extract_features.py"


rule features_all:
    """
    Target: all data sets of features. Makes nothing itself.
    """
    input:
        [
            plan.data.file(name)
            for name, spec in study.datasets.items()
            if spec["kind"] == "features"
        ],
        known_results,
    localrule: True
