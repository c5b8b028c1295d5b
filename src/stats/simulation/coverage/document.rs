//! Tables of docs/statistics.md, written by the simulations that they describe.

use std::fmt::Write as _;

use super::limit::{GateKind, Rates, rates};
use super::populations::{Population, populations};
use super::{Metric, Needs, State, hard};
use crate::stats::fairness::simulation as groups;

const DRAWS: u64 = 1_000;
/// Number of draws for metrics that are resampled two thousand times in each draw.
const DRAWS_OF_RESAMPLED: u64 = 200;
const ROWS: [usize; 4] = [20, 100, 400, 2_000];
const CLUSTERS: [usize; 5] = [5, 15, 30, 60, 100];
/// The highest error rate that is promised, in percent: 2.5 %, plus two standard errors of a thousand draws.
pub(super) const MOST: f64 = 3.5;

/// A line of a table: the verdicts of one gate on one population and metric.
struct Line {
    population: &'static str,
    metric: &'static str,
    kind: GateKind,
}

fn told(kind: GateKind) -> &'static str {
    match kind {
        GateKind::Limit => "`min`, `max`",
        GateKind::Change => "`max_drop`",
        GateKind::OtherRows => "`max_drop`, other rows",
        GateKind::Slices => "`min`, `max` of 3 slices",
    }
}

fn is_resampled(metric: Metric, population: &Population) -> bool {
    metric.state_kind().build(&population.rows).is_ok_and(|state| matches!(state, State::Sample(_)))
}

/// Returns the gates to simulate: all kinds for a population's first metric, and two for the others.
fn lines(cases: &[hard::Case]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (population, rows, metrics) in cases {
        for (place, metric) in metrics.iter().enumerate() {
            let parsed = Metric::parse(metric).unwrap();
            let kinds: &[GateKind] = match parsed.needs() {
                Needs::BothSides => &[GateKind::Limit],
                _ if is_resampled(parsed, rows) => &[GateKind::Limit, GateKind::Change],
                _ if place == 0 => &GateKind::ALL,
                _ => &[GateKind::Limit, GateKind::Change],
            };
            lines.extend(kinds.iter().map(|kind| Line { population, metric, kind: *kind }));
        }
    }
    lines
}

fn cell(found: Option<Rates>) -> String {
    let Some(Rates { wrong_pass, wrong_fail, undefined }) = found else { return "–".to_owned() };
    let mark = |share: f64| if share > MOST { format!("**{share:.1}**") } else { format!("{share:.1}") };
    let undefined = if undefined >= 0.5 { format!(" ({undefined:.0})") } else { String::new() };
    format!("{} / {}{undefined}", mark(wrong_pass), mark(wrong_fail))
}

fn row(line: &Line, cases: &[hard::Case], sizes: &[usize]) -> String {
    let (_, population, _) = cases.iter().find(|case| case.0 == line.population).unwrap();
    let metric = Metric::parse(line.metric).unwrap();
    let resampled = is_resampled(metric, population);
    let mut text = format!("| {} | `{}` | {} |", line.population, line.metric, told(line.kind));
    for size in sizes {
        let found = match resampled {
            true if *size > 400 => None,
            true => rates(line.kind, metric, population, *size, DRAWS_OF_RESAMPLED),
            false => rates(line.kind, metric, population, *size, DRAWS),
        };
        let _ = write!(text, " {} |", cell(found));
    }
    text
}

/// Returns populations of rows: the hard ones, and a few metrics of ordinary ones.
fn of_rows() -> Vec<hard::Case> {
    let ordinary: [(&str, &[&str]); 5] = [
        (
            "binary",
            &[
                "roc_auc",
                "log_loss",
                "average_precision",
                "expected_calibration_error",
                "ks_statistic",
                "precision_at_top@0.1",
            ],
        ),
        ("multiclass", &["f1_macro", "roc_auc_ovr_macro"]),
        ("multilabel", &["f1_micro", "hamming_loss"]),
        ("ranking", &["ndcg@5"]),
        ("weighted", &["roc_auc", "log_loss"]),
    ];
    let mut cases = hard::cases();
    for (name, population, _) in populations() {
        if let Some((_, metrics)) = ordinary.iter().find(|(known, _)| *known == name) {
            cases.push((name, population, *metrics));
        }
    }
    cases
}

