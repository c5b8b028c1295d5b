//! Counts over label × candidate × baseline of any number of classes, with weights and clusters.

mod stored;

use std::collections::BTreeMap;

pub use stored::{StoredCell, StoredTable};

use super::class_slopes::{Margins, Slopes, penalty};
use super::distribution::float;
use super::{Contingency, ExactSum, Measure, Side};

/// Label, candidate's class, baseline's class; without a baseline the last is 0.
pub type Cell = [u32; 3];

/// What falls into one cell.
#[derive(Debug, Clone, Default, PartialEq)]
struct Content {
    rows: u64,
    /// Sums of the weights and of their squares; empty where every row weighs 1.
    weights: ExactSum,
    squares: ExactSum,
}

/// Both sides' predicted classes against the labels. Merging is adding.
///
/// Only cells with rows are kept, so the size is at most the number of rows and mostly that of classes squared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    classes: u32,
    paired: bool,
    weighted: bool,
    identical_scores: bool,
    cells: BTreeMap<Cell, Content>,
    /// For each cluster, its weight in each of its cells.
    clusters: Option<BTreeMap<u32, BTreeMap<Cell, ExactSum>>>,
}

/// Variances of both sides' metric, and their covariance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) candidate: f64,
    pub(super) baseline: f64,
    pub(super) covariance: f64,
}

impl Table {
    /// An empty table of so many classes.
    pub fn new(classes: u32, paired: bool, weighted: bool, clustered: bool) -> Self {
        Self { classes, paired, weighted, clusters: clustered.then(BTreeMap::new), ..Self::default() }
    }

    /// Adds a row.
    pub fn add(&mut self, cell: Cell, weight: f64, cluster: Option<u32>) {
        let content = self.cells.entry(cell).or_default();
        content.rows += 1;
        if self.weighted {
            content.weights.add(weight);
            content.squares.add(weight * weight);
        }
        if let (Some(clusters), Some(cluster)) = (&mut self.clusters, cluster) {
            clusters.entry(cluster).or_default().entry(cell).or_default().add(weight);
        }
    }

    /// The same, of two sides that gave every row the very same score: one model.
    #[must_use]
    pub fn with_identical_scores(self) -> Self {
        Self { identical_scores: true, ..self }
    }

    /// The table of a binary classifier's counts, all groups together.
    pub fn from_binary(counts: &Contingency) -> Self {
        let mut table = Self::new(2, counts.is_paired(), false, false);
        table.identical_scores = counts.is_unchanged();
        for (index, rows) in counts.cells().enumerate() {
            if rows > 0 {
                let bit = |bit: usize| u32::from(index & bit != 0);
                table.cells.entry([bit(4), bit(2), bit(1)]).or_default().rows += rows;
            }
        }
        table
    }

    /// Whether a baseline's predictions are in it.
    pub fn is_paired(&self) -> bool {
        self.paired
    }

    /// How many classes there are.
    pub fn classes(&self) -> u32 {
        self.classes
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.cells.values().map(|content| content.rows).sum()
    }

    /// The rows in each cell that has any.
    pub fn counts(&self) -> impl Iterator<Item = (Cell, u64)> {
        self.cells.iter().map(|(cell, content)| (*cell, content.rows))
    }

    /// Whether rows count differently or belong together.
    pub(super) fn is_plain(&self) -> bool {
        !self.weighted && self.clusters.is_none()
    }

    /// Whether rows belong together.
    pub fn is_clustered(&self) -> bool {
        self.clusters.is_some()
    }

    /// The clusters, if there are any.
    pub(super) fn cluster_count(&self) -> Option<u64> {
        self.clusters.as_ref().map(|clusters| clusters.len() as u64)
    }

    /// Whether both sides gave every row the same score and predict the same.
    pub fn is_unchanged(&self) -> bool {
        self.paired && self.identical_scores && self.cells.keys().all(|cell| cell[1] == cell[2])
    }

    fn weight(&self, content: &Content) -> f64 {
        if self.weighted { content.weights.value() } else { float(content.rows) }
    }

    fn square(&self, content: &Content) -> f64 {
        if self.weighted { content.squares.value() } else { float(content.rows) }
    }

