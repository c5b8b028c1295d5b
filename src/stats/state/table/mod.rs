//! Counts over label × candidate × baseline of any number of classes, with weights and clusters.

mod stored;

use super::spread::ClassVariance;
use std::collections::BTreeMap;

pub use stored::StoredTable;

use super::moves::{Mover, Moves};
use crate::stats::numeric::fraction_sums::FractionSums;
use crate::stats::numeric::quantile::float;
use crate::stats::state::influence::class_margins::{Margins, penalty};
use crate::stats::{Contingency, ExactSum, Measure, Side};

/// Label, candidate's class and baseline's class; without a baseline the last is 0.
pub type Cell = [u32; 3];

/// Rows of one cell, with their weights.
#[derive(Debug, Clone, Default, PartialEq)]
struct TableContent {
    rows: u64,
    /// The sum of the weights, and that of their squares; empty if every row has weight 1.
    weights: ExactSum,
    squares: ExactSum,
}

/// Both sides' predicted classes by label. Merging is adding.
///
/// Only cells with rows are stored, so the size is at most the number of rows, and typically the square of the number
/// of classes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClassTable {
    classes: u32,
    paired: bool,
    weighted: bool,
    identical_scores: bool,
    cells: BTreeMap<Cell, TableContent>,
    /// The weight of each cluster in each of its cells.
    clusters: Option<BTreeMap<(u32, Cell), ExactSum>>,
}

