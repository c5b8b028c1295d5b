//! Tables of docs/statistics.md, written by the simulations that they describe.

use std::fmt::Write as _;
use std::ops::Range;

use super::limit::{GateKind, Rates, rates};
use super::populations::{Population, populations};
use super::{Metric, Needs, State, hard};
use crate::stats::fairness::simulation as groups;

const DRAWS: u64 = 1_000;
/// Number of draws for metrics that are resampled two thousand times in each draw.
const DRAWS_OF_RESAMPLED: u64 = 200;
/// Draws of their own for a cell that is above the most: this many times as many, and if it still is, again.
const AGAIN: [u64; 3] = [1, 4, 20];
const ROWS: [usize; 4] = [20, 100, 400, 2_000];
const CLUSTERS: [usize; 5] = [5, 15, 30, 60, 100];
/// The error rate that is promised, in percent.
const PROMISED: f64 = 2.5;
/// Draws beyond which a rate is no less uncertain than a thousand: so few of what is resampled are held to no more than they.
const LEAST_DRAWS: u64 = 1_000;

/// The most that this many draws may count: what is promised, and two standard errors.
fn most(draws: u64) -> f64 {
    let draws = draws.max(LEAST_DRAWS) as f64;
    PROMISED + 2.0 * (PROMISED * (100.0 - PROMISED) / draws).sqrt()
}

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
        GateKind::Stored => "`max_drop`, stored baseline",
        GateKind::Slices => "`min`, `max` of 3 slices",
    }
}

fn is_resampled(metric: Metric, population: &Population) -> bool {
    metric.state_kind().build(&population.rows).is_ok_and(|state| matches!(state, State::Sample(_)))
}

/// Returns true if a stored baseline keeps less than is computed from the rows.
fn is_kept(metric: Metric, population: &Population) -> bool {
    let state = metric.state_kind().build(&population.rows);
    state.is_ok_and(|state| !matches!(state, State::Contingency(_)))
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
                _ if place == 0 && is_kept(parsed, rows) => &GateKind::ALL,
                _ if place == 0 => &GateKind::OF_ROWS,
                _ => &[GateKind::Limit, GateKind::Change],
            };
            lines.extend(kinds.iter().map(|kind| Line { population, metric, kind: *kind }));
        }
    }
    lines
}

/// Rates counted in this many draws; while they are above the most, in other and more draws.
fn counted(draws: u64, count: impl Fn(Range<u64>) -> Option<Rates>) -> Option<(Rates, u64)> {
    let mut from = 0;
    let mut last = None;
    for times in AGAIN {
        let more = draws * times;
        let found = count(from..from + more)?;
        last = Some((found, more));
        if found.wrong_pass.max(found.wrong_fail) <= most(more) {
            break;
        }
        from += more;
    }
    last
}

/// A cell; a star stands beside rates that were counted again, and a dagger beside those that were counted twice more.
fn cell(found: Option<(Rates, u64)>, draws: u64) -> String {
    let Some((Rates { wrong_pass, wrong_fail, undefined }, counted)) = found else { return "–".to_owned() };
    let again = match counted / draws {
        1 => "",
        times if times < AGAIN[2] => "*",
        _ => "†",
    };
    let mark = |share: f64| if share > most(counted) { format!("**{share:.1}**") } else { format!("{share:.1}") };
    let undefined = if undefined >= 0.5 { format!(" ({undefined:.0})") } else { String::new() };
    format!("{} / {}{again}{undefined}", mark(wrong_pass), mark(wrong_fail))
}

fn row(line: &Line, cases: &[hard::Case], sizes: &[usize]) -> String {
    let (_, population, _) = cases.iter().find(|case| case.0 == line.population).unwrap();
    let metric = Metric::parse(line.metric).unwrap();
    let resampled = is_resampled(metric, population);
    let draws = if resampled { DRAWS_OF_RESAMPLED } else { DRAWS };
    let mut text = format!("| {} | `{}` | {} |", line.population, line.metric, told(line.kind));
    for size in sizes {
        let found = if resampled && *size > 400 {
            None
        } else {
            counted(draws, |draws| rates(line.kind, metric, population, *size, draws))
        };
        let _ = write!(text, " {} |", cell(found, draws));
    }
    text
}

