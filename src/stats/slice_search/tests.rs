#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;

use super::best::{SearchLimits, best};
use super::score::SliceScore;
use super::*;
use crate::stats::{Columns, Metric, Null, Predictions, Rows, Truth, holm, infer_change};

fn feature(codes: Vec<u32>) -> SearchFeature {
    SearchFeature { values: codes.iter().max().map_or(0, |most| most + 1), ordered: 0, codes }
}

fn terms(values: &[FeatureValue]) -> Vec<SliceTerm> {
    values.iter().copied().map(SliceTerm::of).collect()
}

fn plain<'a>(features: &'a [SearchFeature], amounts: &'a [f64]) -> SearchRows<'a> {
    SearchRows { features, amounts, weights: None, clusters: None }
}

/// Returns all slices by looking at each, with their score computed in floats.
fn exhaustive(rows: SearchRows<'_>, score: SliceScore, limits: SearchLimits) -> Vec<(Vec<FeatureValue>, f64)> {
    let all = rows.amounts.len();
    let mut found = Vec::new();
    let mut open: Vec<Vec<FeatureValue>> = vec![Vec::new()];
    while let Some(values) = open.pop() {
        let inside: Vec<f64> =
            (0..all).filter(|row| rows.is_in(&terms(&values), *row)).map(|row| rows.amounts[row]).collect();
        if (inside.len() as u64) < limits.min_n {
            continue;
        }
        if values.len() < limits.depth {
            let next = values.last().map_or(0, |(feature, _)| feature + 1);
            for feature in next..rows.features.len() {
                let count = rows.features[feature].values;
                open.extend((0..count).map(|value| [values.clone(), vec![(feature, value)]].concat()));
            }
        }
        let (sum, n) = (inside.iter().sum::<f64>(), inside.len() as f64);
        if sum <= 0.0 || values.is_empty() {
            continue;
        }
        let of = match score {
            SliceScore::Line { alpha } => {
                let mean = rows.amounts.iter().sum::<f64>() / all as f64;
                alpha * (sum / n / mean - 1.0) - (1.0 - alpha) * (all as f64 / n - 1.0)
            }
            SliceScore::Damage => {
                let square = rows.amounts.iter().map(|x| x * x).sum::<f64>() / all as f64;
                sum / (square * n).sqrt()
            }
        };
        found.push((values, of));
    }
    found.sort_by(|ours, theirs| theirs.1.total_cmp(&ours.1));
    found.truncate(limits.most);
    found
}

fn within(rows: &SearchRows<'_>) -> Vec<u32> {
    (0..u32::try_from(rows.amounts.len()).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_best_slices_are_those_of_exhaustive_search(
        table in prop::collection::vec((0_u32..3, 0_u32..4, 0_u32..2, 0_u32..5, 0_i32..64), 30..120),
        min_n in 2_u64..8,
        depth in 1_usize..5,
        is_line in any::<bool>(),
    ) {
        let column = |of: fn(&(u32, u32, u32, u32, i32)) -> u32| table.iter().map(of).collect::<Vec<_>>();
        let features = [
            feature(column(|row| row.0)),
            feature(column(|row| row.1)),
            feature(column(|row| row.2)),
            feature(column(|row| row.3)),
        ];
        let shift = if is_line { 0 } else { 32 };
        let amounts: Vec<f64> = table.iter().map(|row| f64::from(row.4 - shift)).collect();
        prop_assume!(!is_line || amounts.iter().any(|amount| *amount > 0.0));
        let rows = plain(&features, &amounts);
        let score = if is_line { SliceScore::Line { alpha: 0.95 } } else { SliceScore::Damage };
        let limits = SearchLimits { depth, min_n, most: 6, threads: 1 };
        let all = within(&rows);
        let (found, searched) = best(rows, &all, score, limits);
        let expected = exhaustive(rows, score, limits);
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert!((found.score - expected.1).abs() <= 1e-9 * expected.1.abs().max(1.0));
        }
        let backwards: Vec<u32> = all.iter().rev().copied().collect();
        let again = best(rows, &backwards, score, SearchLimits { threads: 3, ..limits });
        prop_assert_eq!((found, searched), again);
    }
}

