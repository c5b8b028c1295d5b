//! The program of clusters is built of the same versions of crates as the program itself, whose states it merges.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Returns the versions of each package of a lock file.
fn locked(name: &str) -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in text.split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap().trim_matches('"').to_owned()
        };
        found.entry(value("name = ")).or_default().insert(value("version = "));
    }
    found
}

#[test]
fn both_programs_have_the_same_versions_of_crates() {
    let (own, cluster) = (locked("Cargo.lock"), locked("cluster/Cargo.lock"));
    let common: Vec<_> = own.iter().filter_map(|(name, versions)| Some((name, versions, cluster.get(name)?))).collect();
    assert!(common.len() > 300, "{} packages in common", common.len());
    for (name, versions, there) in common {
        let missing: Vec<_> = versions.difference(there).collect();
        assert!(
            missing.is_empty(),
            "{name} {missing:?} is not in cluster/Cargo.lock; copy Cargo.lock there and run cargo metadata in cluster/"
        );
    }
}

#[test]
fn both_programs_have_the_same_version() {
    let version = |path: &str| {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        text.lines().find(|line| line.starts_with("version = ")).unwrap().to_owned()
    };
    assert_eq!(version("cluster/Cargo.toml"), version("Cargo.toml"));
}
