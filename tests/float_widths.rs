//! A column that is written in another width of floats has not changed, and a limit is met or missed by its data, never
//! by rounding.

use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Decimal128Array, Float32Array, Float64Array, Int64Array, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use serde_json::Value;

use crate::support::{Workplace, columns_to_parquet, gate, run_in};

const NUMBERS: [f64; 6] = [0.1, 0.7, 0.3, 0.9, 1.0 / 3.0, -0.6];
const WIDTHS: [DataType; 3] = [DataType::Float16, DataType::Float32, DataType::Float64];
const SUMMARIES: [&str; 7] = [
    "minimum: '{}'",
    "maximum: '{}'",
    "mean: '{}'",
    "sum: '{}'",
    "stddev: '{}'",
    "median: '{}'",
    "quantile: {q: 0.4, is: '{}'}",
];

fn floats(numbers: &[f64], width: &DataType) -> ArrayRef {
    let wide: ArrayRef = Arc::new(Float64Array::from(numbers.to_vec()));
    cast(&wide, width).unwrap()
}

/// Returns the verdicts of these checks of the column `v`, beside a baseline's file.
fn verdicts(ours: &ArrayRef, theirs: &ArrayRef, checks: &[String]) -> Vec<(String, String)> {
    let place = Workplace::new();
    columns_to_parquet(&place, "a.parquet", &[("v", Arc::clone(ours))]);
    columns_to_parquet(&place, "b.parquet", &[("v", Arc::clone(theirs))]);
    let checks = checks.join(", ");
    place.write(
        "mlgate.yml",
        &format!(
            "version: 1\ndata: {{t: {{path: a.parquet, baseline_path: b.parquet, columns: {{v: {{{checks}}}}}}}}}\n"
        ),
    );
    of(&place.report())
}

fn of(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    report["gates"].as_array().unwrap().iter().map(|gate| (text(&gate["id"]), text(&gate["verdict"]))).collect()
}

fn summaries(bound: &str) -> Vec<String> {
    SUMMARIES.iter().map(|check| check.replace("{}", bound)).collect()
}

fn all(ours: &ArrayRef, theirs: &ArrayRef, bound: &str, expected: &str) {
    for (gate, found) in verdicts(ours, theirs, &summaries(bound)) {
        assert_eq!(found, expected, "{gate} {bound}, {} after {}", ours.data_type(), theirs.data_type());
    }
}

#[test]
fn another_width_is_no_change() {
    for (ours, theirs) in WIDTHS.iter().flat_map(|ours| WIDTHS.iter().map(move |theirs| (ours, theirs))) {
        let (ours, theirs) = (floats(&NUMBERS, ours), floats(&NUMBERS, theirs));
        for bound in ["<= baseline", ">= baseline", "= baseline", "<= baseline + 0%"] {
            all(&ours, &theirs, bound, "pass");
        }
        for bound in ["< baseline", "> baseline"] {
            all(&ours, &theirs, bound, "fail");
        }
    }
}

#[test]
fn another_width_hides_no_change() {
    for (ours, theirs) in WIDTHS.iter().flat_map(|ours| WIDTHS.iter().map(move |theirs| (ours, theirs))) {
        let theirs = floats(&NUMBERS, theirs);
        let more = NUMBERS.map(|number| 1.02 * number + 0.02 * number.signum().max(0.0) + 0.03);
        for (gate, found) in verdicts(&floats(&more, ours), &theirs, &summaries("<= baseline")) {
            assert_eq!(found, "fail", "{gate}, {ours} after {}", theirs.data_type());
        }
    }
    // The float32 next to 1 is another number than 1.
    let ours: ArrayRef = Arc::new(Float32Array::from(vec![1.0_f32.next_up()]));
    let theirs = floats(&[1.0], &DataType::Float64);
    let found = verdicts(&ours, &theirs, &["maximum: '<= baseline'".to_owned()]);
    assert_eq!(found[0].1, "fail");
}

