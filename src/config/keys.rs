//! The keys of a config that are not checks.

/// Keys of a dataset that are not checks.
pub const DATASET_KEYS: [&str; 7] = ["path", "baseline_path", "types", "na", "csv", "columns", "fairness"];

/// Keys that all checks understand in their long form.
pub const LINE_KEYS: [&str; 5] = ["severity", "confidence", "on_inconclusive", "min_n", "waive"];

/// Keys of a config.
pub(super) const TOP_KEYS: [&str; 16] = [
    "version",
    "baseline",
    PLACE,
    "seed",
    "confidence",
    "min_cell",
    "memory_limit",
    "disk_limit",
    "time_limit",
    "checks",
    "comment",
    "guard",
    "policy",
    "data",
    "models",
    "waivers",
];

/// Keys of a model.
pub const MODEL_KEYS: [&str; 37] = [
    "metrics_file",
    "baseline_metrics_file",
    "task",
    "predictions",
    "baseline_predictions",
    "pairing",
    "keys",
    "may_differ",
    "labels",
    "types",
    "na",
    "csv",
    "key",
    "label",
    "positive",
    "classes",
    "score",
    "prediction",
    "interval",
    "baseline",
    "logits",
    "threshold",
    "weight",
    "cluster",
    "query",
    "series",
    "time",
    "naive_error",
    "better",
    "words",
    "unscored",
    "samples",
    "pair",
    "slices",
    "must_pass",
    "metrics",
    "fairness",
];

/// The config's key of the reference.
pub(super) const PLACE: &str = "reference";
