//! The gates of the canned report: each verdict, each severity, and what is hard to show.

use std::collections::BTreeMap;

use super::HOSTILE;
use crate::gate::verdict::{Effect, OnInconclusive, Severity, Verdict};
use crate::report::model::{AgainstReference, At, Change, Estimate, GateResult, GroupEstimate, Unit, WaiverResult};

/// All of them, in the order of a config.
pub(super) fn all() -> Vec<GateResult> {
    vec![
        max_drop(),
        min_ratio(),
        lost("nulls"),
        lost("range"),
        forty_rows(),
        warned(),
        waived(),
        noted(),
        hostile(),
        passed_share(),
        passed_rows(),
        passed_wide(),
        alone(),
        skipped(),
    ]
}

/// A passing gate with nothing measured; every other one is made of it.
fn gate(id: &str, check: &str, family: &str) -> GateResult {
    GateResult {
        id: id.to_owned(),
        check: check.to_owned(),
        family: family.to_owned(),
        subject: BTreeMap::new(),
        severity: Severity::Error,
        verdict: Verdict::Pass,
        effect: Effect::None,
        candidate: None,
        baseline: None,
        change: None,
        bound: String::new(),
        definition: String::new(),
        counts: None,
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Metric,
        groups: Vec::new(),
        group_unit: None,
        waiver: None,
        message: String::new(),
        help: String::new(),
        at: At { file: "mlgate.yml".to_owned(), line: 31, column: 28 },
    }
}

fn judged(verdict: Verdict, severity: Severity, on: OnInconclusive, gate: GateResult) -> GateResult {
    GateResult { verdict, severity, effect: verdict.effect(severity, on), ..gate }
}

pub(super) fn subject(roles: &[(&str, &str)]) -> BTreeMap<String, String> {
    roles.iter().map(|(role, name)| ((*role).to_owned(), (*name).to_owned())).collect()
}

fn estimate(value: f64, interval: Option<[f64; 2]>, n: u64) -> Option<Estimate> {
    Some(Estimate { value: Some(value), interval, n: Some(n), undefined: None })
}

fn max_drop() -> GateResult {
    let gate = GateResult {
        subject: subject(&[("model", "income"), ("metric", "roc_auc")]),
        candidate: estimate(0.9011, Some([0.896, 0.906]), 16_281),
        baseline: estimate(0.9266, Some([0.922, 0.931]), 16_281),
        change: Some(Change {
            value: -0.0255,
            interval: Some([-0.0283, -0.0227]),
            method: "DeLong, paired".to_owned(),
            detectable: Some(0.002),
            rows_to_decide: None,
            clusters_to_decide: None,
        }),
        bound: "max_drop 0.005".to_owned(),
        definition: "candidate minus baseline on the same rows; passes when the whole interval of the loss is within the \
                     margin, fails when all of it is beyond"
            .to_owned(),
        message: "roc_auc went from 0.9266 to 0.9011, worse by at least 0.0227 (95% interval); allowed loss: 0.0050".to_owned(),
        help: "look at the rows that got worse; if the loss is intended, widen the margin or accept the change as the new \
               baseline"
            .to_owned(),
        ..gate("models.income.metrics.roc_auc.max_drop", "max_drop", "metric")
    };
    judged(Verdict::Fail, Severity::Error, OnInconclusive::Warn, gate)
}

