//! The keys of a config that are not checks.

use super::reference::PLACE;

/// Keys of a dataset that are not checks.
pub const DATASET_KEYS: [&str; 11] = [
    "path",
    "baseline_path",
    "types",
    "na",
    "columns",
    "rules",
    "failed_rows",
    "numbers",
    "foreign_keys",
    "proxies",
    "fairness",
];

/// The checks of a dataset whose value is a mapping from names to settings.
pub const NAMED_CHECKS: [&str; 5] = ["rules", "failed_rows", "numbers", "foreign_keys", "proxies"];

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
