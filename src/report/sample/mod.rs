//! A report for tests with every part that a report can have, including hostile strings.

mod gates;
mod hostile;

use super::model::{
    At, Change, Counts, Estimate, ExploredMetric, ExploredSlice, FileDigest, FlippedRows, FlipsResult, Inputs,
    MeasurementResult, Note, Overall, Provenance, REPORT_VERSION, Report, Tool, Tried,
};
use crate::gate::verdict::{Effect, Verdict};
use gates::subject;
use hostile::HOSTILE;
pub(super) use hostile::{any_text, filled_with};

/// Returns the sample report.
pub(crate) fn report() -> Report {
    let gates = gates::all();
    let mut counts = Counts::default();
    for gate in &gates {
        *match gate.verdict {
            _ if gate.effect == Effect::Waived => &mut counts.waived,
            Verdict::Pass => &mut counts.pass,
            Verdict::Fail => &mut counts.fail,
            Verdict::Inconclusive => &mut counts.inconclusive,
            Verdict::NotApplicable => &mut counts.not_applicable,
            Verdict::NoBaseline => &mut counts.no_baseline,
            Verdict::Error => &mut counts.error,
        } += 1;
    }
    let file = |path: &str, digit: char| FileDigest {
        path: path.to_owned(),
        digest: format!("sha256:{}", digit.to_string().repeat(64)),
    };
    Report {
        version: REPORT_VERSION,
        tool: Tool { name: "mlgate".to_owned(), version: "0.1.0".to_owned() },
        verdict: Overall::Fail,
        exit_code: 1,
        counts,
        provenance: Provenance {
            candidate: Inputs {
                git: Some("4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2".to_owned()),
                time: Some("2026-01-31T12:00:00+01:00".to_owned()),
                files: vec![file("data/train.parquet", 'a'), file("preds/income.parquet", 'b')],
                notes: Vec::new(),
            },
            baseline: Inputs {
                git: None,
                time: None,
                files: vec![file("main/income.parquet", 'c')],
                notes: Vec::new(),
            },
            reference: None,
            tried: vec![Tried {
                source: "git:merge-base:.mlgate/baseline.json".to_owned(),
                why: "commit 0123456789ab has no file `.mlgate/baseline.json`".to_owned(),
            }],
            config: file("mlgate.yml", 'd'),
            seed: 0,
        },
        notes: vec![Note {
            id: "baseline.age".to_owned(),
            effect: Effect::Warns,
            message: "the baseline `main/income.json` is 45 days old, and at most 30 days are allowed".to_owned(),
            help: "`mlgate bless` on the main branch renews it".to_owned(),
            at: At { file: "mlgate.yml".to_owned(), line: 2, column: 1 },
        }],
        gates,
        measurements: vec![
            measurement("candidate", Some(0.9011), None),
            measurement("baseline", None, Some("no positive labels")),
        ],
        explored: vec![explored()],
        flips: vec![flips()],
        power: Vec::new(),
        states: None,
    }
}

/// Returns a slice that certainly got worse, one that is too small, one without a number, and a missing column.
fn explored() -> ExploredMetric {
    let estimate = |value: f64, n| Estimate {
        value: Some(value),
        interval: Some([value - 0.02, value + 0.02]),
        n: Some(n),
        undefined: None,
    };
    let nothing = |why: &str| Estimate { value: None, interval: None, n: None, undefined: Some(why.to_owned()) };
    let slice = |slice: &str, candidate, baseline, adjusted_p: Option<f64>| ExploredSlice {
        slice: slice.to_owned(),
        candidate,
        baseline: Some(baseline),
        change: adjusted_p.map(|_| Change {
            value: -0.0612,
            interval: Some([-0.0801, -0.0423]),
            method: "DeLong, paired".to_owned(),
            detectable: None,
            rows_to_decide: None,
            clusters_to_decide: None,
        }),
        adjusted_p,
    };
    ExploredMetric {
        model: "income".to_owned(),
        metric: "roc_auc".to_owned(),
        slices: vec![
            slice(HOSTILE, estimate(0.8112, 812), estimate(0.8724, 812), Some(0.00003)),
            slice(
                "sex=Female,race=Other",
                nothing("not shown: it would tell of fewer than 10 rows"),
                nothing("no rows"),
                None,
            ),
            slice("sex=Male", nothing("the labels hold one class only"), estimate(0.9, 20), None),
        ],
        lost: vec![format!("`preds.csv` has no column `{HOSTILE}`")],
    }
}

fn flips() -> FlipsResult {
    let rows = |rows, keys: &[&str]| FlippedRows {
        rows: Some(rows),
        keys: keys.iter().map(|key| vec![(*key).to_owned()]).collect(),
    };
    FlipsResult {
        model: "income".to_owned(),
        key: vec!["id".to_owned()],
        broken: rows(2, &["17", HOSTILE]),
        fixed: rows(0, &[]),
        changed: rows(0, &[]),
        undefined: None,
    }
}

fn measurement(side: &str, value: Option<f64>, undefined: Option<&str>) -> MeasurementResult {
    MeasurementResult {
        subject: subject(&[("model", "income"), ("metric", "roc_auc")]),
        side: side.to_owned(),
        measure: "roc_auc".to_owned(),
        value,
        interval: value.map(|value| [value - 0.005, value + 0.005]),
        n: Some(16_281),
        undefined: undefined.map(str::to_owned),
    }
}