fn min_ratio() -> GateResult {
    let group =
        |names: &[&str], value: Option<f64>, n: u64, undefined: Option<&str>, left_out: Option<&str>| GroupEstimate {
            group: names.iter().map(|name| (*name).to_owned()).collect(),
            measure: None,
            against: None,
            candidate: Estimate {
                value,
                interval: value.map(|value| [value - 0.012, value + 0.012]),
                n: (n > 0).then_some(n),
                undefined: undefined.map(str::to_owned),
            },
            baseline: None,
            left_out: left_out.map(str::to_owned),
        };
    let few = "fewer than 30 rows in its denominator";
    let gate = GateResult {
        subject: subject(&[("model", "income"), ("rate", "selection_rate"), ("by", "sex × race")]),
        candidate: estimate(0.7312, Some([0.6901, 0.7722]), 16_281),
        bound: "min_ratio 0.8".to_owned(),
        definition: "the lowest group's rate over the highest group's".to_owned(),
        counts: None,
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Ratio,
        group_unit: Some(Unit::Share),
        groups: vec![
            GroupEstimate {
                against: Some(AgainstReference {
                    value: 0.7312,
                    interval: [Some(0.6901), Some(0.7722)],
                    z: None,
                    p_value: None,
                    shortfall: None,
                }),
                ..group(&["Female", "White"], Some(0.2531), 5_421, None, None)
            },
            group(&["Male", "White"], Some(0.3461), 10_812, None, None),
            group(&["Male", "|x| <b>"], Some(0.3333), 27, None, Some(few)),
            group(&["(missing)", "収入"], None, 0, Some("no rows with a prediction"), Some(few)),
            group(&["Female", "Other"], None, 0, Some("not shown: the group has fewer than 10 rows"), Some(few)),
        ],
        message:
            "lowest is `sex=Female, race=White` 25.3%, highest is `sex=Male, race=White` 34.6%, ratio 0.7312, at most 0.7722 (95% interval); \
                  limit: at least 0.8000; too small to take part: `sex=Male, race=|x| <b>`"
                .to_owned(),
        help: "compare the groups in the table; look at the training data and at the decision threshold".to_owned(),
        ..gate("models.income.fairness.sex,race.selection_rate.min_ratio", "min_ratio", "fairness")
    };
    judged(Verdict::Fail, Severity::Error, OnInconclusive::Warn, gate)
}

fn lost(check: &str) -> GateResult {
    let gate = GateResult {
        subject: subject(&[("dataset", "train"), ("column", "age")]),
        bound: "0".to_owned(),
        counts: None,
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Share,
        message: "`data/train.parquet` has no column `age`; did you mean `Age`?".to_owned(),
        help: "give the column's name as it stands in the file".to_owned(),
        ..gate(&format!("data.train.columns.age.{check}"), check, "column")
    };
    judged(Verdict::Error, Severity::Error, OnInconclusive::Warn, gate)
}

fn forty_rows() -> GateResult {
    let gate = GateResult {
        candidate: estimate(0.8522, Some([0.8261, 0.8761]), 812),
        baseline: estimate(0.8571, Some([0.8312, 0.8806]), 812),
        change: Some(Change {
            value: -0.0049,
            interval: Some([-0.0271, 0.0173]),
            method: "10,000 resamples of the joint counts".to_owned(),
            detectable: Some(0.031),
            rows_to_decide: Some(5_391),
            clusters_to_decide: None,
        }),
        bound: "max_drop 1%".to_owned(),
        message:
            "accuracy went from 0.8571 to 0.8522, a change of −0.0049 [−0.0271, +0.0173]; allowed loss: 0.0086 \
                  (1% of the baseline); with 812 rows the smallest detectable change is 0.0310; about 5,400 rows would decide"
                .to_owned(),
        help: "judge more rows, or widen the margin".to_owned(),
        ..gate("models.income.metrics.accuracy.slices.under_25.max_drop", "max_drop", "metric")
    };
    judged(Verdict::Inconclusive, Severity::Error, OnInconclusive::Fail, gate)
}

fn warned() -> GateResult {
    let gate = GateResult {
        candidate: estimate(0.0501, None, 32_561),
        baseline: estimate(0.0012, None, 32_561),
        bound: "< 5%".to_owned(),
        counts: None,
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Share,
        message: "1,631 of 32,561 values are null (5.01%), 0.12% in the baseline; limit: < 5%".to_owned(),
        help: "find where the values got lost; if the gap is real, widen the bound".to_owned(),
        ..gate("data.train.columns.workclass.nulls", "nulls", "column")
    };
    judged(Verdict::Fail, Severity::Warning, OnInconclusive::Warn, gate)
}