#[test]
fn a_stored_baseline_knows_its_width() {
    for (ours, theirs) in [(1, 2), (2, 1), (0, 2)].map(|(ours, theirs)| (&WIDTHS[ours], &WIDTHS[theirs])) {
        let place = Workplace::new();
        let checks = summaries("= baseline").join(", ");
        place.write(
            "mlgate.yml",
            &format!(
                "version: 1\nbaseline: stored.json\ndata: {{t: {{path: a.parquet, columns: {{v: {{{checks}}}}}}}}}\n"
            ),
        );
        columns_to_parquet(&place, "a.parquet", &[("v", floats(&NUMBERS, theirs))]);
        assert_eq!(run_in(place.path(), &["bless", "-q"]).code, 0);
        columns_to_parquet(&place, "a.parquet", &[("v", floats(&NUMBERS, ours))]);
        for (gate, found) in of(&place.report()) {
            assert_eq!(found, "pass", "{gate}, {ours} after {theirs}");
        }
    }
}

#[test]
fn whole_numbers_and_decimals_become_floats() {
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 7]));
    let gaps: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), None, Some(2.0), Some(7.0)]));
    let money = Decimal128Array::from(vec![10, 70, 33]).with_precision_and_scale(10, 2).unwrap();
    let money: ArrayRef = Arc::new(money);
    for (one, other) in [
        (&whole, &gaps),
        (&whole, &floats(&[1.0, 2.0, 7.0], &DataType::Float32)),
        (&money, &floats(&[0.1, 0.7, 0.33], &DataType::Float64)),
        (&money, &floats(&[0.1, 0.7, 0.33], &DataType::Float32)),
    ] {
        all(one, other, "= baseline", "pass");
        all(other, one, "= baseline", "pass");
        all(other, one, "< baseline", "fail");
    }
}

#[test]
fn numbers_of_the_config_beside_narrow_floats() {
    let same = floats(&[0.7, 0.7, 0.7, 0.7], &DataType::Float32);
    let checks = ["minimum: 0.7", "maximum: 0.7", "mean: '>= 0.7'", "mean: '<= 0.7'", "median: 0.7", "sum: 2.8"];
    for check in checks {
        assert_eq!(verdicts(&same, &same, &[check.to_owned()])[0].1, "pass", "{check}");
    }
    assert_eq!(verdicts(&same, &same, &["mean: '> 0.7'".to_owned()])[0].1, "fail");
    let between = floats(&[0.1, 0.3], &DataType::Float32);
    assert_eq!(verdicts(&between, &between, &["median: 0.2".to_owned()])[0].1, "pass");
    assert_eq!(verdicts(&between, &between, &["median: '<= 0.1999'".to_owned()])[0].1, "fail");
}

/// 0.06 + 0.01 is a little less than 0.07 in floats, and 0.7 / 100 a little less than 0.007.
#[test]
fn edges_beside_the_baseline_are_met() {
    for (theirs, amount, ours, more) in [
        (0.7, "0.1", 0.8, 0.800_001),
        (0.06, "0.01", 0.07, 0.070_001),
        (0.7, "10%", 0.77, 0.770_001),
        (100.0, "0.7%", 100.7, 100.7001),
    ] {
        let (theirs, bound) = (floats(&[theirs], &DataType::Float64), format!("<= baseline + {amount}"));
        let checks = ["maximum", "mean", "sum"].map(|check| format!("{check}: '{bound}'"));
        for (number, expected) in [(ours, "pass"), (more, "fail")] {
            for (gate, found) in verdicts(&floats(&[number], &DataType::Float64), &theirs, &checks) {
                assert_eq!(found, expected, "{gate} {bound} {number}");
            }
        }
    }
    let nulls = |missing: usize, rows: usize| -> ArrayRef {
        Arc::new((0..rows).map(|row| (row >= missing).then_some(1)).collect::<Int64Array>())
    };
    for (rows, theirs, amount, ours) in
        [(100, 6, "1pp", 7), (100, 28, "1pp", 29), (1_000, 6, "0.1pp", 7), (100, 10, "10%", 11)]
    {
        let check = [format!("nulls: '<= baseline + {amount}'")];
        assert_eq!(verdicts(&nulls(ours, rows), &nulls(theirs, rows), &check)[0].1, "pass", "{theirs} {amount}");
        assert_eq!(verdicts(&nulls(ours + 1, rows), &nulls(theirs, rows), &check)[0].1, "fail", "{theirs} {amount}");
    }
    let some = nulls(7, 1_000);
    assert_eq!(verdicts(&some, &some, &["nulls: '<= 0.7%'".to_owned()])[0].1, "pass");
    assert_eq!(verdicts(&some, &some, &["nulls: 0.7%".to_owned()])[0].1, "pass");
}

