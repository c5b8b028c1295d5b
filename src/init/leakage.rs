//! Two tables of which one is held out → checks for leakage between them.

use std::fmt::Write as _;

use super::draft::Draft;
use super::limit::repeatable;
use super::quote::{comment, quoted};
use super::role::is_key;
use crate::engine::Profile;
use crate::measurement::is_pandas_index;
use crate::plural::counted;

/// Parts of the names of training tables.
const TRAIN: [&str; 2] = ["train", "fit"];
/// Parts of the names of held-out tables.
const HELD_OUT: [&str; 6] = ["test", "valid", "val", "holdout", "eval", "dev"];

/// Returns the training table of a held-out one: the only table with the same columns and the name of a training table.
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

/// Returns the line against columns that nearly are the label, if that is what a column is.
pub(super) fn of_label(name: &str, profile: &Profile, label: &str, draft: &Draft) -> String {
    let keys = profile.columns.iter().filter(|known| is_key(known, profile.rows));
    let keys: Vec<String> = keys.map(|known| quoted(&known.column.name)).collect();
    let ignore = if keys.is_empty() { String::new() } else { format!(", ignore: [{}]", keys.join(", ")) };
    let line = format!("predicts_label: {{label: {}{ignore}}}", quoted(label));
    match draft.failure(&format!("data.{name}.predicts_label")) {
        None => format!("    {line}   # no column nearly is the label\n"),
        Some(why) => format!("    # {line}   # not now: {}\n", comment(why)),
    }
}

/// Returns the lines under the held-out dataset. Rows that both tables share now are tolerated, with a comment.
pub(super) fn lines(name: &str, profile: &Profile, (train, theirs): (&str, &Profile), draft: &Draft) -> String {
    let is_shared_key = |column: &&str| {
        let of = |profile: &Profile| {
            let found = profile.columns.iter().find(|known| known.column.name == **column);
            found.is_some_and(|known| is_key(known, profile.rows))
        };
        of(profile) && of(theirs)
    };
    let names = profile.columns.iter().map(|known| known.column.name.as_str());
    let keys: Vec<&str> = names.clone().filter(is_shared_key).collect();
    let unlike: Vec<&str> = names.filter(|name| is_pandas_index(name)).chain(keys.iter().copied()).collect();
    let mut text = String::new();
    if unlike.len() < profile.columns.len() {
        let ignored: Vec<String> = unlike.iter().map(|key| quoted(key)).collect();
        let ignore = if unlike.is_empty() { String::new() } else { format!(", ignore: [{}]", ignored.join(", ")) };
        let line = format!("same_rows: {{with: {}{ignore}", quoted(train));
        let _ = match draft.rows(&format!("data.{name}.same_rows")) {
            None if draft.is_first() => writeln!(text, "    {line}, is: \"< 100%\"}}"),
            None => Ok(()),
            Some(0) => writeln!(text, "    {line}}}   # none now"),
            Some(shared) => {
                let now = counted(shared, "row");
                match repeatable(shared, profile.rows) {
                    None => Ok(()),
                    Some(limit) => {
                        writeln!(text, "    {line}, is: \"{limit}\"}}   # {now} now; have a look at them")
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
            // Usually each file numbers its rows from the start.
            Some(shared) => {
                writeln!(text, "    # {line}}}   # not now: {} have a key of the other, too", counted(shared, "row"))
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
