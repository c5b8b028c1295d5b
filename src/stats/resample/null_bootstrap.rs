//! Bootstrap samples under the null hypothesis of no change, for `mlgate power`.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::stats::state::columns::pick;
use crate::stats::{Predicted, Predictions, Rows, Truth};

/// ResampledUnits that are drawn as a whole: rows, or all rows of a cluster, of a query or of a series.
#[derive(Debug, Clone)]
pub struct ResampledUnits {
    /// The rows of each unit, in an order independent of the order of the files.
    rows: Vec<Vec<u32>>,
}

/// A bootstrap sample of the units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redraw {
    /// The rows that were drawn, some of them several times.
    pub rows: Vec<u32>,
    /// The index of each row's unit in the sample: a unit that is drawn twice counts as two.
    units: Vec<u32>,
    /// True for a row whose two sides change places.
    swapped: Vec<bool>,
}

impl ResampledUnits {
    /// Groups rows into units. `marks` holds a number per row that identifies its other properties, such as its groups.
    pub fn new(rows: &Rows, marks: &[u64]) -> Self {
        let columns = rows.columns();
        let queries = match &columns.truth {
            Truth::Relevance { queries, .. } => Some(queries),
            _ => None,
        };
        let series = columns.series.as_ref().map(|series| &series.codes);
        let mut units: Vec<Vec<u32>> = Vec::new();
        match columns.clusters.as_ref().or(queries).or(series) {
            None => units.extend((0..).take(rows.len()).map(|row| vec![row])),
            Some(codes) => {
                for (row, code) in (0..).zip(codes) {
                    let code = *code as usize;
                    if units.len() <= code {
                        units.resize(code + 1, Vec::new());
                    }
                    units[code].push(row);
                }
                units.retain(|rows| !rows.is_empty());
            }
        }
        let content: Vec<u64> =
            (0..rows.len()).map(|row| fold(marks.get(row).copied().unwrap_or(0), content(rows, row))).collect();
        for rows in &mut units {
            rows.sort_by_key(|row| content[*row as usize]);
        }
        units.sort_by_cached_key(|rows| rows.iter().fold(0, |sum, row| fold(sum, [content[*row as usize]])));
        Self { rows: units }
    }

    /// Draws the sample with this number: as many units as there are, with replacement. With two sides, a coin flip per
    /// unit decides which side is the candidate's, so that the true change is 0.
    pub fn draw(&self, seed: u64, number: u64) -> Redraw {
        self.drawn(seed, number, self.rows.len())
    }

    /// Draws a sample of `units` units, independent of the sample of [`Self::draw`] with the same number.
    pub fn draw_other(&self, seed: u64, number: u64, units: usize) -> Redraw {
        self.drawn(seed, number | 1 << 63, units)
    }

    /// Returns the number of units.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    fn drawn(&self, seed: u64, stream: u64, units: usize) -> Redraw {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        let mut drawn = Redraw { rows: Vec::new(), units: Vec::new(), swapped: Vec::new() };
        for place in (0..).take(units) {
            let word = random.next_u64();
            // The high half of a product is uniform to 2⁻³² or better with so few units; the low bit is the coin.
            #[expect(clippy::cast_possible_truncation, reason = "below the number of units")]
            let index = ((u128::from(word) * self.rows.len() as u128) >> 64) as usize;
            for row in &self.rows[index] {
                drawn.rows.push(*row);
                drawn.units.push(place);
                drawn.swapped.push(word & 1 == 1);
            }
        }
        drawn
    }
}

impl Rows {
    /// Returns the rows of a sample.
    #[must_use]
    pub fn redrawn(&self, sample: &Redraw) -> Self {
        let mut rows = self.select(&sample.rows);
        rows.replace(|columns| {
            if let Some(baseline) = &mut columns.baseline {
                swap(&mut columns.candidate, baseline, &sample.swapped);
            }
            if let Some(clusters) = &mut columns.clusters {
                clusters.clone_from(&sample.units);
            }
            if let Some(series) = &mut columns.series {
                series.codes.clone_from(&sample.units);
            }
            if let Truth::Relevance { queries, .. } = &mut columns.truth {
                queries.clone_from(&sample.units);
            }
        });
        rows
    }
}

/// Swaps both sides in some rows, in every column that both have.
fn swap(ours: &mut Predictions, theirs: &mut Predictions, rows: &[bool]) {
    fn columns<T>(ours: &mut [T], theirs: &mut [T], rows: &[bool]) {
        for ((ours, theirs), _) in ours.iter_mut().zip(theirs).zip(rows).filter(|(_, swapped)| **swapped) {
            std::mem::swap(ours, theirs);
        }
    }
    for (ours, theirs) in ours.scores.iter_mut().zip(&mut theirs.scores) {
        columns(ours, theirs, rows);
    }
    if let (Some(ours), Some(theirs)) = (&mut ours.interval, &mut theirs.interval) {
        for (ours, theirs) in ours.iter_mut().zip(theirs) {
            columns(ours, theirs, rows);
        }
    }
    if let (Some(ours), Some(theirs)) = (&mut ours.samples, &mut theirs.samples) {
        columns(ours, theirs, rows);
    }
    match (&mut ours.predicted, &mut theirs.predicted) {
        (Some(Predicted::Binary(ours)), Some(Predicted::Binary(theirs))) => columns(ours, theirs, rows),
        (Some(Predicted::Classes(ours)), Some(Predicted::Classes(theirs))) => columns(ours, theirs, rows),
        (Some(Predicted::Labels(ours)), Some(Predicted::Labels(theirs))) => {
            for (ours, theirs) in ours.iter_mut().zip(theirs) {
                columns(ours, theirs, rows);
            }
        }
        _ => {}
    }
}