fn table(cases: &[hard::Case], sizes: &[usize], unit: &str) -> String {
    let mut text = format!("| population | metric | gate | {unit} |", unit = unit);
    let _ = writeln!(text, "\n|---|---|---|{}", "--:|".repeat(sizes.len()));
    for line in lines(cases) {
        text += &row(&line, cases, sizes);
        text.push('\n');
    }
    text
}

/// Writes the table of coverage: the proportion of 95 % intervals that contain the truth, for one side, the change on
/// the same rows, and the change on other rows.
fn coverage() -> String {
    let mut text = "| population | metric | one side: 100 | 1,000 | change: 100 | 1,000 | other rows: 100 | 1,000 |\n|---|---|--:|--:|--:|--:|--:|--:|\n".to_owned();
    for (name, population, metrics) in populations() {
        for metric in metrics {
            let parsed = Metric::parse(metric).unwrap();
            let draws = if is_resampled(parsed, &population) { 100 } else { 200 };
            let _ = write!(text, "| {name} | `{metric}` |");
            for kind in [GateKind::Limit, GateKind::Change, GateKind::OtherRows] {
                for size in [100, 1_000] {
                    let found = rates(kind, parsed, &population, size, draws);
                    let held =
                        |found: Rates| format!("{:.1}", 100.0 - found.wrong_pass - found.wrong_fail - found.undefined);
                    let _ = write!(text, " {} |", found.map_or("–".to_owned(), held));
                }
            }
            text.push('\n');
        }
    }
    text
}

fn of_groups() -> String {
    let mut text = "| gate between groups | n = 100 | 400 | 2,000 |\n|---|--:|--:|--:|\n".to_owned();
    let sizes = [100, 400, 2_000].map(|rows| groups::rates_of_two_groups(rows, DRAWS));
    for (place, (name, _)) in sizes[0].iter().enumerate() {
        let _ = write!(text, "| {name} |");
        for found in &sizes {
            let [wrong_pass, wrong_fail] = found[place].1;
            let _ = write!(text, " {} |", cell(Some(Rates { wrong_pass, wrong_fail, undefined: 0.0 })));
        }
        text.push('\n');
    }
    text
}

/// Name of a table in the page, and the simulation that writes it.
pub(crate) type Table = (&'static str, fn() -> String);

/// Returns all tables, the quickest first.
pub(crate) fn tables() -> [Table; 4] {
    [
        ("error rates of clusters", || table(&hard::clustered_cases(), &CLUSTERS, "5 clusters | 15 | 30 | 60 | 100")),
        ("error rates of rows", || table(&of_rows(), &ROWS, "n = 20 | 100 | 400 | 2,000")),
        ("error rates of groups", of_groups),
        ("coverage", coverage),
    ]
}

/// Recounts the first column of a committed table of rows or of clusters, and asserts that it is unchanged.
pub(crate) fn is_the_simulation_s(committed: &str, is_clustered: bool) {
    let (cases, size) = if is_clustered { (hard::clustered_cases(), CLUSTERS[0]) } else { (of_rows(), ROWS[0]) };
    let committed: Vec<&str> = committed.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let expected = lines(&cases);
    assert_eq!(committed.len(), expected.len(), "another set of lines; MLGATE_UPDATE=1 writes them");
    for (line, committed) in expected.iter().zip(committed) {
        let (_, population, _) = cases.iter().find(|case| case.0 == line.population).unwrap();
        if is_resampled(Metric::parse(line.metric).unwrap(), population) || line.kind == GateKind::Slices {
            continue;
        }
        let found = row(line, &cases, &[size]);
        assert!(committed.starts_with(found.as_str()), "{committed}\nis not\n{found}");
    }
}