    /// The mean weight, each row counted by its weight: 1 of rows that are not weighted.
    pub(super) fn typical_weight(&self) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for content in self.cells.values() {
            sum += self.weight(content);
            squares += self.square(content);
        }
        if sum > 0.0 { squares / sum } else { 1.0 }
    }

    /// One side's rows of each class.
    pub(super) fn margins(&self, measure: Measure, side: Side) -> Margins {
        let classes = self.classes as usize;
        let zero = || vec![0.0; classes];
        let mut margins = Margins { truth: zero(), predicted: zero(), right: zero(), all: 0.0, penalties: 0.0 };
        for (cell, content) in &self.cells {
            let weight = self.weight(content);
            let (label, predicted) = (cell[0], of_side(cell, side));
            margins.truth[label as usize] += weight;
            margins.predicted[predicted as usize] += weight;
            if label == predicted {
                margins.right[label as usize] += weight;
            } else {
                margins.penalties += weight * penalty(measure, label, predicted);
            }
            margins.all += weight;
        }
        margins
    }

    /// Other cells of two classes in place of these, in rows.
    pub(super) fn counted(&self, binary: impl Fn(&Cell) -> Cell) -> Contingency {
        let mut counts = [0; 8];
        for (cell, content) in &self.cells {
            let [label, ours, theirs] = binary(cell).map(|code| code as usize);
            counts[label * 4 + ours * 2 + if self.paired { theirs } else { 0 }] += content.rows;
        }
        let counts = Contingency::from_cells(self.paired, BTreeMap::from([(Vec::new(), counts)]));
        if self.is_unchanged() { counts.with_identical_scores() } else { counts }
    }

    /// The rows of the cells that count.
    pub(super) fn rows_where(&self, counts: impl Fn(&Cell) -> bool) -> u64 {
        self.cells.iter().filter(|(cell, _)| counts(cell)).map(|(_, content)| content.rows).sum()
    }

    /// A linear form of the cells' weights.
    pub(super) fn total(&self, of: &impl Fn(&Cell) -> f64) -> f64 {
        self.cells.iter().map(|(cell, content)| self.weight(content) * of(cell)).sum()
    }

    /// Variances and covariance of two linear forms of the cells' weights.
    pub(super) fn spread(&self, ours: impl Fn(&Cell) -> f64, theirs: impl Fn(&Cell) -> f64) -> Spread {
        let mut spread = Spread { candidate: 0.0, baseline: 0.0, covariance: 0.0 };
        let mut add = |ours: f64, theirs: f64, times: f64| {
            spread.candidate += times * ours * ours;
            spread.baseline += times * theirs * theirs;
            spread.covariance += times * ours * theirs;
        };
        match &self.clusters {
            None => {
                for (cell, content) in &self.cells {
                    add(ours(cell), theirs(cell), self.square(content));
                }
            }
            Some(clusters) => {
                // Sorted by what they hold, because the codes of clusters may depend on the order of the rows.
                let mut moves: Vec<(f64, f64)> = clusters
                    .values()
                    .map(|cells| {
                        cells.iter().fold((0.0, 0.0), |(left, right), (cell, weight)| {
                            let weight = weight.value();
                            (left + weight * ours(cell), right + weight * theirs(cell))
                        })
                    })
                    .collect();
                moves.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
                let count = float(clusters.len() as u64);
                let correction = if count > 1.0 { count / (count - 1.0) } else { 1.0 };
                for (ours, theirs) in moves {
                    add(ours, theirs, correction);
                }
            }
        }
        spread
    }

    /// Adds the rows of another table of the same kind.
    pub fn merge(&mut self, other: &Self) {
        self.classes = self.classes.max(other.classes);
        self.paired |= other.paired;
        self.weighted |= other.weighted;
        self.identical_scores &= other.identical_scores;
        for (cell, content) in &other.cells {
            let into = self.cells.entry(*cell).or_default();
            into.rows += content.rows;
            into.weights.merge(&content.weights);
            into.squares.merge(&content.squares);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.clusters, &other.clusters) {
            for (cluster, cells) in theirs {
                let into = ours.entry(*cluster).or_default();
                for (cell, weight) in cells {
                    into.entry(*cell).or_default().merge(weight);
                }
            }
        }
    }
}

/// The class that a side predicts.
pub(super) fn of_side(cell: &Cell, side: Side) -> u32 {
    if side == Side::Candidate { cell[1] } else { cell[2] }
}

/// Rows that were not seen and might have been: of every class `each` rows for each way in which two sides can be right or
/// wrong about it, where a miss may be any other class that there is.
///
/// Without them, sides that never differed in the rows that were seen would be taken for one, and a class that was always
/// right for one that always will be. Of two classes and ½ they are half a row in each of the eight cells.
pub(super) struct Unseen {
    pub(super) classes: Vec<u32>,
    pub(super) each: f64,
}

impl Unseen {
    /// The margins with these rows.
    pub(super) fn added_to(&self, margins: &Margins, measure: Measure) -> Margins {
        let mut margins = margins.clone();
        let others = self.others();
        for label in &self.classes {
            let class = *label as usize;
            margins.truth[class] += 4.0 * self.each;
            margins.right[class] += 2.0 * self.each;
            margins.predicted[class] += 2.0 * self.each;
            margins.all += 4.0 * self.each;
            for other in self.classes.iter().filter(|other| *other != label) {
                margins.predicted[*other as usize] += 2.0 * self.each / others;
                margins.penalties += 2.0 * self.each / others * penalty(measure, *label, *other);
            }
        }
        margins
    }

    /// What they add to the variances and the covariance. `weight` is what such a row weighs.
    pub(super) fn add_to(&self, spread: &mut Spread, ours: &Slopes, theirs: &Slopes, weight: f64) {
        let others = self.others();
        for label in &self.classes {
            let right = [ours.at(*label, *label), theirs.at(*label, *label)];
            let mut add = |ours: f64, theirs: f64, rows: f64| {
                let times = rows * weight * weight;
                spread.candidate += times * ours * ours;
                spread.baseline += times * theirs * theirs;
                spread.covariance += times * ours * theirs;
            };
            let each = self.each / weight;
            add(right[0], right[1], each);
            for other in self.classes.iter().filter(|other| *other != label) {
                let wrong = [ours.at(*label, *other), theirs.at(*label, *other)];
                let part = each / others;
                add(right[0], wrong[1], part);
                add(wrong[0], right[1], part);
                add(wrong[0], wrong[1], part);
            }
        }
    }

    fn others(&self) -> f64 {
        float(self.classes.len().saturating_sub(1).max(1) as u64)
    }
}