#[test]
fn the_best_slices_are_those_of_other_programs() {
    let expected: Value = serde_json::from_str(include_str!("../../../fixtures/slices_expected.json")).unwrap();
    let numbers = |key: &str| -> Vec<f64> {
        expected[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let features: Vec<SearchFeature> = expected["features"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(_, codes)| {
            let codes = codes.as_array().unwrap().iter().map(|code| u32::try_from(code.as_u64().unwrap()).unwrap());
            feature(codes.collect())
        })
        .collect();
    let min_n = expected["min_n"].as_u64().unwrap();
    for (amounts, score, key) in [
        (numbers("losses"), SliceScore::Line { alpha: 0.95 }, "line"),
        (numbers("changes"), SliceScore::Damage, "damage"),
    ] {
        let theirs = expected[key].as_array().unwrap();
        assert!(!theirs.is_empty());
        let rows = plain(&features, &amounts);
        let limits = SearchLimits { depth: 3, min_n, most: theirs.len(), threads: 2 };
        let (ours, _) = best(rows, &within(&rows), score, limits);
        for (ours, theirs) in ours.iter().zip(theirs) {
            let values: Vec<FeatureValue> = serde_json::from_value(theirs["values"].clone()).unwrap();
            assert_eq!((&ours.values, ours.rows), (&values, theirs["rows"].as_u64().unwrap()), "{key}");
            assert!((ours.score - theirs["score"].as_f64().unwrap()).abs() < 1e-6, "{key}");
        }
    }
}

/// Features and noise of this many rows, and the half of each row.
fn drawn(rng: &mut ChaCha8Rng, rows: usize) -> (Vec<SearchFeature>, Vec<f64>, Vec<bool>) {
    let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
    let mut codes = |count: f64| (0..rows).map(|_| (uniform() * count) as u32).collect::<Vec<_>>();
    let mut features =
        vec![feature(codes(3.0)), feature(codes(4.0)), feature(codes(5.0)), feature(codes(8.0)), feature(codes(2.0))];
    features[3].ordered = 8;
    // Differences of two exponential losses have both signs and long tails.
    let amounts = (0..rows).map(|_| uniform().ln() - uniform().ln()).collect();
    (features, amounts, (0..rows).map(|_| uniform() < 0.5).collect())
}

const SEARCH: SliceSearch = SliceSearch { depth: 3, min_n: 50, most: 5, is_change: true, threads: 1 };

/// Rows among which no slice differs from the rest.
#[derive(Debug, Clone, Copy)]
enum Alike {
    /// Differences of two exponential losses.
    Changes,
    /// Of a hundred rows, three that became wrong and three that became right.
    Flips,
    /// Changes that are rarely large, and then mostly for the better.
    Skewed,
    /// Changes of clusters of five rows, which change together.
    Clusters,
    /// Changes with weights from 1 to 4.
    Weights,
    /// Losses of one side.
    Losses,
    /// Errors of one side, one in ten.
    Errors,
}

impl Alike {
    const ALL: [Self; 7] =
        [Self::Changes, Self::Flips, Self::Skewed, Self::Clusters, Self::Weights, Self::Losses, Self::Errors];

    /// Returns the share of searches that name a slice.
    fn named(self, rng: &mut ChaCha8Rng, searches: usize) -> f64 {
        let named = (0..searches).filter(|_| {
            let (features, changes, is_first) = drawn(rng, 1500);
            let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
            let mut of_rows = |of: &dyn Fn(f64) -> f64| (0..1500).map(|_| of(uniform())).collect::<Vec<f64>>();
            let amounts = match self {
                Self::Changes | Self::Weights => changes,
                Self::Flips => of_rows(&|at| if at < 0.03 { 1.0 } else { -f64::from(i8::from(at > 0.97)) }),
                Self::Skewed => of_rows(&|at| 1.0 + at.ln()),
                Self::Clusters => (0..1500).map(|row| changes[row / 5 * 5]).collect(),
                Self::Losses => of_rows(&|at| -at.ln()),
                Self::Errors => of_rows(&|at| f64::from(u8::from(at < 0.1))),
            };
            let weights = matches!(self, Self::Weights).then(|| of_rows(&|at| 1.0 + (4.0 * at).floor()));
            let clusters: Option<Vec<u32>> =
                matches!(self, Self::Clusters).then(|| (0..1500).map(|row| row / 5).collect());
            let rows =
                SearchRows { weights: weights.as_deref(), clusters: clusters.as_deref(), ..plain(&features, &amounts) };
            let is_first = if clusters.is_some() { halves(rows, 7) } else { is_first };
            let is_change = !matches!(self, Self::Losses | Self::Errors);
            !find(rows, &is_first, SliceSearch { is_change, ..SEARCH }).slices.is_empty()
        });
        named.count() as f64 / searches as f64
    }
}

#[test]
fn rows_among_which_nothing_differs_have_no_slice_to_name() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for alike in Alike::ALL {
        let named = alike.named(&mut rng, 100);
        // 5 %, and two standard errors of a hundred searches.
        assert!(named <= 0.094, "{alike:?}: {named}");
    }
}

#[test]
#[ignore = "prints the rates of docs/slices.md; takes minutes"]
fn rates_of_naming_a_slice_where_nothing_differs() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for alike in Alike::ALL {
        let named = alike.named(&mut rng, 1000);
        assert!(named <= 0.05 + 2.0 * (0.05_f64 * 0.95 / 1000.0).sqrt(), "{alike:?}: {named}");
        #[expect(clippy::print_stdout, clippy::use_debug, reason = "the table is copied from here")]
        {
            println!("{alike:?}: {:.1} %", 100.0 * named);
        }
    }
}

