//! A table's profile → its block in a config.

use std::fmt::Write as _;

use super::draft::Draft;
use super::leakage;
use super::quote::quoted;
use crate::engine::{ColumnProfile, Profile};
use crate::gate::measurement::{Column, TypeFamily};
use crate::report::number::rows;

/// The table that a dataset is compared with.
#[derive(Debug, Clone)]
pub struct OtherSide {
    /// Its path, as the config has to say it.
    pub path: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// The types of columns that are read as text because their numbers begin with zeros; nothing, if there are none.
fn types(profile: &Profile) -> String {
    let is_code = |column: &&crate::engine::ColumnProfile| column.column.data_type.family == TypeFamily::String;
    let codes = || profile.columns.iter().filter(is_code).filter_map(|column| Some((column, column.padded.as_ref()?)));
    let Some((_, value)) = codes().next() else { return String::new() };
    let types: Vec<String> = codes().map(|(column, _)| format!("{}: string", quoted(&column.column.name))).collect();
    format!(
        "    types: {{{}}}   # codes such as {value}; without this line they are numbers and lose their zeros\n",
        types.join(", ")
    )
}

/// The block of a dataset under `data:`.
///
/// `train` is the table that this one is held out of. A first draft gets limits on drift that everything keeps; the next one is written from what the first found.
pub fn dataset(
    name: &str,
    path: &str,
    profile: &Profile,
    (other, train): (Option<&OtherSide>, Option<(&str, &Profile)>),
    draft: &Draft,
) -> String {
    let mut text = String::new();
    let repeated = profile.rows - profile.distinct_rows;
    let least = profile.rows - profile.rows / 10;
    let _ = writeln!(text, "  {name}:");
    let _ = writeln!(text, "    path: {}", quoted(path));
    match other {
        Some(other) => {
            let _ = writeln!(text, "    baseline_path: {}", quoted(&other.path));
            match draft.failure(&format!("data.{name}.schema")) {
                None => writeln!(text, "    schema: same   # as now"),
                Some(why) => writeln!(text, "    # schema: same   # not now: {}", one_line(why)),
            }
            .unwrap_or_default();
        }
        None => {
            let _ =
                writeln!(text, "    # baseline_path: main/{name}.parquet   # the other side; then also `schema: same`");
        }
    }
    let _ = writeln!(text, "    rows: \">= {least}\"   # {} now; a tenth fewer is still fine", rows(profile.rows));
    if repeated == 0 {
        let _ = writeln!(text, "    duplicate_rows: 0   # none now");
    } else {
        let noun = if repeated == 1 { "row" } else { "rows" };
        let _ = writeln!(text, "    duplicate_rows: \"<= {repeated} {noun}\"   # as many as now; have a look at them");
    }
    if let Some(train) = train {
        text.push_str(&leakage::lines(name, profile, train, draft));
    }
    text.push_str(&types(profile));
    let _ = writeln!(text, "    columns:");
    if other.is_none() {
        let _ = writeln!(
            text,
            "      # \"*\": {{tv: 0.1, null_change: 1%}}   # with a baseline_path: values spread otherwise than before"
        );
    }
    for column in &profile.columns {
        let (mut checks, mut facts) = line(column, profile.rows);
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
        }
        let (line, comment) = (checks.join(", "), facts.join(", "));
        let _ = writeln!(text, "      {}: {{{line}}}   # {comment}", quoted(&column.column.name));
    }
    text
}