fn alone() -> GateResult {
    let gate = GateResult {
        bound: "psi 0.2".to_owned(),
        message: "there is no baseline: no successful run on `main` has an artifact `base`".to_owned(),
        ..gate("data.train.columns.age.psi", "psi", "column")
    };
    judged(Verdict::NoBaseline, Severity::Error, OnInconclusive::Warn, gate)
}

fn waived() -> GateResult {
    let gate = GateResult {
        candidate: estimate(0.0712, None, 32_561),
        bound: "< 5%".to_owned(),
        unit: Unit::Share,
        message:
            "2,318 of 32,561 values are null (7.12%); limit: < 5%; waived until 2026-12-31 by `@alice`: the new form \
                  is not filled in everywhere yet, DATA-17"
                .to_owned(),
        help: "find where the values got lost; if the gap is real, widen the bound".to_owned(),
        waiver: Some(WaiverResult {
            owner: "@alice".to_owned(),
            reason: "the new form is not filled in everywhere yet, DATA-17".to_owned(),
            until: "2026-12-31".to_owned(),
            has_ended: false,
            at: At { file: "mlgate.yml".to_owned(), line: 40, column: 5 },
        }),
        ..gate("data.train.columns.occupation.nulls", "nulls", "column")
    };
    GateResult { effect: Effect::Waived, ..judged(Verdict::Fail, Severity::Error, OnInconclusive::Warn, gate) }
}

fn noted() -> GateResult {
    let gate = GateResult {
        candidate: estimate(0.412_34, Some([0.401, 0.423]), 16_281),
        bound: "max 0.4".to_owned(),
        message: "log_loss is 0.4123, at least 0.4010 (95% interval); limit: at most 0.4000".to_owned(),
        ..gate("models.income.metrics.log_loss.max", "max", "metric")
    };
    judged(Verdict::Fail, Severity::Note, OnInconclusive::Warn, gate)
}

fn hostile() -> GateResult {
    let gate = GateResult {
        candidate: estimate(3.0, None, 32_561),
        bound: HOSTILE.to_owned(),
        counts: Some(HOSTILE.to_owned()),
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Rows,
        definition: HOSTILE.to_owned(),
        message: format!("::error::3 values of `{HOSTILE}` are not allowed {HOSTILE}"),
        help: HOSTILE.to_owned(),
        at: At { file: HOSTILE.to_owned(), line: 1, column: 1 },
        groups: vec![GroupEstimate {
            group: vec![HOSTILE.to_owned(), String::new()],
            measure: Some(HOSTILE.to_owned()),
            against: None,
            candidate: Estimate { value: Some(0.5), interval: None, n: Some(4), undefined: None },
            baseline: estimate(0.25, None, 4),
            left_out: Some(HOSTILE.to_owned()),
        }],
        ..gate(&format!("data.train.columns.{HOSTILE}.in"), HOSTILE, "column")
    };
    judged(Verdict::Fail, Severity::Error, OnInconclusive::Warn, gate)
}

fn passed_share() -> GateResult {
    GateResult {
        candidate: estimate(0.0, None, 32_561),
        bound: "0".to_owned(),
        counts: None,
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Share,
        message: "0 of 32,561 values are null".to_owned(),
        ..gate("data.train.columns.id.nulls", "nulls", "column")
    }
}

fn passed_rows() -> GateResult {
    GateResult {
        candidate: estimate(32_561.0, None, 32_561),
        bound: ">= 10000".to_owned(),
        counts: None,
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Rows,
        definition: "rows of the table".to_owned(),
        ..gate("data.train.rows", "rows", "dataset")
    }
}

fn passed_wide() -> GateResult {
    GateResult {
        candidate: estimate(0.998, None, 32_561),
        bound: "in [高, 中, 低]".to_owned(),
        counts: None,
        test: None,
        first_rows: Vec::new(),
        unit: Unit::Share,
        ..gate("data.train.columns.収入.in", "in", "column")
    }
}

fn skipped() -> GateResult {
    let gate = GateResult {
        bound: "schema same".to_owned(),
        message: "there is no baseline of `train` to compare with".to_owned(),
        ..gate("data.train.schema", "schema", "dataset")
    };
    judged(Verdict::NotApplicable, Severity::Error, OnInconclusive::Warn, gate)
}