#[test]
fn a_slice_that_got_worse_is_named_and_nothing_else() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut exactly = 0;
    for _ in 0..50 {
        let (features, mut amounts, is_first) = drawn(&mut rng, 4000);
        let planted = [(1, 2), (3, 5)];
        for (row, amount) in amounts.iter_mut().enumerate() {
            if planted.iter().all(|(feature, value)| features[*feature].codes[row] == *value) {
                *amount += 1.5;
            }
        }
        let found = find(plain(&features, &amounts), &is_first, SEARCH);
        exactly += usize::from(found.slices.len() == 1 && found.slices[0].terms == terms(&planted));
    }
    assert!(exactly >= 45, "{exactly} of 50");
}

#[test]
fn bins_that_follow_each_other_are_one_slice() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut exactly = 0;
    for _ in 0..30 {
        let (mut features, mut amounts, is_first) = drawn(&mut rng, 6000);
        // The last of eight bins is that of missing values.
        features[3].ordered = 7;
        let planted = [SliceTerm { feature: 1, from: 2, to: 2 }, SliceTerm { feature: 3, from: 4, to: 6 }];
        for (row, amount) in amounts.iter_mut().enumerate() {
            if features[1].codes[row] == 2 && (4..=6).contains(&features[3].codes[row]) {
                *amount += 1.5;
            }
        }
        let found = find(plain(&features, &amounts), &is_first, SEARCH);
        exactly += usize::from(found.slices.len() == 1 && found.slices[0].terms == planted);
    }
    assert!(exactly >= 27, "{exactly} of 30");
}

#[test]
fn a_loss_that_is_higher_everywhere_is_higher_nowhere_in_particular() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let (features, amounts, is_first) = drawn(&mut rng, 3000);
    let higher: Vec<f64> = amounts.iter().map(|amount| amount + 2.0).collect();
    assert_eq!(find(plain(&features, &higher), &is_first, SEARCH).slices, []);
}

