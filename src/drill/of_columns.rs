//! The faults of datasets: which apply to which column, and the lines that may catch them.

use super::kind::{self, FaultKind};
use super::line::ConfigLine;
use super::places::{PlannedChange, PlannedFault};
use crate::config::{Config, Dataset, escaped};
use crate::engine::{ColumnProfile, Fault, Profile};
use crate::init::column_checks;
use crate::measurement::TypeFamily;

/// The most values of a column of categories.
const MOST_CATEGORIES: u64 = 50;

/// A dataset whose faults are planned.
pub(super) struct DrilledDataset<'a> {
    pub(super) config: &'a Config,
    pub(super) dataset: &'a Dataset,
    /// The place of its file.
    pub(super) file: usize,
    pub(super) profile: &'a Profile,
}

impl DrilledDataset<'_> {
    /// Returns the faults of the dataset and of its columns.
    pub(super) fn faults(&self) -> Vec<PlannedFault> {
        let mut found = self.of_rows();
        let columns = &self.profile.columns;
        for column in columns {
            found.extend(self.of_column(column));
        }
        let is_amount = |column: &&ColumnProfile| self.is_amount(column);
        found.extend(self.of_pairs(columns.iter().filter(is_amount).collect()));
        found.extend(self.of_pairs(columns.iter().filter(|column| self.is_category(column)).collect()));
        let names: Vec<String> = columns.iter().map(|known| known.column.name.clone()).collect();
        if names.len() > 1 {
            let cures = columns.iter().take(3).flat_map(|column| self.cures_of_values(column)).collect::<Vec<_>>();
            found.extend(self.fault(&kind::SHIFTED, None, Fault::Shifted(names), &cures));
        }
        found.extend(self.of_leaks());
        found
    }

    fn of_rows(&self) -> Vec<PlannedFault> {
        let rows = self.profile.rows;
        let key = self.profile.columns.iter().find(|column| self.is_key(column));
        let unique = key.map(|column| self.line(&column.column.name, "unique", "true"));
        let repeated = rows - self.profile.distinct_rows;
        let mut cures: Vec<ConfigLine> = if repeated == 0 {
            vec![self.of_all("duplicate_rows", "0")]
        } else {
            vec![self.of_all("duplicate_rows", format!("\"<= {}%\"", percent(repeated, rows, 2.0)))]
        };
        cures.extend(unique.clone());
        let most = if self.has_baseline() {
            self.of_all("rows", "\"<= baseline + 10%\"")
        } else {
            self.of_all("rows", format!("\"<= {}\"", rows + rows / 20))
        };
        let multiplied: Vec<ConfigLine> = unique.into_iter().chain([most]).collect();
        let least = if self.has_baseline() {
            vec![self.of_all("rows", "\">= baseline - 10%\"")]
        } else {
            vec![self.of_all("rows", format!("\">= {}\"", rows - rows / 10))]
        };
        let joined = self.profile.columns.iter().find(|column| self.is_amount(column) || self.is_category(column));
        let joined = joined.map(|column| column.column.name.clone());
        let time = self.profile.columns.iter().find(|column| column.days.is_some());
        let time = time.map(|column| column.column.name.clone());
        let mut found = self.fault(&kind::ROWS_REPEATED, None, Fault::RowsRepeated, &cures);
        found.extend(self.fault(&kind::ROWS_LOST, None, Fault::RowsLost, &least));
        found.extend(self.fault(&kind::ROWS_MULTIPLIED, None, Fault::RowsMultiplied(joined), &multiplied));
        found.extend(self.fault(&kind::TRUNCATED, None, Fault::Truncated(time), &least));
        found
    }

    fn of_column(&self, column: &ColumnProfile) -> Vec<PlannedFault> {
        let (name, family) = (column.column.name.clone(), column.column.data_type.family);
        let values = self.cures_of_values(column);
        let own = Some(name.as_str());
        let mut found = Vec::new();
        if column.nulls < self.profile.rows {
            found.extend(self.fault(&kind::NULLS, own, Fault::Nulls(name.clone()), &self.cures_of_nulls(column)));
        }
        if self.is_amount(column) {
            found.extend(self.fault(&kind::UNIT, own, Fault::Scaled(name.clone()), &values));
            found.extend(self.fault(&kind::MOVED, own, Fault::Moved(name.clone()), &values));
        }
        if self.is_category(column) {
            let baseline = |check, value| if self.has_baseline() { Some(self.line(&name, check, value)) } else { None };
            let distinct = |bound: &str| self.line(&name, "distinct", format!("\"{bound} {}\"", column.distinct));
            let unseen: Vec<ConfigLine> = baseline("unseen", "0").into_iter().collect();
            let new: Vec<ConfigLine> = unseen.iter().cloned().chain([distinct("<=")]).collect();
            let lost: Vec<ConfigLine> = baseline("lost", "0").into_iter().chain([distinct(">=")]).collect();
            if family == TypeFamily::String {
                found.extend(self.fault(
                    &kind::CATEGORY_RENAMED,
                    own,
                    Fault::ValueRenamed(name.clone()),
                    &[unseen, values.clone()].concat(),
                ));
            }
            if family != TypeFamily::Bool {
                found.extend(self.fault(&kind::CATEGORY_NEW, own, Fault::ValueNew(name.clone()), &new));
            }
            if column.distinct > 1 {
                found.extend(self.fault(&kind::CATEGORY_LOST, own, Fault::ValueLost(name.clone()), &lost));
            }
        }
        if column.days.is_some() {
            found.extend(self.fault(&kind::STALE, own, Fault::Stale(name.clone()), &values));
            if family == TypeFamily::Timestamp {
                found.extend(self.fault(&kind::ZONE, own, Fault::ZoneShifted(name.clone()), &values));
            }
        }
        let typed = self.line(&name, "type", crate::init::quoted(&column.column.data_type.name));
        let mut names = vec![typed.clone()];
        names.extend(self.has_baseline().then(|| self.of_all("schema", "same")));
        if self.is_key(column) {
            found.extend(self.fault(&kind::RETYPED, own, Fault::Retyped(name.clone()), &names));
        }
        found.extend(self.fault(&kind::RENAMED, own, Fault::Renamed(name.clone()), &names));
        found
    }

    /// Returns the faults of columns that can hold each other's values, pair by pair.
    fn of_pairs(&self, columns: Vec<&ColumnProfile>) -> Vec<PlannedFault> {
        let mut left = columns;
        let mut found = Vec::new();
        while let Some((one, rest)) = left.split_first() {
            let is_alike = |other: &&&ColumnProfile| other.column.data_type == one.column.data_type;
            let (one, other) = (*one, rest.iter().find(is_alike).copied());
            if let Some(other) = other {
                let names = [one, other].map(|column| column.column.name.clone());
                let target = names.join(" and ");
                let cures = [self.cures_of_values(one), self.cures_of_values(other)].concat();
                let [a, b] = names;
                found.extend(self.fault(&kind::SWAPPED, Some(&target), Fault::Swapped(a, b), &cures));
            }
            let is_left = |column: &&ColumnProfile| {
                column.column.name != one.column.name
                    && other.is_none_or(|other| other.column.name != column.column.name)
            };
            left = left.iter().copied().filter(is_left).collect();
        }
        found
    }

    /// Returns the leaks of the label into one column of each type.
    fn of_leaks(&self) -> Vec<PlannedFault> {
        let of_dataset = self.dataset.fairness.as_ref().map(|fairness| fairness.label.value.as_str());
        let of_models = self.config.models.iter().flat_map(|model| &model.label).map(|label| label.value.as_str());
        let is_here = |label: &&str| self.profile.columns.iter().any(|column| column.column.name == **label);
        let Some(label) = of_dataset.into_iter().chain(of_models).find(is_here) else { return Vec::new() };
        let keys: Vec<String> = self
            .profile
            .columns
            .iter()
            .filter(|column| self.is_key(column))
            .map(|column| crate::init::quoted(&column.column.name))
            .collect();
        let quoted = crate::init::quoted(label);
        let ignored = if keys.is_empty() { String::new() } else { format!(", ignore: [{}]", keys.join(", ")) };
        let cure = self.of_all("predicts_label", format!("{{label: {quoted}{ignored}}}"));
        let features = || self.profile.columns.iter().filter(|column| column.column.name != label);
        let amount = features().find(|column| self.is_amount(column));
        let category = features().find(|column| self.is_category(column) && column.distinct > 1);
        let leak = |column: &ColumnProfile| {
            let fault = Fault::Leaked { column: column.column.name.clone(), label: label.to_owned() };
            self.fault(&kind::LEAKED, Some(&column.column.name), fault, std::slice::from_ref(&cure))
        };
        amount.into_iter().chain(category).flat_map(leak).collect()
    }

    /// Returns lines on the values of a column, the most specific first; none of them lists values.
    fn cures_of_values(&self, column: &ColumnProfile) -> Vec<ConfigLine> {
        let name = &column.column.name;
        let checks = column_checks(column, self.profile.rows);
        let own = checks.iter().filter_map(|check| check.split_once(": "));
        let own = own.filter(|(check, _)| matches!(*check, "range" | "type" | "format" | "finite"));
        let mut lines: Vec<ConfigLine> = own.map(|(check, value)| self.line(name, check, value)).collect();
        if self.has_baseline() {
            let is_ordered = column.range.is_some() || column.days.is_some();
            lines.extend(is_ordered.then(|| self.line(name, "ks", "0.1")));
            lines.push(self.line(name, "tv", "0.1"));
            lines.push(self.line(name, "psi", "0.1"));
        }
        lines
    }

    fn cures_of_nulls(&self, column: &ColumnProfile) -> Vec<ConfigLine> {
        let (name, rows) = (&column.column.name, self.profile.rows);
        if column.nulls == 0 {
            return vec![self.line(name, "nulls", "0")];
        }
        let mut lines = Vec::new();
        if self.has_baseline() {
            let noise = percent(column.nulls, rows, 3.0 * std::f64::consts::SQRT_2) - percent(column.nulls, rows, 0.0);
            let margin = (noise.max(0.1) * 10.0).ceil() / 10.0;
            lines.push(self.line(name, "nulls", format!("\"<= baseline + {margin}pp\"")));
            lines.push(self.line(name, "null_change", format!("{margin}%")));
        }
        lines.push(self.line(name, "nulls", format!("\"<= {}%\"", percent(column.nulls, rows, 3.0))));
        lines
    }

    fn fault(
        &self,
        kind: &'static FaultKind,
        column: Option<&str>,
        fault: Fault,
        cures: &[ConfigLine],
    ) -> Vec<PlannedFault> {
        let dataset = &self.dataset.name.value;
        let target = column.map_or_else(|| format!("data.{dataset}"), |column| format!("data.{dataset}.{column}"));
        PlannedFault::all(kind, &target, &PlannedChange::Table(self.file, fault), cures)
    }

    fn of_all(&self, check: &str, value: impl Into<String>) -> ConfigLine {
        ConfigLine::new(&["data", &self.dataset.name.value, check], value)
    }

    fn line(&self, column: &str, check: &str, value: impl Into<String>) -> ConfigLine {
        // The keys of columns are patterns.
        ConfigLine::new(&["data", &self.dataset.name.value, "columns", &escaped(column), check], value)
    }

    fn has_baseline(&self) -> bool {
        self.dataset.baseline_path.is_some() || self.config.baseline.is_some()
    }

    /// Returns true for a column that identifies rows: in the config, or by its values.
    fn is_key(&self, column: &ColumnProfile) -> bool {
        let name = &column.column.name;
        let is_named = self.config.models.iter().flat_map(|model| &model.key).any(|key| key.value == *name);
        let of_type = matches!(column.column.data_type.family, TypeFamily::Int | TypeFamily::String);
        of_type && (is_named || (column.distinct == self.profile.rows && column.nulls == 0))
    }

    fn is_amount(&self, column: &ColumnProfile) -> bool {
        column.column.data_type.family.is_number() && column.distinct > 2 && !self.is_key(column)
    }

    fn is_category(&self, column: &ColumnProfile) -> bool {
        let family = column.column.data_type.family;
        let of_type = match family {
            TypeFamily::String | TypeFamily::Bool => true,
            TypeFamily::Int => column.distinct <= 20,
            _ => false,
        };
        of_type && (1..=MOST_CATEGORIES).contains(&column.distinct) && !self.is_key(column)
    }
}

/// Returns a proportion in percent, with this many standard errors on top, rounded up to one digit after the point.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows")]
fn percent(count: u64, all: u64, errors: f64) -> f64 {
    let (share, all) = (count as f64 / all.max(1) as f64, all.max(1) as f64);
    let above = share + errors * (share * (1.0 - share) / all).sqrt();
    ((above * 1_000.0).ceil() / 10.0).min(100.0)
}