/// Never passes: a sum of money that goes beyond what was added to the baseline's, in digits that a float has not.
#[test]
fn amounts_beside_decimals_have_all_digits() {
    let money = |cents: i128| -> ArrayRef {
        Arc::new(Decimal128Array::from(vec![cents]).with_precision_and_scale(30, 2).unwrap())
    };
    let theirs = money(12_345_678_901_234_567_751);
    for (cents, most, least) in [(801, "pass", "pass"), (802, "fail", "pass"), (800, "pass", "fail")] {
        let ours = money(12_345_678_901_234_567_000 + cents);
        for check in ["sum", "maximum"] {
            for (bound, expected) in [("<=", most), (">=", least)] {
                let check = format!("{check}: '{bound} baseline + 0.5'");
                assert_eq!(verdicts(&ours, &theirs, std::slice::from_ref(&check))[0].1, expected, "{check} {cents}");
            }
        }
    }
}

/// Writes predictions of one model in a width.
fn predictions(place: &Workplace, name: &str, width: &DataType) {
    let rows = 0..240;
    let numbers = |number: &dyn Fn(i64) -> f64| -> Vec<f64> { rows.clone().map(number).collect() };
    #[expect(clippy::cast_precision_loss, reason = "a row's number")]
    let at = |row: i64| row as f64;
    let score = |row: i64| if row == 0 { 1.0 } else { 0.2 + 0.5 * at(row % 2) + 0.013 * at(row % 5) };
    columns_to_parquet(
        place,
        name,
        &[
            ("id", Arc::new(Int64Array::from_iter_values(rows.clone()))),
            ("y", Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| row % 2)))),
            ("class", Arc::new(StringArray::from_iter_values(rows.clone().map(|row| ["a", "b"][row as usize % 2])))),
            ("s", floats(&numbers(&score), width)),
            ("rest", floats(&numbers(&|row| 1.0 - score(row)), width)),
            ("amount", floats(&numbers(&|row| 0.37 * at(row) + 0.1), width)),
            ("real", floats(&numbers(&|row| 0.37 * at(row)), width)),
        ],
    );
}

#[test]
fn models_in_another_width_are_the_same_models() {
    for (ours, theirs) in [(1, 2), (2, 1), (0, 1)].map(|(ours, theirs)| (&WIDTHS[ours], &WIDTHS[theirs])) {
        let place = Workplace::new();
        predictions(&place, "a.parquet", ours);
        predictions(&place, "b.parquet", theirs);
        let mut config = "version: 1\nmodels:\n".to_owned();
        let files = "predictions: a.parquet, baseline_predictions: b.parquet";
        let gates = |metrics: &[&str]| {
            metrics.iter().map(|metric| format!("{metric}: {{max_drop: 0}}")).collect::<Vec<_>>().join(", ")
        };
        let binary = gates(&[
            "log_loss",
            "brier_score",
            "roc_auc",
            "average_precision",
            "accuracy",
            "expected_calibration_error",
        ]);
        let classes = gates(&["log_loss", "brier_score", "accuracy"]);
        let numbers = gates(&["mae", "rmse", "medae", "r2"]);
        let _ = write!(
            config,
            "  binary: {{{files}, key: id, label: y, score: s, metrics: {{{binary}}}}}\n\
             \x20 classes: {{{files}, task: multiclass, key: id, label: class, score: {{a: rest, b: s}}, metrics: {{{classes}}}}}\n\
             \x20 numbers: {{{files}, task: regression, key: id, label: real, prediction: amount, metrics: {{{numbers}}}}}\n\
             \x20 graded: {{{files}, key: id, score: amount, task: score, better: higher, metrics: {{mean: {{max_drop: 0}}}}}}\n"
        );
        place.write("mlgate.yml", &config);
        let report = place.report();
        for (gate, found) in of(&report) {
            assert_eq!(found, "pass", "{gate}, {ours} after {theirs}");
        }
        // A score of 1 beside a label of 0 costs as much on both sides.
        let loss = gate(&report, "models.binary.metrics.log_loss.max_drop");
        assert_eq!(loss["candidate"]["value"], loss["baseline"]["value"], "{loss:#}");
    }
}

