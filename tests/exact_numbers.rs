//! Sums, means, minima, maxima and quantiles of integers and decimals have all their digits.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Decimal128Array, Decimal256Array, Float32Array, Float64Array, Int64Array, UInt64Array,
};
use datafusion::arrow::datatypes::i256;

use crate::support::{Workplace, columns_to_parquet, gate};

fn decimals(values: &[i128], precision: u8, scale: i8) -> ArrayRef {
    Arc::new(Decimal128Array::from(values.to_vec()).with_precision_and_scale(precision, scale).unwrap())
}

/// Returns the verdict and the message of a check of one column.
fn verdict(column: ArrayRef, check: &str) -> (String, String) {
    let place = Workplace::new();
    columns_to_parquet(&place, "a.parquet", &[("v", column)]);
    place.write("mlgate.yml", &format!("version: 1\ndata: {{t: {{path: a.parquet, columns: {{v: {{{check}}}}}}}}}\n"));
    let report = place.report();
    let name = check.split(':').next().unwrap();
    let found = gate(&report, &format!("data.t.columns.v.{name}"));
    (found["verdict"].as_str().unwrap().to_owned(), found["message"].as_str().unwrap_or_default().to_owned())
}

fn is(column: &ArrayRef, check: &str, expected: &str) {
    let (found, message) = verdict(Arc::clone(column), check);
    assert_eq!(found, expected, "{check}: {message}");
}

/// Never passes: decimals that differ where floats do not.
#[test]
fn decimals_beyond_floats_are_exact() {
    let keys = decimals(&[12_345_678_901_234_568, 1], 20, 0);
    is(&keys, "maximum: \"<= 12345678901234567\"", "fail");
    is(&keys, "maximum: \"<= 12345678901234568\"", "pass");
    is(&keys, "maximum: 12345678901234568", "pass");
    is(&keys, "maximum: [0, 12345678901234567]", "fail");
    is(&keys, "sum: \"= 12345678901234568\"", "fail");
    is(&keys, "sum: \"= 12345678901234569\"", "pass");
    is(&keys, "quantile: {q: 1, is: \"<= 12345678901234567\"}", "fail");
    is(&keys, "mean: \"= 6172839450617284.5\"", "pass");
    is(&keys, "median: \"> 6172839450617284.5\"", "fail");
    let money = decimals(&[9_007_199_254_740_993, 0], 18, 2);
    is(&money, "maximum: \"<= 90071992547409.92\"", "fail");
    is(&money, "maximum: \"= 90071992547409.93\"", "pass");
    is(&money, "maximum: 90071992547409.93", "pass");
    let (_, message) = verdict(money, "maximum: \"<= 90071992547409.92\"");
    assert!(message.contains("90071992547409.93"), "{message}");
    let least = decimals(&[-12_345_678_901_234_568, 1], 20, 0);
    is(&least, "minimum: \">= -12345678901234567\"", "fail");
    let wide = Decimal256Array::from(vec![i256::from_i128(12_345_678_901_234_568), i256::from_i128(1)]);
    let wide: ArrayRef = Arc::new(wide.with_precision_and_scale(60, 0).unwrap());
    is(&wide, "maximum: \"<= 12345678901234567\"", "fail");
    is(&wide, "sum: \"= 12345678901234569\"", "pass");
    let digits = i256::from_string(&format!("{}1", "9".repeat(44))).unwrap();
    let wide = Decimal256Array::from(vec![digits, i256::from_i128(-1)]).with_precision_and_scale(50, 2).unwrap();
    let wide: ArrayRef = Arc::new(wide);
    is(&wide, &format!("maximum: \"= {}.91\"", "9".repeat(43)), "pass");
    is(&wide, &format!("sum: \"= {}.90\"", "9".repeat(43)), "pass");
    is(&wide, &format!("sum: \"< {}.90\"", "9".repeat(43)), "fail");
    is(&wide, "median: \"> 0\"", "pass");
}

