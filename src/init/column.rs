//! A column's profile → its checks in a config, and the facts for the comment behind them.

use super::limit::{allowance, ends, head_room, number};
use super::quote::quoted;
use super::role::{is_identifier, is_key};
use crate::engine::ColumnProfile;
use crate::measurement::TypeFamily;
use crate::plural::counted;

/// The number of rows from which a list of values tolerates a few others: the next rows may contain rare new ones.
const MANY_ROWS: u64 = 4_000;
/// The smallest number of rows of the rarest value: fewer suggest further, unseen values.
const HANDFUL: u64 = 10;

/// The checks of a column, and the facts from which they were made.
#[derive(Debug, Default)]
pub(super) struct DraftLine {
    pub(super) checks: Vec<String>,
    pub(super) facts: Vec<String>,
}

/// Returns the checks of a column as a first config has them: `KEY: VALUE`, in YAML.
pub fn column_checks(column: &ColumnProfile, all: u64) -> Vec<String> {
    line(column, all).checks
}

/// Returns checks that the column passes now, and that the next rows of the same source are expected to pass.
pub(super) fn line(column: &ColumnProfile, all: u64) -> DraftLine {
    let mut line = DraftLine::default();
    let data_type = &column.column.data_type;
    if data_type.family != TypeFamily::Other {
        line.checks.push(format!("type: {}", quoted(&data_type.name)));
    }
    line.gaps(column, all);
    if is_key(column, all) {
        line.checks.push("unique: true".to_owned());
        line.facts.push("all different".to_owned());
    } else {
        line.range(column, all);
    }
    if data_type.family == TypeFamily::Float && column.nulls < all {
        if column.finite {
            line.checks.push("finite: true".to_owned());
        } else {
            line.facts.push("some are NaN or infinite".to_owned());
        }
    }
    if !is_key(column, all) {
        line.domain(column, all);
    }
    if let Some(format) = column.format {
        line.checks.push(format!("format: {format}"));
        line.facts.push(format!("all written as {format}"));
    }
    if line.facts.is_empty() {
        line.facts.push(match column.distinct {
            1 => "one value".to_owned(),
            values => counted(values, "value"),
        });
    }
    line
}

impl DraftLine {
    /// Adds the checks of nulls, and of words that stand for null.
    fn gaps(&mut self, column: &ColumnProfile, all: u64) {
        if column.nulls == 0 {
            self.checks.push("nulls: 0".to_owned());
        } else if column.nulls < all {
            let (now, limit) = head_room(column.nulls, all);
            self.checks.extend(limit.map(|limit| format!("nulls: \"{limit}\"")));
            self.facts.push(format!("{now}% null"));
        } else {
            self.facts.push("nothing but nulls".to_owned());
        }
        let tokens: u64 = column.tokens.iter().map(|(_, rows)| rows).sum();
        if tokens > 0 {
            let (now, limit) = head_room(column.nulls + tokens, all);
            self.checks.extend(limit.map(|limit| format!("missing: \"{limit}\"")));
            let kinds: Vec<String> = column.tokens.iter().take(3).map(|(token, _)| quoted(token)).collect();
            self.facts.push(format!("{now}% null or {}", kinds.join(", ")));
        }
    }

    /// Adds the range of numbers, dates and times.
    fn range(&mut self, column: &ColumnProfile, all: u64) {
        let whole = column.column.data_type.family == TypeFamily::Int;
        let is_amount = column.distinct > 1 && column.values.is_empty() && !is_identifier(&column.column.name);
        if let Some((low, high)) = column.range.filter(|_| is_amount) {
            if let Some(ends) = ends((low, high), column.tails.as_ref(), whole).filter(|_| column.finite) {
                let interval = format!("[{}, {}]", ends.least, ends.most);
                self.checks.push(if ends.is_heavy || all >= MANY_ROWS {
                    format!("range: {{is: {interval}, allow: \"{}\"}}", allowance(all))
                } else {
                    format!("range: {interval}")
                });
            }
            self.facts.push(format!("{} to {}", number(low), number(high)));
        } else if let Some(days) = &column.days {
            self.checks.push(format!("range: [{}, null]", quoted(&days.least)));
            self.facts
                .push(format!("{} to {}; with `now` for `null`, nothing lies in the future", days.first, days.last));
        }
    }

    /// Adds the list of values of a column with few, if these rows are enough to know all of them.
    fn domain(&mut self, column: &ColumnProfile, all: u64) {
        if column.values.is_empty() {
            return;
        }
        let is_code = column.column.data_type.family.is_number();
        let shown = |value: &String| if is_code { value.clone() } else { quoted(value) };
        let values: Vec<String> = column.values.iter().map(shown).collect();
        let list = format!("[{}]", values.join(", "));
        let is_one_of_many = column.values.len() == 1 && all >= MANY_ROWS / 10;
        if all < MANY_ROWS && column.rarest * 100 >= all && column.rarest >= HANDFUL / 2 && !is_one_of_many {
            self.checks.push(format!("in: {list}"));
        } else if column.rarest >= HANDFUL {
            self.checks.push(format!("in: {{is: {list}, allow: \"{}\"}}", allowance(all)));
        } else {
            self.facts.push(format!(
                "{}, the rarest in {}: there may be more",
                counted(column.values.len() as u64, "value"),
                counted(column.rarest, "row")
            ));
        }
    }
}