/// Returns populations of rows: the hard ones, and a few metrics of ordinary ones.
fn of_rows() -> Vec<hard::Case> {
    let ordinary: [(&str, &[&str]); 6] = [
        (
            "binary",
            &[
                "roc_auc",
                "log_loss",
                "average_precision",
                "expected_calibration_error",
                "ks_statistic",
                "precision_at_top@0.1",
                "best_f1",
                "informedness",
            ],
        ),
        ("multiclass", &["f1_macro", "roc_auc_ovr_macro"]),
        ("multilabel", &["f1_micro", "hamming_loss"]),
        ("ranking", &["ndcg@5"]),
        ("regression", &["spearman", "d2_absolute_error", "mean_gamma_deviance"]),
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

/// Prints the lines whose beginning contains one of these texts, separated by `;`, at sizes and draws of choice; with 0
/// draws, as the table has them.
#[expect(clippy::print_stdout, reason = "a tool to look at single lines")]
pub(crate) fn only(texts: &str, sizes: &[usize], draws: u64) {
    for (cases, all) in [(of_rows(), ROWS.as_slice()), (hard::clustered_cases(), CLUSTERS.as_slice())] {
        let sizes: Vec<usize> = if sizes.is_empty() { all.to_vec() } else { sizes.to_vec() };
        for line in lines(&cases) {
            let name = format!("| {} | `{}` | {} |", line.population, line.metric, told(line.kind));
            if texts.split(';').all(|text| !name.contains(text)) {
                continue;
            }
            if draws == 0 {
                println!("{}", row(&line, &cases, &sizes));
                continue;
            }
            let (_, population, _) = cases.iter().find(|case| case.0 == line.population).unwrap();
            let metric = Metric::parse(line.metric).unwrap();
            let of = |size: usize| Some((rates(line.kind, metric, population, size, 0..draws)?, draws));
            let cells: Vec<String> = sizes.iter().map(|size| cell(of(*size), draws)).collect();
            println!("{name} {}", cells.join(" | "));
        }
    }
    for (name, population, metrics) in populations().iter().filter(|_| draws == 0) {
        for metric in *metrics {
            if texts.split(';').any(|text| format!("| {name} | `{metric}` |").contains(text)) {
                println!("{}", coverage_row(name, population, metric));
            }
        }
    }
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
            let _ = writeln!(text, "{}", coverage_row(name, &population, metric));
        }
    }
    text
}

fn coverage_row(name: &str, population: &Population, metric: &str) -> String {
    let parsed = Metric::parse(metric).unwrap();
    let draws = if is_resampled(parsed, population) { 100 } else { 200 };
    let mut text = format!("| {name} | `{metric}` |");
    for kind in [GateKind::Limit, GateKind::Change, GateKind::OtherRows] {
        for size in [100, 1_000] {
            let found = rates(kind, parsed, population, size, 0..draws);
            let held = |found: Rates| format!("{:.1}", 100.0 - found.wrong_pass - found.wrong_fail - found.undefined);
            let _ = write!(text, " {} |", found.map_or("–".to_owned(), held));
        }
    }
    text
}

fn of_groups() -> String {
    let mut text = "| gate between groups | n = 100 | 400 | 2,000 |\n|---|--:|--:|--:|\n".to_owned();
    let gates = groups::gates_of_two_groups();
    for gate in &gates {
        let _ = write!(text, "| {} |", gate.name);
        for rows in [100, 400, 2_000] {
            let found = counted(DRAWS, |draws| {
                let [wrong_pass, wrong_fail] = gate.rates(rows, draws);
                Some(Rates { wrong_pass, wrong_fail, undefined: 0.0 })
            });
            let _ = write!(text, " {} |", cell(found, DRAWS));
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

/// Of this many lines the check counts one.
const EVERY: usize = 6;

/// Recounts the first column of a committed table of rows or of clusters, and asserts that it is unchanged.
pub(crate) fn is_the_simulation_s(committed: &str, is_clustered: bool) {
    let (cases, size) = if is_clustered { (hard::clustered_cases(), CLUSTERS[0]) } else { (of_rows(), ROWS[0]) };
    let committed: Vec<&str> = committed.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let expected = lines(&cases);
    assert_eq!(committed.len(), expected.len(), "another set of lines; MLGATE_UPDATE=1 writes them");
    for (line, committed) in expected.iter().zip(committed).step_by(EVERY) {
        let (_, population, _) = cases.iter().find(|case| case.0 == line.population).unwrap();
        if is_resampled(Metric::parse(line.metric).unwrap(), population) || line.kind == GateKind::Slices {
            continue;
        }
        let found = row(line, &cases, &[size]);
        assert!(committed.starts_with(found.as_str()), "{committed}\nis not\n{found}");
    }
}
