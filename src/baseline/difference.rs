//! The differences between two baselines, for the review of a new one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Baseline, Commit, Excused, StoredColumn, StoredDataset, StoredDistribution, StoredModel, StoredNumber};

/// The distance below which a moved column is only counted.
const LITTLE: f64 = 0.01;

/// The differences between two baselines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The origins of both: before, after.
    pub of: [BaselineStamp; 2],
    /// True: the baselines were measured with different configs.
    pub is_other_config: bool,
    /// The differences, in the order of the files.
    pub changes: Vec<Changed>,
    /// The number of columns that moved by a negligible distance.
    pub moved_little: u64,
    /// The failing gates that were accepted when the later baseline was blessed.
    pub despite: Vec<Excused>,
}

/// The origin of a baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BaselineStamp {
    /// The commit.
    pub commit: Option<Commit>,
    /// The program that wrote the baseline.
    pub tool: String,
}

/// A number or word that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    /// The area.
    pub area: Area,
    /// The subject: `train.age`, `income`, `income sex=Female`.
    pub subject: String,
    /// The name of the number: `rows`, `type`, `roc_auc`.
    pub what: String,
    /// The value before.
    pub before: Shown,
    /// The value after.
    pub after: Shown,
}

/// The areas of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Datasets, columns, types, rows.
    Schema,
    /// Distributions of columns.
    Drift,
    /// Numbers of models.
    Metrics,
    /// Numbers of groups.
    Fairness,
}

/// A side of a difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// The entry is missing.
    Nothing,
    /// A word.
    Text(String),
    /// A number of rows.
    Rows(u64),
    /// A proportion of rows, from 0 to 1.
    Share(f64),
    /// A lower bound on the distance from the other side, and its kind: `ks` or `tv`.
    AtLeast(f64, &'static str),
    /// Any other number, with its interval if there is one.
    Number(f64, Option<[f64; 2]>),
}

impl Difference {
    /// Compares `after` with `before`.
    pub fn between(before: &Baseline, after: &Baseline) -> Self {
        let from = |baseline: &Baseline| BaselineStamp { commit: baseline.commit.clone(), tool: baseline.tool.clone() };
        let mut found = Self {
            of: [from(before), from(after)],
            is_other_config: before.config.digest != after.config.digest,
            changes: Vec::new(),
            moved_little: 0,
            despite: after.despite.clone(),
        };
        for name in names(&before.datasets, &after.datasets) {
            match (before.datasets.get(name), after.datasets.get(name)) {
                (Some(before), Some(after)) => found.dataset(name, before, after),
                (before, after) => {
                    let rows =
                        |side: Option<&StoredDataset>| side.map_or(Shown::Nothing, |side| Shown::Rows(side.rows));
                    found.push(Area::Schema, name, "dataset", rows(before), rows(after));
                }
            }
        }
        for name in names(&before.models, &after.models) {
            found.model(name, before.models.get(name), after.models.get(name));
        }
        for name in names(&before.reported, &after.reported) {
            let nothing = BTreeMap::new();
            let sides = [before, after].map(|side| side.reported.get(name).unwrap_or(&nothing));
            for measure in names(sides[0], sides[1]) {
                let [before, after] =
                    sides.map(|side| side.get(measure).map_or(Shown::Nothing, |number| Shown::Number(*number, None)));
                found.push(Area::Metrics, name, measure, before, after);
            }
        }
        found.changes.sort_by_key(|change| change.area);
        found
    }

