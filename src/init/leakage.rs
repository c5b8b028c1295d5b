//! Two tables of which one is held out → lines that keep them apart.

use std::fmt::Write as _;

use super::draft::Draft;
use super::limit::repeatable;
use super::quote::quoted;
use super::role::is_key;
use crate::engine::Profile;
use crate::report::number::rows;

/// Parts of names of tables that a model is trained on.
const TRAIN: [&str; 2] = ["train", "fit"];
/// Parts of names of tables that are held out of that.
const HELD_OUT: [&str; 6] = ["test", "valid", "val", "holdout", "eval", "dev"];

/// The table that a held-out one is to have nothing in common with: the only one of the same columns that is trained on.
pub fn train_of<'a>(name: &str, profile: &Profile, all: &[(&'a str, &'a Profile)]) -> Option<(&'a str, &'a Profile)> {
    let is_one_of = |name: &str, parts: &[&str]| {
        name.to_ascii_lowercase().split('_').any(|word| parts.iter().any(|part| word.starts_with(part)))
    };
    let alike = |other: &Profile| {
        let names = |profile: &Profile| {
            let mut names: Vec<_> = profile
                .columns
                .iter()
                .map(|known| (known.column.name.clone(), known.column.data_type.name.clone()))
                .collect();
            names.sort();
            names
        };
        names(profile) == names(other)
    };
    let mut trained = all.iter().filter(|(other, _)| *other != name && is_one_of(other, &TRAIN));
    match (trained.next(), trained.next()) {
        (Some(train), None) if is_one_of(name, &HELD_OUT) && alike(train.1) => Some(*train),
        _ => None,
    }
}

/// The lines under the held-out dataset. As many rows as both share now are tolerated, and said.
pub(super) fn lines(name: &str, profile: &Profile, (train, theirs): (&str, &Profile), draft: &Draft) -> String {
    let is_shared_key = |column: &&str| {
        let of = |profile: &Profile| {
            let found = profile.columns.iter().find(|known| known.column.name == **column);
            found.is_some_and(|known| is_key(known, profile.rows))
        };
        of(profile) && of(theirs)
    };
    let names = profile.columns.iter().map(|known| known.column.name.as_str());
    let keys: Vec<&str> = names.filter(is_shared_key).collect();
    let mut text = String::new();
    if keys.len() < profile.columns.len() {
        let ignored: Vec<String> = keys.iter().map(|key| quoted(key)).collect();
        let ignore = if keys.is_empty() { String::new() } else { format!(", ignore: [{}]", ignored.join(", ")) };
        let line = format!("same_rows: {{with: {}{ignore}", quoted(train));
        let _ = match draft.rows(&format!("data.{name}.same_rows")) {
            None if draft.is_first() => writeln!(text, "    {line}, is: \"< 100%\"}}"),
            None => Ok(()),
            Some(0) => writeln!(text, "    {line}}}   # none now"),
            Some(shared) => {
                let noun = if shared == 1 { "row" } else { "rows" };
                match repeatable(shared, profile.rows) {
                    None => Ok(()),
                    Some(limit) => {
                        writeln!(
                            text,
                            "    {line}, is: \"{limit}\"}}   # {} {noun} now; have a look at them",
                            rows(shared)
                        )
                    }
                }
            }
        };
    }
    if let Some(key) = keys.first() {
        let line = format!("same_keys: {{with: {}, key: [{}]", quoted(train), quoted(key));
        let _ = match draft.rows(&format!("data.{name}.same_keys")) {
            None if draft.is_first() => writeln!(text, "    {line}, is: \"< 100%\"}}"),
            None => Ok(()),
            Some(0) => writeln!(text, "    {line}}}   # none now"),
            // Mostly each file counts its rows from the first.
            Some(shared) => {
                writeln!(text, "    # {line}}}   # not now: {} rows have a key of the other, too", rows(shared))
            }
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_held_out() {
        let empty = Profile { rows: 0, distinct_rows: 0, columns: Vec::new(), mixed: Vec::new() };
        let all = [("train", &empty), ("test_2024", &empty), ("customers", &empty)];
        let of = |name: &str| train_of(name, &empty, &all).map(|(train, _)| train);
        assert_eq!(of("test_2024"), Some("train"));
        assert_eq!([of("customers"), of("train"), of("contest")], [None, None, None]);
        let two = [("train_a", &empty), ("train_b", &empty)];
        assert!(train_of("test", &empty, &two).is_none());
    }
}