/// Returns whether a gate with this margin fails, and whether it passes, on changes of this mean and more in one slice.
fn verdicts_on_the_worst(rng: &mut ChaCha8Rng, (mean, planted, margin): (f64, f64, f64)) -> (bool, bool) {
    let (features, mut amounts, is_first) = drawn(rng, 3000);
    for (row, amount) in amounts.iter_mut().enumerate() {
        *amount += if features[1].codes[row] == 2 { mean + planted } else { mean };
    }
    let worst = worst(plain(&features, &amounts), &is_first, SliceSearch { min_n: 200, ..SEARCH }, margin).unwrap();
    // Absolute errors of 100 on one side, and of 100 and the change on the other.
    let side = |of: &dyn Fn(f64) -> f64| Predictions {
        scores: vec![amounts.iter().map(|amount| of(*amount)).collect()],
        ..Predictions::default()
    };
    let mut columns = Columns::new(Truth::Numbers(vec![0.0; amounts.len()]), side(&|amount| 100.0 + amount));
    columns.baseline = Some(side(&|_| 100.0));
    let (rows, metric) = (Rows::new(columns).unwrap(), Metric::parse("mean_absolute_error").unwrap());
    let mut states: Vec<_> =
        worst.iter().map(|slice| metric.state_kind().build_part(&rows.select(&slice.rows)).unwrap()).collect();
    if states.is_empty() {
        // Where no slice got worse, a gate judges all rows.
        states.push(metric.state_kind().build_part(&rows).unwrap());
    }
    let changes: Vec<_> = states.iter().map(|state| infer_change(metric, state, 1.0, 0).unwrap()).collect();
    let p_values: Vec<f64> = changes.iter().map(|change| change.p_value(Null::AtMost(margin))).collect();
    let fails = holm(&p_values).iter().any(|p| *p <= 0.025);
    (fails, changes.iter().all(|change| change.at(0.95).interval[1] <= margin))
}

fn rates_on_the_worst(seed: u64, searches: u32, of: (f64, f64, f64)) -> [f64; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let found: Vec<(bool, bool)> = (0..searches).map(|_| verdicts_on_the_worst(&mut rng, of)).collect();
    let rate = |count: usize| count as f64 / f64::from(searches);
    [rate(found.iter().filter(|found| found.0).count()), rate(found.iter().filter(|found| found.1).count())]
}

#[test]
fn a_gate_on_the_worst_slices_is_rarely_wrong() {
    // All slices lose exactly the margin: to fail is wrong, and so is to pass if they lose a little more.
    let [fails, passes] = rates_on_the_worst(11, 100, (0.5, 0.0, 0.5));
    assert!(fails <= 0.056, "{fails}");
    assert!(passes <= 0.056, "{passes}");
    // One slice of a quarter of the rows loses more by much, and by nothing.
    let [fails, _] = rates_on_the_worst(12, 30, (0.0, 1.0, 0.5));
    assert!(fails >= 0.9, "{fails}");
    let [_, passes] = rates_on_the_worst(13, 30, (0.0, 0.0, 1.0));
    assert!(passes >= 0.8, "{passes}");
}

#[test]
#[ignore = "prints the rates of docs/slices.md; takes minutes"]
fn rates_of_a_gate_on_the_worst_slices() {
    for of in [(0.5, 0.0, 0.5), (0.0, 0.5, 0.5), (0.0, 1.0, 0.5), (0.0, 0.0, 0.5), (0.0, 0.0, 1.0)] {
        let [fails, passes] = rates_on_the_worst(14, 1000, of);
        #[expect(clippy::print_stdout, clippy::use_debug, reason = "the table is copied from here")]
        {
            println!("{of:?}: fails {:.1} %, passes {:.1} %", 100.0 * fails, 100.0 * passes);
        }
    }
}

#[test]
fn halves_that_are_too_small_are_refused() {
    let features = [feature(vec![0; 30])];
    let rows = plain(&features, &[1.0; 30]);
    let is_first: Vec<bool> = (0..30).map(|row| row < 20).collect();
    assert_eq!(worst(rows, &is_first, SliceSearch { min_n: 22, ..SEARCH }, 0.0), Err(10));
    assert!(worst(rows, &is_first, SliceSearch { min_n: 20, ..SEARCH }, 0.0).is_ok());
}