    /// Returns true if there is no difference.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.moved_little == 0
    }

    fn push(&mut self, area: Area, subject: &str, what: &str, before: Shown, after: Shown) {
        if before != after {
            self.changes.push(Changed { area, subject: subject.to_owned(), what: what.to_owned(), before, after });
        }
    }

    fn dataset(&mut self, name: &str, before: &StoredDataset, after: &StoredDataset) {
        self.push(Area::Schema, name, "rows", Shown::Rows(before.rows), Shown::Rows(after.rows));
        let by_name = |dataset: &StoredDataset| -> BTreeMap<String, StoredColumn> {
            dataset.columns.iter().map(|column| (column.name.clone(), column.clone())).collect()
        };
        let (ours, theirs) = (by_name(after), by_name(before));
        for column in names(&theirs, &ours) {
            let subject = format!("{name}.{column}");
            let (old, new) = match (theirs.get(column), ours.get(column)) {
                (Some(old), Some(new)) => (old, new),
                (old, new) => {
                    let kind = |side: Option<&StoredColumn>| {
                        side.map_or(Shown::Nothing, |side| Shown::Text(side.type_name.clone()))
                    };
                    self.push(Area::Schema, &subject, "column", kind(old), kind(new));
                    continue;
                }
            };
            let kind = |column: &StoredColumn| Shown::Text(column.type_name.clone());
            self.push(Area::Schema, &subject, "type", kind(old), kind(new));
            if let (Some(was), Some(is)) = (old.nullable, new.nullable) {
                let word = |nullable| Shown::Text(if nullable { "optional" } else { "required" }.to_owned());
                self.push(Area::Schema, &subject, "nullability", word(was), word(is));
            }
            let nulls = |column: &StoredColumn, rows: u64| Shown::Share(share(column.nulls, rows));
            self.push(Area::Schema, &subject, "nulls", nulls(old, before.rows), nulls(new, after.rows));
            self.moved(&subject, &old.holds, &new.holds);
        }
    }

    fn moved(&mut self, subject: &str, before: &StoredDistribution, after: &StoredDistribution) {
        let distance = match (before, after) {
            (
                StoredDistribution::Numbers { edges, counts, .. },
                StoredDistribution::Numbers { edges: other_edges, counts: other_counts, .. },
            ) => Some((least_ks((edges, counts), (other_edges, other_counts)), "ks")),
            (
                StoredDistribution::Values { others, listed, .. },
                StoredDistribution::Values { others: more, listed: other, .. },
            ) => Some((least_tv((listed, *others), (other, *more)), "tv")),
            _ => None,
        };
        let Some((distance, name)) = distance else { return };
        if distance < LITTLE {
            self.moved_little += u64::from(distance > 0.0);
            return;
        }
        self.push(Area::Drift, subject, "moved", Shown::Nothing, Shown::AtLeast(distance, name));
        let middle = |holds: &StoredDistribution| match holds {
            StoredDistribution::Numbers { counts, sums, .. } => {
                let n = counts.iter().sum::<u64>();
                if n == 0 { Shown::Nothing } else { Shown::Number(sums.iter().sum::<f64>() / float(n), None) }
            }
            _ => Shown::Nothing,
        };
        self.push(Area::Drift, subject, "mean", middle(before), middle(after));
        if let (
            StoredDistribution::Values { listed, others: 0, .. },
            StoredDistribution::Values { listed: other, others: 0, .. },
        ) = (before, after)
        {
            let gone = |here: &BTreeMap<String, u64>, there: &BTreeMap<String, u64>| {
                let gone: Vec<&str> =
                    here.keys().filter(|value| !there.contains_key(*value)).map(String::as_str).collect();
                if gone.is_empty() { Shown::Nothing } else { Shown::Text(gone.join(", ")) }
            };
            self.push(Area::Drift, subject, "values", gone(listed, other), gone(other, listed));
        }
    }

    fn model(&mut self, name: &str, before: Option<&StoredModel>, after: Option<&StoredModel>) {
        let rows =
            |model: Option<&StoredModel>| model.map_or(Shown::Nothing, |model| Shown::Rows(model.measured_on.rows));
        let area = if before.is_some() && after.is_some() { Area::Metrics } else { Area::Schema };
        self.push(area, name, "rows", rows(before), rows(after));
        if let (Some(before), Some(after)) = (before, after)
            && before.measured_on.rows == after.measured_on.rows
            && before.measured_on != after.measured_on
        {
            let other = Shown::Text("different rows or labels".to_owned());
            self.push(Area::Metrics, name, "measured on", Shown::Nothing, other);
        }
        let numbers = |model: Option<&StoredModel>| -> BTreeMap<(String, String), StoredNumber> {
            let numbers = model.map_or(&[][..], |model| &model.numbers);
            numbers.iter().map(|number| ((place(number), number.measure.clone()), number.clone())).collect()
        };
        let (before, after) = (numbers(before), numbers(after));
        for key in names(&before, &after) {
            let shown = |number: Option<&StoredNumber>| match number {
                Some(StoredNumber { value: Some(value), interval, .. }) => Shown::Number(*value, *interval),
                Some(StoredNumber { undefined: Some(why), .. }) => Shown::Text(why.clone()),
                _ => Shown::Nothing,
            };
            let of = after.get(key).or_else(|| before.get(key));
            let is_group = of.is_some_and(|number| number.of.contains_key("group"));
            let area = if is_group { Area::Fairness } else { Area::Metrics };
            let subject = if key.0.is_empty() { name.to_owned() } else { format!("{name} {}", key.0) };
            self.push(area, &subject, &key.1, shown(before.get(key)), shown(after.get(key)));
        }
    }
}

/// Returns the name of a slice or a group.
fn place(number: &StoredNumber) -> String {
    match (number.of.get("by"), number.of.get("group")) {
        (Some(by), Some(group)) => format!("{by}={group}"),
        _ => number.of.values().cloned().collect::<Vec<_>>().join(" "),
    }
}