#[test]
fn whole_numbers_are_exact() {
    let exact = 1_i64 << 53;
    let keys: ArrayRef = Arc::new(Int64Array::from(vec![exact - 1, 2]));
    is(&keys, "sum: \"= 9007199254740993\"", "pass");
    is(&keys, "sum: \"= 9007199254740992\"", "fail");
    is(&keys, "sum: 9007199254740992", "fail");
    let many: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, u64::MAX]));
    is(&many, "sum: \"= 36893488147419103230\"", "pass");
    is(&many, "sum: 36893488147419103231", "fail");
    is(&many, "maximum: \"< 18446744073709551615\"", "fail");
    // A float cannot represent the variance of numbers as large as these.
    let near: ArrayRef = Arc::new(Int64Array::from((0..300).map(|at| (1 << 60) + at).collect::<Vec<_>>()));
    is(&near, "stddev: \"> 0\"", "error");
    is(&near, "mean: \"= 1152921504606847125.5\"", "pass");
}

#[test]
fn means_of_decimals_are_the_numbers_that_they_are() {
    let small = decimals(&[10, 20, 30], 10, 2);
    is(&small, "mean: \"= 0.2\"", "pass");
    is(&small, "mean: 0.2", "pass");
    is(&small, "sum: \"= 0.6\"", "pass");
    is(&small, "mean: \"> 0.2\"", "fail");
    is(&small, "stddev: \"<= 0.11\"", "pass");
    is(&decimals(&[10, 0, 0], 10, 2), "mean: \"<= 0.0333333333333333\"", "fail");
    let fine = decimals(&[123_456_789_012_345_678, 1], 38, 18);
    is(&fine, "mean: [0, 1]", "pass");
    is(&fine, "stddev: \"< 1\"", "pass");
    is(&fine, "maximum: \"<= 0.123456789012345677\"", "fail");
    is(&fine, "maximum: \"<= 0.123456789012345678\"", "pass");
}

#[test]
fn the_baseline_is_compared_with_all_digits_too() {
    let place = Workplace::new();
    let before = decimals(&[12_345_678_901_234_567, 1], 20, 0);
    columns_to_parquet(&place, "main.parquet", &[("v", Arc::clone(&before))]);
    columns_to_parquet(&place, "same.parquet", &[("v", before)]);
    columns_to_parquet(&place, "pr.parquet", &[("v", decimals(&[12_345_678_901_234_568, 1], 20, 0))]);
    for check in [
        "maximum: \"<= baseline\"",
        "sum: \"<= baseline\"",
        "mean: \"<= baseline\"",
        "quantile: {q: 1, is: \"<= baseline\"}",
    ] {
        for (path, expected) in [("pr.parquet", 1), ("same.parquet", 0)] {
            let columns = format!("columns: {{v: {{{check}}}}}");
            place.write(
                "mlgate.yml",
                &format!("version: 1\ndata: {{t: {{path: {path}, baseline_path: main.parquet, {columns}}}}}\n"),
            );
            assert_eq!(place.run(&["run"]).code, expected, "{check} of {path}");
            let stored =
                |path: &str| format!("version: 1\nbaseline: stored.json\ndata: {{t: {{path: {path}, {columns}}}}}\n");
            place.write("mlgate.yml", &stored("main.parquet"));
            assert_eq!(place.run(&["bless"]).code, 0);
            place.write("mlgate.yml", &stored(path));
            assert_eq!(place.run(&["run"]).code, expected, "{check} of {path}, stored");
        }
        // An amount is added with all digits as well; the mean is only half a unit larger.
        let is_mean = check.starts_with("mean");
        for (offset, expected) in
            [("<= baseline + 1", 0), ("< baseline + 1", i32::from(!is_mean)), ("<= baseline + 0.4", 1)]
        {
            let columns = format!("columns: {{v: {{{}}}}}", check.replace("<= baseline", offset));
            place.write(
                "mlgate.yml",
                &format!("version: 1\ndata: {{t: {{path: pr.parquet, baseline_path: main.parquet, {columns}}}}}\n"),
            );
            assert_eq!(place.run(&["run"]).code, expected, "{columns}");
        }
    }
}