/// The distance from the baseline, unless every value is another anyway, and the change of the nulls.
fn drift(gate: &str, is_key: bool, draft: &Draft, checks: &mut Vec<String>, facts: &mut Vec<String>) {
    for (check, usual, in_percent) in [("tv", 0.1, false), ("null_change", 0.01, true)] {
        if is_key && check == "tv" {
            continue;
        }
        let now = draft.value(&format!("{gate}.{check}"));
        let limit = match now {
            None if draft.is_first() => 1.0,
            // It could not be measured, for example because there are no values.
            None => continue,
            Some((_, high)) if high <= usual => usual,
            Some((_, high)) => ((high * 1.1 * 100.0).ceil() / 100.0).min(1.0),
        };
        let shown = |share: f64| if in_percent { format!("{}%", (share * 100.0).round()) } else { share.to_string() };
        checks.push(format!("{check}: {}", shown(limit)));
        if let Some((value, _)) = now.filter(|_| !in_percent) {
            facts.push(format!("{check} {value:.3} now"));
        }
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

pub(super) fn is_key(column: &ColumnProfile, all: u64) -> bool {
    column.distinct == all - column.nulls
        && column.nulls == 0
        && all > 1
        && matches!(column.column.data_type.family, TypeFamily::Int | TypeFamily::String)
}

fn line(column: &ColumnProfile, all: u64) -> (Vec<String>, Vec<String>) {
    let (mut checks, mut facts) = (Vec::new(), Vec::new());
    let data_type = &column.column.data_type;
    if data_type.family != TypeFamily::Other {
        checks.push(format!("type: {}", quoted(&data_type.name)));
    }
    if column.nulls == 0 {
        checks.push("nulls: 0".to_owned());
    } else if column.nulls < all {
        let (now, allowed) = head_room(column.nulls, all);
        checks.push(format!("nulls: \"<= {allowed}%\""));
        facts.push(format!("{now}% null"));
    } else {
        facts.push("nothing but nulls".to_owned());
    }
    let present = all - column.nulls;
    let tokens: u64 = column.tokens.iter().map(|(_, rows)| rows).sum();
    if tokens > 0 {
        let (now, allowed) = head_room(column.nulls + tokens, all);
        checks.push(format!("missing: \"<= {allowed}%\""));
        let kinds: Vec<String> = column.tokens.iter().take(3).map(|(token, _)| quoted(token)).collect();
        facts.push(format!("{now}% null or {}", kinds.join(", ")));
    }
    if is_key(column, all) {
        checks.push("unique: true".to_owned());
        facts.push("all different".to_owned());
    } else if let Some((low, high)) = column.range.filter(|_| column.distinct > 1 && column.values.is_empty()) {
        if column.finite {
            let (least, most) = widened(low, high, data_type.family == TypeFamily::Int);
            checks.push(format!("range: [{least}, {most}]"));
        }
        facts.push(format!("{low} to {high}"));
    } else if let Some((first, last)) = &column.days {
        checks.push(format!("range: [{}, null]", quoted(first)));
        facts.push(format!("{first} to {last}; with `now` for `null`, nothing lies in the future"));
    }
    if data_type.family == TypeFamily::Float && present > 0 {
        if column.finite {
            checks.push("finite: true".to_owned());
        } else {
            facts.push("some are NaN or infinite".to_owned());
        }
    }
    if !column.values.is_empty() && !is_key(column, all) {
        let is_code = data_type.family.is_number();
        let shown = |value: &String| if is_code { value.clone() } else { quoted(value) };
        let values: Vec<String> = column.values.iter().map(shown).collect();
        checks.push(format!("in: [{}]", values.join(", ")));
    }
    if let Some(format) = column.format {
        checks.push(format!("format: {format}"));
        facts.push(format!("all written as {format}"));
    }
    if facts.is_empty() {
        facts.push(match column.distinct {
            1 => "one value".to_owned(),
            values => format!("{} values", rows(values)),
        });
    }
    (checks, facts)
}

/// The share of nulls now, and the next whole percent beyond twice that, or half way to all where that is nearer.
#[expect(clippy::cast_precision_loss, reason = "a percentage")]
fn head_room(nulls: u64, all: u64) -> (String, u64) {
    let now = nulls as f64 / all as f64 * 100.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 100")]
    let allowed = (2.0 * now).min(f64::midpoint(now, 100.0)).ceil().clamp(1.0, 100.0) as u64;
    (format!("{now:.1}"), allowed)
}

/// A tenth of the span on each side, but no new sign: a count that is never negative should not become so.
fn widened(low: f64, high: f64, whole: bool) -> (String, String) {
    let room = (high - low) / 10.0;
    let least = if low >= 0.0 { (low - room).max(0.0) } else { low - room };
    let most = if high <= 0.0 { (high + room).min(0.0) } else { high + room };
    if whole || room >= 10.0 {
        // Adding 0 turns −0, which nobody writes, into 0.
        return ((least.floor() + 0.0).to_string(), (most.ceil() + 0.0).to_string());
    }
    // Two digits of the room are as exact as a guess needs to be.
    #[expect(clippy::cast_possible_truncation, reason = "a number of decimals")]
    let places = (2.0 - room.log10().floor()).clamp(0.0, 15.0) as i32;
    let scale = 10f64.powi(places);
    (((least * scale).floor() / scale).to_string(), ((most * scale).ceil() / scale).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_get_room_but_no_new_sign() {
        assert_eq!(widened(18.0, 79.0, true), ("11".to_owned(), "86".to_owned()));
        assert_eq!(widened(0.0, 5.0, true), ("0".to_owned(), "6".to_owned()));
        assert_eq!(widened(-3.0, -1.0, true), ("-4".to_owned(), "0".to_owned()));
        assert_eq!(widened(0.1, 0.9, false), ("0.02".to_owned(), "0.98".to_owned()));
    }

    #[test]
    fn null_shares_may_double() {
        assert_eq!(head_room(2, 100), ("2.0".to_owned(), 4));
        assert_eq!(head_room(1, 100_000), ("0.0".to_owned(), 1));
        assert_eq!(head_room(90, 100), ("90.0".to_owned(), 95));
        assert_eq!(head_room(99, 100), ("99.0".to_owned(), 100));
    }
}