/// Returns all numbers of a row, as bits.
fn content(rows: &Rows, row: usize) -> Vec<u64> {
    let columns = rows.columns();
    let mut all = Vec::new();
    match &columns.truth {
        Truth::Binary(labels) => all.push(u64::from(labels[row])),
        Truth::Classes { codes, .. } => all.push(u64::from(codes[row])),
        Truth::Labels(labels) => all.extend(labels.iter().map(|label| u64::from(label[row]))),
        Truth::Numbers(numbers) => all.push(bits(numbers[row])),
        Truth::Relevance { gains, .. } => all.push(bits(gains[row])),
        Truth::Grades { .. } => {}
    }
    for side in std::iter::once(&columns.candidate).chain(&columns.baseline) {
        match &side.predicted {
            Some(Predicted::Binary(classes)) => all.push(u64::from(classes[row])),
            Some(Predicted::Classes(codes)) => all.push(u64::from(codes[row])),
            Some(Predicted::Labels(labels)) => all.extend(labels.iter().map(|label| u64::from(label[row]))),
            None => {}
        }
        all.extend(side.scores.iter().map(|scores| bits(scores[row])));
        all.extend(side.interval.iter().flatten().map(|end| bits(end[row])));
        all.extend(side.samples.iter().flat_map(|samples| &samples[row]).map(|grade| bits(*grade)));
    }
    let more = [columns.weights.as_ref(), columns.naive_errors.as_ref()].into_iter().flatten();
    all.extend(more.chain(columns.series.as_ref().map(|series| &series.times)).map(|column| bits(column[row])));
    all
}

fn bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

/// Mixes words into a number (the finaliser of SplitMix64, Steele et al. 2014).
fn fold(start: u64, words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(start, |sum, word| {
        let mixed = (sum ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

impl Redraw {
    /// Returns a column of the sample.
    pub fn of<T: Copy>(&self, column: &[T]) -> Vec<T> {
        pick(column, &self.rows)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::Columns;

    fn scored(truth: Truth, ours: Vec<f64>, theirs: Vec<f64>) -> Columns {
        let side = |scores| Predictions { scores: vec![scores], ..Predictions::default() };
        Columns { baseline: Some(side(theirs)), ..Columns::new(truth, side(ours)) }
    }

    #[test]
    fn rows_keep_their_labels_and_sides_change_places() {
        let truth = Truth::Numbers((0..500).map(f64::from).collect());
        let ours: Vec<f64> = (0..500).map(|row| f64::from(row) + 0.25).collect();
        let theirs: Vec<f64> = (0..500).map(|row| f64::from(row) - 0.25).collect();
        let rows = Rows::new(scored(truth, ours, theirs)).unwrap();
        let drawn = rows.redrawn(&ResampledUnits::new(&rows, &[]).draw(7, 0));
        let (Truth::Numbers(labels), Some(baseline)) = (&drawn.columns().truth, &drawn.columns().baseline) else {
            panic!("another kind of rows");
        };
        let mut above = 0;
        for (row, label) in labels.iter().enumerate() {
            let (ours, theirs) = (drawn.columns().candidate.scores[0][row] - label, baseline.scores[0][row] - label);
            assert_eq!((ours.abs(), ours), (0.25, -theirs));
            above += u32::from(ours > 0.0);
        }
        assert!((200..300).contains(&above), "{above} of 500");
        let mut different = labels.clone();
        different.sort_by(f64::total_cmp);
        different.dedup();
        assert!((280..350).contains(&different.len()), "{} of 500 rows, and 316 are expected", different.len());
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter() {
        let numbers = |order: &[u32]| {
            let of = |scale: f64| order.iter().map(|row| f64::from(*row) * scale).collect::<Vec<_>>();
            Rows::new(scored(Truth::Numbers(of(1.0)), of(1.1), of(0.9))).unwrap()
        };
        let forward: Vec<u32> = (0..100).collect();
        let backward: Vec<u32> = (0..100).rev().collect();
        let draw = |rows: Rows| rows.redrawn(&ResampledUnits::new(&rows, &[]).draw(1, 5));
        assert_eq!(draw(numbers(&forward)), draw(numbers(&backward)));
    }

    #[test]
    fn a_query_is_drawn_as_a_whole_and_twice_is_two() {
        let queries: Vec<u32> = (0..60).map(|row| row / 3).collect();
        let truth = Truth::Relevance { gains: (0..60).map(|row| f64::from(row % 3)).collect(), queries };
        let scores: Vec<f64> = (0..60).map(f64::from).collect();
        let rows = Rows::new(scored(truth, scores.clone(), scores)).unwrap();
        let drawn = rows.redrawn(&ResampledUnits::new(&rows, &[]).draw(3, 1));
        let Truth::Relevance { queries, gains } = &drawn.columns().truth else { panic!("another kind of rows") };
        assert_eq!(*queries, (0..60).map(|row| row / 3).collect::<Vec<u32>>());
        let mut of_one = gains[..3].to_vec();
        of_one.sort_by(f64::total_cmp);
        assert_eq!(of_one, [0.0, 1.0, 2.0]);
    }
}