#[test]
fn quantiles_have_all_their_digits() {
    let thousands: Vec<i64> = (0..52).map(|at| at * 1_000).collect();
    let of_floats =
        |step: f64| -> ArrayRef { Arc::new((0..52).map(|at| Some(f64::from(at) * step)).collect::<Float64Array>()) };
    let whole: ArrayRef = Arc::new(Int64Array::from(thousands.clone()));
    let cents = decimals(&thousands.iter().map(|at| i128::from(*at)).collect::<Vec<_>>(), 12, 2);
    let single: ArrayRef = Arc::new((0..52_u16).map(|at| Some(f32::from(at) * 1_000.0)).collect::<Float32Array>());
    for (column, expected) in [
        (whole, "45900"),
        (of_floats(1_000.0), "45900"),
        (single, "45900"),
        (cents, "459"),
        (of_floats(1e12), "45900000000000"),
    ] {
        is(&column, &format!("quantile: {{q: 0.9, is: \">= {expected}\"}}"), "pass");
        is(&column, &format!("quantile: {{q: 0.9, is: \"<= {expected}\"}}"), "pass");
        is(&column, &format!("quantile: {{q: 0.9, is: \"> {expected}\"}}"), "fail");
    }
    let odd: ArrayRef =
        Arc::new(Float64Array::from(vec![Some(1.0), None, Some(f64::NAN), Some(f64::INFINITY), Some(3.0)]));
    is(&odd, "median: 2", "pass");
    let none: ArrayRef = Arc::new(Float64Array::from(vec![None, Some(f64::NAN)]));
    is(&none, "median: \"> 0\"", "error");
}

#[test]
fn whole_numbers_of_a_config_keep_their_digits() {
    let key: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
    is(&key, "in: [18446744073709551614]", "fail");
    is(&key, "in: [18446744073709551615]", "pass");
    is(&key, "in: [18446744073709551615, 3]", "pass");
    is(&key, "not_in: [18446744073709551615]", "fail");
    is(&key, "not_in: [18446744073709551614]", "pass");
    is(&key, "range: [0, 18446744073709551614]", "fail");
    is(&key, "range: [0, 18446744073709551615]", "pass");
    is(&key, "missing: {is: 0, tokens: [18446744073709551615]}", "fail");
    is(&key, "missing: {is: 0, tokens: [18446744073709551614]}", "pass");
    is(&key, "share: {of: [18446744073709551615], is: \"= 100%\"}", "pass");
    let large = decimals(&[12_345_678_901_234_567_890_123], 30, 0);
    is(&large, "in: [12345678901234567890123]", "pass");
    is(&large, "in: [12345678901234567890124]", "fail");
    is(&large, "range: [0, 12345678901234567890122]", "fail");
    let float: ArrayRef = Arc::new(Float64Array::from(vec![0.5]));
    is(&float, "range: [0, 3.14159265358979323846]", "pass");
}

#[test]
fn what_decided_is_shown() {
    let column: ArrayRef = Arc::new(Float64Array::from(vec![0.1, 0.2, 0.3]));
    let (found, message) = verdict(column, "sum: \"= 0.6\"");
    assert!(found == "pass" || message.contains("0.6000000000000001"), "{message}");
}

#[test]
fn a_quotient_is_shown_with_the_digits_that_decide() {
    let thirds: ArrayRef = Arc::new(Int64Array::from(vec![1, 1, 2]));
    let (found, message) = verdict(Arc::clone(&thirds), "mean: \">= 60\"");
    assert_eq!(found, "fail");
    assert!(message.contains(" is 1.3333; limit"), "{message}");
    // As a float the limit is the mean itself.
    let (found, message) = verdict(thirds, "mean: \">= 1.33333333333333333334\"");
    assert_eq!(found, "fail");
    assert!(message.contains("1.33333333333333333333"), "{message}");
}
