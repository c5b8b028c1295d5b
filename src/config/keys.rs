//! The keys of a config that are not checks.

use super::reference::PLACE;

/// Keys of a dataset that are not checks.
pub const DATASET_KEYS: [&str; 6] = ["path", "baseline_path", "types", "na", "columns", "fairness"];

/// Keys that all checks understand in their long form.
pub const LINE_KEYS: [&str; 5] = ["severity", "confidence", "on_inconclusive", "min_n", "waive"];

/// Keys of a config.
pub(super) const TOP_KEYS: [&str; 14] = [
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
    "data",
    "models",
    "waivers",
];