fn names<'a, K: Ord, V>(before: &'a BTreeMap<K, V>, after: &'a BTreeMap<K, V>) -> BTreeSet<&'a K> {
    before.keys().chain(after.keys()).collect()
}

/// Returns a lower bound on the Kolmogorov–Smirnov distance of two columns with these bins: at each edge of one, the
/// other's distribution function is between the count of the bins below and that count with the bin that the edge cuts.
fn least_ks(one: (&[f64], &[u64]), other: (&[f64], &[u64])) -> f64 {
    let one_way = |(edges, counts): (&[f64], &[u64]), (their_edges, their_counts): (&[f64], &[u64])| {
        let (n, their_n) = (counts.iter().sum::<u64>(), their_counts.iter().sum::<u64>());
        if n == 0 || their_n == 0 {
            return 0.0;
        }
        let (mut below, mut farthest) = (0, 0.0_f64);
        for (edge, count) in edges.iter().zip(counts) {
            below += count;
            let at = share(below, n);
            let whole = their_edges.partition_point(|theirs| theirs <= edge);
            let is_cut = whole == 0 || their_edges[whole - 1] < *edge;
            let low: u64 = their_counts[..whole].iter().sum();
            let high = low + if is_cut { their_counts.get(whole).copied().unwrap_or(0) } else { 0 };
            farthest = farthest.max(at - share(high, their_n)).max(share(low, their_n) - at);
        }
        farthest
    };
    one_way(one, other).max(one_way(other, one))
}

/// Returns a lower bound on the total variation of two columns with these counts: values that are not listed on both
/// sides may be equal.
fn least_tv(one: (&BTreeMap<String, u64>, u64), other: (&BTreeMap<String, u64>, u64)) -> f64 {
    let all = |(listed, others): (&BTreeMap<String, u64>, u64)| listed.values().sum::<u64>() + others;
    let (n, their_n) = (all(one), all(other));
    if n == 0 || their_n == 0 {
        return 0.0;
    }
    let is_whole = one.1 == 0 && other.1 == 0;
    let (mut distance, mut rest, mut their_rest) = (0.0, share(one.1, n), share(other.1, their_n));
    for value in names(one.0, other.0) {
        let [here, there] = [one.0.get(value), other.0.get(value)];
        let (ours, theirs) =
            (here.map_or(0.0, |rows| share(*rows, n)), there.map_or(0.0, |rows| share(*rows, their_n)));
        if is_whole || (here.is_some() && there.is_some()) {
            distance += (ours - theirs).abs();
        } else {
            rest += ours;
            their_rest += theirs;
        }
    }
    let distance = f64::midpoint(distance, (rest - their_rest).abs());
    // A distance of 0 may have a rounding error.
    if distance < 1e-12 { 0.0 } else { distance }
}

fn share(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { float(part) / float(all) }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 rows")]
fn float(rows: u64) -> f64 {
    rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_at_least_what_the_cells_show() {
        // The bins end at 1, at 2, and nowhere.
        let cells = (&[1.0, 2.0][..], &[50, 30, 20][..]);
        assert_eq!(least_ks(cells, cells), 0.0);
        let moved = (&[1.0, 2.0][..], &[20, 30, 50][..]);
        assert!((least_ks(cells, moved) - 0.3).abs() < 1e-12);
        // An edge cuts a bin of the other: any part of the bin may be below it.
        let coarse = (&[1.5][..], &[60, 40][..]);
        assert_eq!(least_ks(cells, coarse), 0.0);
        let apart = (&[10.0][..], &[0, 100][..]);
        // None of the other's values is below 10, and 80 of 100 are below 2.
        assert!((least_ks(cells, apart) - 0.8).abs() < 1e-12);
        assert_eq!(least_ks((&[5.0][..], &[100, 0][..]), apart), 1.0);
    }

    #[test]
    fn values_that_are_not_listed_may_be_the_same() {
        let listed = |values: &[(&str, u64)]| -> BTreeMap<String, u64> {
            values.iter().map(|(value, rows)| ((*value).to_owned(), *rows)).collect()
        };
        let (before, after) = (listed(&[("a", 50), ("b", 50)]), listed(&[("a", 80), ("c", 20)]));
        assert!((least_tv((&before, 0), (&after, 0)) - 0.5).abs() < 1e-12);
        // `b` may be among the unlisted values of one, and `c` among those of the other.
        assert!((least_tv((&before, 20), (&after, 20)) - 0.25).abs() < 1e-12);
        assert_eq!(least_tv((&before, 3), (&before, 3)), 0.0);
    }
}