/// Returns the verdicts of `unseen` and `lost` of these two columns: of a baseline's file, and of a stored baseline.
fn values_compared(ours: &ArrayRef, theirs: &ArrayRef) -> Vec<(String, String)> {
    let checks = ["unseen: 0".to_owned(), "lost: 0".to_owned()];
    let mut found = verdicts(ours, theirs, &checks);
    let place = Workplace::new();
    place.write(
        "mlgate.yml",
        "version: 1\nbaseline: stored.json\ndata: {t: {path: a.parquet, columns: {v: {unseen: 0, lost: 0}}}}\n",
    );
    columns_to_parquet(&place, "a.parquet", &[("v", Arc::clone(theirs))]);
    assert_eq!(run_in(place.path(), &["bless", "-q"]).code, 0);
    columns_to_parquet(&place, "a.parquet", &[("v", Arc::clone(ours))]);
    found.extend(of(&place.report()).into_iter().map(|(gate, verdict)| (format!("{gate}, stored"), verdict)));
    found
}

#[test]
fn a_value_in_another_width_is_neither_unseen_nor_lost() {
    for (ours, theirs) in WIDTHS.iter().flat_map(|ours| WIDTHS.iter().map(move |theirs| (ours, theirs))) {
        for (gate, found) in values_compared(&floats(&NUMBERS, ours), &floats(&NUMBERS, theirs)) {
            assert_eq!(found, "pass", "{gate}, {ours} after {theirs}");
        }
        let others = NUMBERS.map(|number| 1.01 * number);
        for (gate, found) in values_compared(&floats(&others, ours), &floats(&NUMBERS, theirs)) {
            assert_eq!(found, "fail", "{gate}, {ours} after {theirs}");
        }
    }
    let thirds = Decimal128Array::from(vec![333_333_333_333_333_333, 500_000_000_000_000_000]);
    let thirds: ArrayRef = Arc::new(thirds.with_precision_and_scale(38, 18).unwrap());
    for width in &WIDTHS {
        let same = floats(&[1.0 / 3.0, 0.5], width);
        let found = values_compared(&thirds, &same).into_iter().chain(values_compared(&same, &thirds));
        found.for_each(|(gate, found)| assert_eq!(found, "pass", "{gate}, {width} beside decimals"));
    }
}

/// Never passes: a key that no float has, beside the float next to it.
#[test]
fn whole_numbers_beside_narrow_floats_keep_their_digits() {
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![16_777_217, 4]));
    let narrow = floats(&[16_777_216.0, 4.0], &DataType::Float32);
    for (gate, found) in values_compared(&narrow, &whole) {
        assert_eq!(found, "fail", "{gate}");
    }
    let whole: ArrayRef = Arc::new(Int64Array::from(vec![16_777_216, 4]));
    for (gate, found) in values_compared(&narrow, &whole) {
        assert_eq!(found, "pass", "{gate}");
    }
}

#[test]
fn rows_of_two_tables_meet_in_the_narrower_width() {
    for (ours, theirs) in WIDTHS.iter().flat_map(|ours| WIDTHS.iter().map(move |theirs| (ours, theirs))) {
        let place = Workplace::new();
        columns_to_parquet(&place, "a.parquet", &[("v", floats(&NUMBERS, ours))]);
        columns_to_parquet(&place, "b.parquet", &[("v", floats(&NUMBERS, theirs))]);
        place.write(
            "mlgate.yml",
            "version: 1\ndata:\n  t: {path: a.parquet, same_keys: {with: o, key: [v]}, same_rows: {with: o}, columns: {v: {foreign_key: o.v}}}\n  o: {path: b.parquet, rows: '> 0'}\n",
        );
        let report = place.report();
        for (check, expected) in
            [("same_keys", "fail"), ("same_rows", "fail"), ("columns.v.foreign_key", "pass"), ("rows", "pass")]
        {
            let of = if check == "rows" { "data.o.rows".to_owned() } else { format!("data.t.{check}") };
            let gate = gate(&report, &of);
            assert_eq!(gate["verdict"], expected, "{of}, {ours} beside {theirs}: {gate:#}");
        }
    }
}

