use proptest::prelude::*;

use super::*;

fn metric(value: f64) -> String {
    Style::of(Unit::Metric).value(value)
}

fn share(value: f64) -> String {
    Style::of(Unit::Share).value(value)
}

#[test]
fn levels() {
    assert_eq!(metric(0.9266), "0.9266");
    assert_eq!(metric(0.5), "0.5000");
    assert_eq!(metric(1_234_567.891), "1,234,567.8910");
    assert_eq!(share(0.048), "4.8%");
    assert_eq!(share(0.29), "29.0%");
    assert_eq!(Style::of(Unit::Rows).value(16_281.0), "16,281");
    assert_eq!(Style::of(Unit::Columns).value(5.0), "5");
    assert_eq!(Style::of(Unit::Rows).value(2.5), "2.50");
}

#[test]
fn small_numbers_keep_two_digits() {
    assert_eq!(metric(0.00012), "0.00012");
    assert_eq!(metric(0.000_001_2), "0.0000012");
    assert_eq!(metric(1.0e-9), "1.0e−9");
    assert_eq!(metric(-1.0e-9), "−1.0e−9");
    assert_eq!(share(0.000_12), "0.012%");
}

#[test]
fn nothing_and_everything_are_exact() {
    assert_eq!(share(0.0), "0%");
    assert_eq!(share(1.0), "100%");
    assert_eq!(share(0.9999), "99.99%");
    assert_eq!(share(0.999_999_9), "99.99999%");
    assert_eq!(metric(-0.0), "0.0000");
}

#[test]
fn changes_have_a_sign() {
    let style = Style::of(Unit::Metric);
    assert_eq!(style.change(-0.0255), "−0.0255");
    assert_eq!(style.change(0.0012), "+0.0012");
    assert_eq!(style.change(-0.0), "0.0000");
    assert_eq!(style.change_interval([-0.0283, -0.0227]), "[−0.0283, −0.0227]");
    assert_eq!(Style::of(Unit::Share).change(0.012), "+1.2pp");
    assert_eq!(Style::of(Unit::Share).size(-0.012), "1.2pp");
    assert_eq!(Style::of(Unit::Rows).change(-1_204.0), "−1,204");
}

#[test]
fn what_is_undefined_is_no_number() {
    let mut estimate =
        EstimateResult { value: None, interval: None, n: None, undefined: Some("no positive labels".to_owned()) };
    assert_eq!(Style::of(Unit::Share).estimate(&estimate), "undefined: no positive labels");
    estimate.undefined = None;
    assert_eq!(Style::of(Unit::Share).estimate(&estimate), "undefined");
    assert_eq!(metric(f64::NAN), "undefined");
    assert_eq!(metric(f64::NEG_INFINITY), "−∞");
}

#[test]
fn a_value_beside_its_bound() {
    let style = Style::of(Unit::Metric).telling_apart(&[(-0.005_003, 0.005)]);
    assert_eq!((style.change(-0.005_003), style.value(0.005)), ("−0.005003".to_owned(), "0.005000".to_owned()));
    let style = Style::of(Unit::Share).telling_apart(&[(0.0501, 0.05)]);
    assert_eq!(style.value(0.0501), "5.01%");
    let same = Style::of(Unit::Metric).telling_apart(&[(0.005, 0.005)]);
    assert_eq!(same, Style::of(Unit::Metric));
}

#[test]
fn a_time_beside_its_bound() {
    let day = 86_400.0;
    let style = Style::of(Unit::Seconds);
    assert_eq!([90.0, 129_600.0, 7.0 * day, 3.2 * day].map(|time| style.value(time)), ["90 s", "36 h", "7 d", "3.2 d"]);
    let short = 7.0 * day - 60.0;
    let style = style.telling_apart(&[(short, 7.0 * day)]);
    assert_eq!([short, 7.0 * day].map(|time| style.value(time)), ["6.999 d", "7 d"]);
}

#[test]
fn counts() {
    assert_eq!(rows(0), "0");
    assert_eq!(rows(999), "999");
    assert_eq!(rows(1_000_000), "1,000,000");
    assert_eq!(about(5_391), "5,400");
    assert_eq!(about(7), "7");
    assert_eq!(about(0), "0");
    assert_eq!(about(123), "120");
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Metric), Just(Unit::Share), Just(Unit::Ratio), Just(Unit::Rows)]
}

proptest! {
    #[test]
    fn numbers_that_differ_look_different(unit in any_unit(), a in 0.0..2.0_f64, ulps in 1..1_000_000_000_000_u64) {
        let b = f64::from_bits(a.to_bits() + ulps);
        let style = Style::of(unit).telling_apart(&[(a, b)]);
        prop_assert_ne!(style.value(a), style.value(b));
        prop_assert_ne!(style.change(-a), style.change(-b));
    }

    #[test]
    fn no_number_but_zero_prints_as_zero(unit in any_unit(), value in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL) {
        let zero = |text: &str| !text.chars().any(|c| matches!(c, '1'..='9'));
        let text = Style::of(unit).value(value);
        prop_assert!(!zero(&text), "{value} is {text}");
        prop_assert!(!zero(&Style::of(unit).change(value)));
        prop_assert_eq!(text.contains('-'), false);
    }
}