impl ClassTable {
    /// Creates an empty table of `classes` classes.
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
            clusters.entry((cluster, cell)).or_default().add(weight);
        }
    }

    /// Marks both sides as one model: they gave every row the same score.
    #[must_use]
    pub fn with_identical_scores(self) -> Self {
        Self { identical_scores: true, ..self }
    }

    /// Creates a table from the counts of a binary classifier, all groups together.
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

    /// Returns true if the table includes a baseline's predictions.
    pub fn is_paired(&self) -> bool {
        self.paired
    }

    /// Returns the number of classes.
    pub fn classes(&self) -> u32 {
        self.classes
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u64 {
        self.cells.values().map(|content| content.rows).sum()
    }

    /// Returns the rows of each cell that has any.
    pub fn counts(&self) -> impl Iterator<Item = (Cell, u64)> {
        self.cells.iter().map(|(cell, content)| (*cell, content.rows))
    }

    /// Returns true if the rows have neither weights nor clusters.
    pub(crate) fn is_plain(&self) -> bool {
        !self.weighted && self.clusters.is_none()
    }

    /// Returns true if rows form clusters.
    pub fn is_clustered(&self) -> bool {
        self.clusters.is_some()
    }

    /// Returns the number of clusters, if there are any.
    pub(crate) fn cluster_count(&self) -> Option<u64> {
        let mut clusters = 0;
        self.each_cluster(|_| clusters += 1);
        self.clusters.is_some().then_some(clusters)
    }

    /// Calls `each` with the cells of every cluster, and the weight in each of them.
    fn each_cluster(&self, mut each: impl FnMut(&[(Cell, f64)])) {
        let (mut last, mut cells) = (None, Vec::new());
        for ((cluster, cell), weight) in self.clusters.iter().flatten() {
            if last != Some(*cluster) && !cells.is_empty() {
                each(&cells);
                cells.clear();
            }
            last = Some(*cluster);
            cells.push((*cell, weight.value()));
        }
        if !cells.is_empty() {
            each(&cells);
        }
    }

    /// Returns true if both sides gave every row the same score and predict the same.
    pub fn is_unchanged(&self) -> bool {
        self.paired && self.identical_scores && self.cells.keys().all(|cell| cell[1] == cell[2])
    }

    fn weight(&self, content: &TableContent) -> f64 {
        if self.weighted { content.weights.value() } else { float(content.rows) }
    }

    fn square(&self, content: &TableContent) -> f64 {
        if self.weighted { content.squares.value() } else { float(content.rows) }
    }

    /// Returns the mean weight, with each row counted by its weight; 1 without weights.
    pub(crate) fn typical_weight(&self) -> f64 {
        let (mut sum, mut squares) = (0.0, 0.0);
        for content in self.cells.values() {
            sum += self.weight(content);
            squares += self.square(content);
        }
        if sum > 0.0 { squares / sum } else { 1.0 }
    }

    /// Returns one side's rows of each class, by weight.
    pub(crate) fn margins(&self, measure: Measure, side: Side) -> Margins {
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

    /// Returns a binary table whose cells are computed from these; weights are ignored.
    pub(crate) fn counted(&self, binary: impl Fn(&Cell) -> Cell) -> Contingency {
        let mut counts = [0; 8];
        for (cell, content) in &self.cells {
            let [label, ours, theirs] = binary(cell).map(|code| code as usize);
            counts[label * 4 + ours * 2 + if self.paired { theirs } else { 0 }] += content.rows;
        }
        let counts = Contingency::from_cells(self.paired, BTreeMap::from([(Vec::new(), counts)]));
        if self.is_unchanged() { counts.with_identical_scores() } else { counts }
    }

    /// Returns the rows of the cells for which `counts` is true.
    pub(crate) fn rows_where(&self, counts: impl Fn(&Cell) -> bool) -> u64 {
        self.cells.iter().filter(|(cell, _)| counts(cell)).map(|(_, content)| content.rows).sum()
    }

    /// Returns a linear form of the cells' weights.
    pub(crate) fn total(&self, of: &impl Fn(&Cell) -> f64) -> f64 {
        self.cells.iter().map(|(cell, content)| self.weight(content) * of(cell)).sum()
    }

    /// Returns variances and covariance of two linear forms of the cells' weights.
    pub(crate) fn spread(&self, ours: impl Fn(&Cell) -> f64, theirs: impl Fn(&Cell) -> f64) -> ClassVariance {
        if self.clusters.is_some() {
            let moves = self.moves(ours, theirs);
            let [candidate, baseline, change] =
                [(1.0, 1.0), (0.0, 1.0), (1.0, 0.0)].map(|(change, baseline)| moves.along(change, baseline).variance);
            return ClassVariance { candidate, baseline, covariance: (candidate + baseline - change) / 2.0 };
        }
        let mut spread = ClassVariance { candidate: 0.0, baseline: 0.0, covariance: 0.0 };
        for (cell, content) in &self.cells {
            let (ours, theirs, times) = (ours(cell), theirs(cell), self.square(content));
            spread.candidate += times * ours * ours;
            spread.baseline += times * theirs * theirs;
            spread.covariance += times * ours * theirs;
        }
        spread
    }

    /// Returns power sums of two linear forms of the cells' weights: of their difference, and of the second. The codes
    /// of clusters may depend on the order of the rows, but the sums do not.
    pub(crate) fn moves(&self, ours: impl Fn(&Cell) -> f64, theirs: impl Fn(&Cell) -> f64) -> Moves {
        let mut mover = Mover::default();
        self.each_cluster(|cells| {
            let (mut size, mut change, mut before) = (0.0, 0.0, 0.0);
            for (cell, weight) in cells {
                size += weight;
                change += weight * (ours(cell) - theirs(cell));
                before += weight * theirs(cell);
            }
            mover.add(size, change, before);
        });
        mover.moves()
    }

    /// Returns sums over rows or clusters of the ratio of two linear forms.
    pub(crate) fn fraction(&self, above: impl Fn(&Cell) -> f64, below: impl Fn(&Cell) -> f64) -> FractionSums {
        let mut units = 0;
        let mut sums = [const { ExactSum::new() }; 5];
        let mut add = |over: f64, under: f64, [once, squared]: [f64; 2]| {
            let terms =
                [over * once, under * once, over * over * squared, over * under * squared, under * under * squared];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| sum.add(term));
        };
        match &self.clusters {
            None => {
                for (cell, content) in &self.cells {
                    let (over, under) = (above(cell), below(cell));
                    if under != 0.0 {
                        units += content.rows;
                        add(over, under, [self.weight(content), self.square(content)]);
                    }
                }
            }
            Some(_) => self.each_cluster(|cells| {
                let sum =
                    |of: &dyn Fn(&Cell) -> f64| -> f64 { cells.iter().map(|(cell, weight)| weight * of(cell)).sum() };
                let (over, under) = (sum(&above), sum(&below));
                if under != 0.0 {
                    units += 1;
                    add(over, under, [1.0, 1.0]);
                }
            }),
        }
        let [above, below, above_squared, product, below_squared] = sums.each_ref().map(ExactSum::value);
        FractionSums { units, above, below, above_squared, product, below_squared }
    }

    /// Returns the typical weight of a class in a cluster, with each row counted by that weight; `None` without
    /// clusters.
    pub(crate) fn cluster_size(&self, label: u32) -> Option<f64> {
        self.clusters.as_ref()?;
        let (mut size, mut squares) = (ExactSum::new(), ExactSum::new());
        self.each_cluster(|cells| {
            let of_class = cells.iter().filter(|(cell, _)| cell[0] == label);
            let weight: f64 = of_class.map(|(_, weight)| weight).sum();
            size.add(weight);
            squares.add(weight * weight);
        });
        Some(if size.value() > 0.0 { squares.value() / size.value() } else { self.typical_weight() })
    }

    /// Returns the rows without their clusters.
    pub(crate) fn without_clusters(&self) -> Self {
        let Self { classes, paired, weighted, identical_scores, .. } = *self;
        Self { classes, paired, weighted, identical_scores, cells: self.cells.clone(), clusters: None }
    }

    /// Returns the single class of the labels, and whether nothing else is predicted; `None` if the labels have several
    /// classes.
    pub(crate) fn only_class(&self) -> Option<(u32, bool)> {
        let mut labels = self.cells.keys().map(|cell| cell[0]);
        let first = labels.next()?;
        let is_alone = |class: u32| class == first;
        let is_predicted = |cell: &Cell| is_alone(cell[1]) && (!self.paired || is_alone(cell[2]));
        labels.all(is_alone).then(|| (first, self.cells.keys().all(is_predicted)))
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
            for (cluster_and_cell, weight) in theirs {
                ours.entry(*cluster_and_cell).or_default().merge(weight);
            }
        }
    }
}

/// Returns the class that a side predicts.
pub(crate) fn of_side(cell: &Cell, side: Side) -> u32 {
    if side == Side::Candidate { cell[1] } else { cell[2] }
}
