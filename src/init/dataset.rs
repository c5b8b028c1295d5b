//! A table's profile → its block in a config.

use std::fmt::Write as _;

use super::column::{DraftLine, line};
use super::draft::Draft;
use super::leakage;
use super::limit::{allowance, repeatable};
use super::quote::{comment, quoted};
use super::role::is_key;
use crate::config::escaped;
use crate::engine::{ColumnProfile, Profile};
use crate::measurement::{Column, TypeFamily, is_pandas_index};
use crate::plural::counted;
use crate::report::number::rows;

/// The table with which a dataset is compared.
#[derive(Debug, Clone)]
pub struct DraftBaseline {
    /// The path, as the config has to write it.
    pub path: String,
    /// The columns.
    pub columns: Vec<Column>,
}

/// Returns the types of columns that are read as text because their numbers have leading zeros; empty if there are
/// none.
fn types(profile: &Profile) -> String {
    let is_code = |column: &&ColumnProfile| column.column.data_type.family == TypeFamily::String;
    let codes = || profile.columns.iter().filter(is_code).filter_map(|column| Some((column, column.padded.as_ref()?)));
    let Some((_, value)) = codes().next() else { return String::new() };
    let types: Vec<String> = codes().map(|(column, _)| format!("{}: string", quoted(&column.column.name))).collect();
    format!(
        "    types: {{{}}}   # codes such as {}; without this line they are numbers and lose their zeros\n",
        types.join(", "),
        comment(value)
    )
}

/// Returns the block of a dataset under `data:`.
///
/// `train` is the table from which this one is held out, and `label` the column of labels. A first draft has the usual limits on drift; the next draft is
/// written from the first one's results.
pub fn dataset(
    name: &str,
    path: &str,
    profile: &Profile,
    (other, train, label): (Option<&DraftBaseline>, Option<(&str, &Profile)>, Option<&str>),
    draft: &Draft,
) -> String {
    let mut text = String::new();
    let repeated = profile.rows - profile.distinct_rows;
    let least = profile.rows - profile.rows / 10;
    let _ = writeln!(text, "  {}:", quoted(name));
    if profile.first_line_is_data() {
        let _ = writeln!(
            text,
            "    # The first line of the file names the columns. Here it looks like data: give the file a header."
        );
    }
    let _ = writeln!(text, "    path: {}", quoted(path));
    match other {
        Some(other) => {
            let _ = writeln!(text, "    baseline_path: {}", quoted(&other.path));
            match draft.failure(&format!("data.{name}.schema")) {
                None => writeln!(text, "    schema: same   # as now"),
                Some(why) => writeln!(text, "    # schema: same   # not now: {}", comment(why)),
            }
            .unwrap_or_default();
        }
        None => {
            let _ = writeln!(
                text,
                "    # baseline_path: main/{}.parquet   # the other side; then also `schema: same`",
                comment(name)
            );
        }
    }
    let _ = writeln!(text, "    rows: \">= {least}\"   # {} now; a tenth fewer is still fine", rows(profile.rows));
    let is_told_apart = profile.columns.iter().any(|column| column.distinct == profile.rows && column.nulls == 0);
    let index = profile.columns.iter().find(|column| is_pandas_index(&column.column.name));
    if let Some(index) = index {
        let index = comment(&index.column.name);
        let _ = writeln!(
            text,
            "    # duplicate_rows: {{is: 0, columns: […]}}   # `{index}`, an index of pandas, makes all rows differ"
        );
    } else if repeated == 0 && is_told_apart {
        let _ = writeln!(text, "    duplicate_rows: 0   # none now");
    } else if repeated == 0 {
        // No column tells the rows apart, so some may repeat by chance.
        let _ = writeln!(text, "    duplicate_rows: \"{}\"   # none now", allowance(profile.rows));
    } else if let Some(limit) = repeatable(repeated, profile.rows) {
        let now = counted(repeated, "row");
        let _ = writeln!(text, "    duplicate_rows: \"{limit}\"   # {now} now; have a look at them");
    }
    if let Some(train) = train {
        text.push_str(&leakage::lines(name, profile, train, draft));
    }
    if let Some(label) = label {
        text.push_str(&leakage::of_label(name, profile, label, draft));
    }
    text.push_str(&types(profile));
    if !profile.columns.is_empty() {
        let _ = writeln!(text, "    columns:");
    }
    if other.is_none() && !profile.columns.is_empty() {
        let _ = writeln!(text, "      # \"*\": {{tv: 0.1, null_change: 1%}}   # with a baseline_path: limits on drift");
    }
    for column in &profile.columns {
        if is_pandas_index(&column.column.name) {
            continue;
        }
        let DraftLine { mut checks, mut facts } = line(column, profile.rows);
        let is_compared = other.is_some_and(|other| {
            let same = |known: &Column| {
                known.name == column.column.name && known.data_type.family == column.column.data_type.family
            };
            other.columns.iter().any(same)
        });
        if is_compared && column.column.data_type.family != TypeFamily::Other {
            drift(
                &format!("data.{name}.columns.{}", column.column.name),
                is_key(column, profile.rows),
                draft,
                &mut checks,
                &mut facts,
            );
            domain(&format!("data.{name}.columns.{}", column.column.name), column, profile.rows, draft, &mut checks);
        }
        let line = checks.join(", ");
        let _ = writeln!(
            text,
            "      {}: {{{line}}}   # {}",
            quoted(&escaped(&column.column.name)),
            comment(&facts.join(", "))
        );
    }
    for name in &profile.mixed {
        let _ = writeln!(text, "      # {}: values of several types, which no check reads", comment(&quoted(name)));
    }
    text
}

/// Adds the values that are lost, and those that are new where no list of values says so: a column of few values may lose
/// rare ones by chance, and no others.
fn domain(gate: &str, column: &ColumnProfile, all: u64, draft: &Draft, checks: &mut Vec<String>) {
    let is_listed = checks.iter().any(|check| check.starts_with("in: "));
    let wanted = [("lost", !column.values.is_empty()), ("unseen", !column.values.is_empty() && !is_listed)];
    for (check, _) in wanted.into_iter().filter(|(_, is_wanted)| *is_wanted) {
        if draft.failure(&format!("{gate}.{check}")).is_none() {
            checks.push(format!("{check}: \"{}\"", allowance(all)));
        }
    }
}

/// Adds the distance from the baseline, unless all values are distinct anyway, and the change of the nulls.
fn drift(gate: &str, is_key: bool, draft: &Draft, checks: &mut Vec<String>, facts: &mut Vec<String>) {
    for (check, usual, in_percent) in [("tv", 0.1, false), ("null_change", 0.01, true)] {
        if is_key && check == "tv" {
            continue;
        }
        let now = draft.value(&format!("{gate}.{check}"));
        let limit = match now {
            None if draft.is_first() => usual,
            // The distance could not be measured, for example because there are no values.
            None => continue,
            Some((_, high)) if high <= usual => usual,
            Some((_, high)) => (high * 1.1 * 100.0).ceil() / 100.0,
        };
        // A proportion is at most 1, so such a limit could never fail.
        if limit >= 1.0 {
            facts.push(format!("{check} could be anything"));
            continue;
        }
        let shown = |share: f64| if in_percent { format!("{}%", (share * 100.0).round()) } else { share.to_string() };
        checks.push(format!("{check}: {}", shown(limit)));
        if let Some((value, _)) = now.filter(|_| !in_percent) {
            facts.push(format!("{check} {value:.3} now"));
        }
    }
}