/// Writes 200 predictions, each with a key.
fn keyed(place: &Workplace, name: &str, keys: &[f64], width: &DataType) {
    let rows = 0..i64::try_from(keys.len()).unwrap();
    columns_to_parquet(
        place,
        name,
        &[
            ("id", floats(keys, width)),
            ("y", Arc::new(Int64Array::from_iter_values(rows.clone().map(|row| row % 2)))),
            ("p", Arc::new(Int64Array::from_iter_values(rows.map(|row| (row % 2 + i64::from(row % 10 == 0)) % 2)))),
        ],
    );
}

#[test]
fn rows_pair_by_keys_in_the_narrower_width() {
    const MODEL: &str = "version: 1\nmodels: {m: {predictions: a.parquet, baseline_predictions: b.parquet, key: id, label: y, prediction: p, metrics: {accuracy: {max_drop: 0.05}}}}\n";
    let keys: Vec<f64> = (1..=200).map(|row| f64::from(row) / 3.0).collect();
    for (ours, theirs) in [(0, 2), (1, 2), (2, 1), (2, 2)].map(|(ours, theirs)| (&WIDTHS[ours], &WIDTHS[theirs])) {
        let place = Workplace::new();
        place.write("mlgate.yml", MODEL);
        keyed(&place, "a.parquet", &keys, ours);
        keyed(&place, "b.parquet", &keys, theirs);
        let report = place.report();
        let gate = gate(&report, "models.m.metrics.accuracy.max_drop");
        assert_eq!((gate["verdict"].as_str(), &gate["candidate"]["n"]), (Some("pass"), &200.into()), "{gate:#}");
    }
    // Two keys of one side are one key in the other side's width.
    let place = Workplace::new();
    place.write("mlgate.yml", MODEL);
    let mut close = keys.clone();
    close[1] = close[0].next_up();
    keyed(&place, "a.parquet", &keys, &DataType::Float32);
    keyed(&place, "b.parquet", &close, &DataType::Float64);
    let report = place.report();
    let gate = gate(&report, "models.m.metrics.accuracy.max_drop");
    assert_eq!(gate["verdict"], "error", "{gate:#}");
    let message = gate["message"].as_str().unwrap();
    assert!(message.contains("1 key of `id` differs from another only in digits that"), "{message}");
}

/// Never passes: a log loss beside a stored one of scores in another type, in which a wrong certainty costs less (exit
/// code 4).
#[test]
fn a_stored_log_loss_is_of_scores_in_one_type() {
    const MODEL: &str = "version: 1\nbaseline: stored.json\nmodels:\n  m:\n    {predictions: a.parquet, label: y, score: s, slices: [class], metrics: {log_loss: {max: 3, max_drop: 5, slices: {'class=*': {max_drop: 5}}}, calibration_slope: {max: 9}, brier_score: {max_drop: 0.5}, roc_auc: {max_drop: 0.5}}}\n";
    for (ours, theirs) in [(1, 2), (2, 1), (1, 1), (0, 2)].map(|(ours, theirs)| (&WIDTHS[ours], &WIDTHS[theirs])) {
        let place = Workplace::new();
        place.write("mlgate.yml", MODEL);
        predictions(&place, "a.parquet", theirs);
        assert_eq!(run_in(place.path(), &["bless", "-q"]).code, 0);
        predictions(&place, "a.parquet", ours);
        let report = place.report();
        let is_single = |width: &DataType| *width == DataType::Float32;
        let compared = if is_single(ours) == is_single(theirs) { "pass" } else { "error" };
        for (id, expected) in [
            ("log_loss.max_drop", compared),
            ("log_loss.slices.class=*.max_drop", compared),
            ("log_loss.max", "pass"),
            ("calibration_slope.max", "pass"),
            ("brier_score.max_drop", "pass"),
            ("roc_auc.max_drop", "pass"),
        ] {
            let gate = gate(&report, &format!("models.m.metrics.{id}"));
            assert_eq!(gate["verdict"], expected, "{ours} after {theirs}: {gate:#}");
            if expected == "error" {
                let message = gate["message"].as_str().unwrap();
                assert!(message.contains("scores of 0 and 1 cost more in 64 bits than in 32"), "{message}");
            }
        }
    }
}
