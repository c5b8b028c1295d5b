use super::*;
use crate::catalog::Severity;
use crate::config::OnLoosened;
use crate::guard::DemandChangeKind;
use crate::report::document::{Counts, GuardChange, GuardResult};
use crate::report::{Format, RenderOptions, render, sample};

/// The time 2026-06-01, in microseconds since 1970.
const NOW: i64 = 1_780_272_000_000_000;

fn read(json: &str) -> Result<Report, ClaimError> {
    super::read(json, NOW)
}

fn json(report: &Report) -> String {
    render(report, Format::Json, &RenderOptions::default()).expect("the sample has a JSON form")
}

fn sample() -> Report {
    with(|_| {})
}

/// Returns the sample report after a change of its gates, with consistent counts and verdict.
fn with(change: impl FnOnce(&mut Vec<GateResult>)) -> Report {
    let mut report = sample::report();
    change(&mut report.gates);
    report.counts = counts(&report.gates);
    report.verdict = overall(&report.gates, &report.notes, report.guard.as_ref());
    report.exit_code = report.verdict.exit_code();
    report
}

/// Returns the reason a report is refused.
fn why(report: &Report) -> String {
    read(&json(report)).map_or_else(|error| error.to_string(), |_| "it is taken".to_owned())
}

#[test]
fn a_report_of_our_own_is_taken_as_it_is() {
    assert_eq!(read(&json(&sample())), Ok(sample()));
}

#[test]
fn a_guard_that_plays_down_what_it_found_is_not_taken() {
    let mut report = sample();
    let change = GuardChange {
        gate: "data.d.rows".to_owned(),
        kind: DemandChangeKind::Loosened,
        from: None,
        to: None,
        at: report.gates[0].at.clone(),
        why: "a wider limit".to_owned(),
        effect: Effect::Blocks,
    };
    let (against, on_loosened, effect) = (None, OnLoosened::Fail, Effect::Blocks);
    let guard = GuardResult { against, on_loosened, effect, changes: vec![change], notes: Vec::new() };
    report.guard = Some(guard.clone());
    report.verdict = overall(&report.gates, &report.notes, report.guard.as_ref());
    report.exit_code = report.verdict.exit_code();
    assert_eq!(why(&report), "it is taken");
    for guard in [
        GuardResult { effect: Effect::None, ..guard.clone() },
        GuardResult { effect: Effect::Waived, ..guard.clone() },
        GuardResult { on_loosened: OnLoosened::Warn, ..guard },
    ] {
        report.guard = Some(guard);
        assert!(why(&report).contains("the effect of the guard does not follow"), "{}", why(&report));
    }
}

#[test]
fn a_verdict_that_does_not_follow_is_not_taken() {
    let mut pass = sample();
    (pass.verdict, pass.exit_code) = (Overall::Pass, 0);
    assert_eq!(why(&pass), "the report contradicts itself: the verdict does not match the gates");
    let mut code = sample();
    code.exit_code = 0;
    assert_eq!(why(&code), "the report contradicts itself: the exit code does not match the verdict");
    let mut counts = sample();
    counts.counts.fail = 0;
    assert_eq!(why(&counts), "the report contradicts itself: the counts do not match the gates");
    let mut none = sample();
    none.gates.clear();
    none.counts = Counts::default();
    (none.verdict, none.exit_code) = (Overall::Pass, 0);
    assert!(matches!(read(&json(&none)), Err(ClaimError::Contradiction(_))));
}

#[test]
fn an_effect_that_does_not_follow_is_not_taken() {
    let forged = |verdict, severity, effect| {
        why(&with(|gates| {
            gates.retain(|gate| gate.waiver.is_none());
            (gates[0].verdict, gates[0].severity, gates[0].effect) = (verdict, severity, effect);
        }))
    };
    let refused = "the report contradicts itself: the effect of `data.train.rows` does not follow \
                   from its verdict, its severity and its waiver";
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        for verdict in [
            Verdict::Pass,
            Verdict::Fail,
            Verdict::Inconclusive,
            Verdict::NotApplicable,
            Verdict::NoBaseline,
            Verdict::Error,
        ] {
            for effect in [Effect::Blocks, Effect::Warns, Effect::Waived, Effect::None] {
                let follows = OnInconclusive::ALL.iter().any(|on| verdict.effect(severity, *on) == effect);
                let said = forged(verdict, severity, effect);
                if follows {
                    assert_eq!(said, "it is taken", "{verdict:?} {severity:?} {effect:?}");
                } else if effect == Effect::Waived {
                    assert!(said.contains("is waived without an owner"), "{said}");
                } else {
                    assert_eq!(said, refused, "{verdict:?} {severity:?} {effect:?}");
                }
            }
        }
    }
}

fn waived(change: impl Fn(&mut GateResult)) -> String {
    why(&with(|gates| gates.iter_mut().filter(|gate| gate.waiver.is_some()).for_each(change)))
}

fn with_waiver(change: impl Fn(&mut WaiverResult)) -> String {
    waived(|gate| gate.waiver.iter_mut().for_each(&change))
}

#[test]
fn a_waiver_that_does_not_count_is_not_taken() {
    for (said, part) in [
        (waived(|gate| gate.waiver = None), "is waived without an owner"),
        (with_waiver(|waiver| waiver.owner = " ".to_owned()), "is waived without an owner"),
        (with_waiver(|waiver| waiver.reason.clear()), "without an owner or a reason"),
        (with_waiver(|waiver| waiver.has_ended = true), "does not follow from its verdict"),
        (with_waiver(|waiver| waiver.until = "2026-05-31".to_owned()), "its waiver ended on 2026-05-31"),
        (with_waiver(|waiver| waiver.until = "2027-06-03".to_owned()), "limit: 366 days from now"),
        (with_waiver(|waiver| waiver.until = "never".to_owned()), "is not a date"),
        (with_waiver(|waiver| waiver.until = "2026-6-3".to_owned()), "is not a date"),
        // A waiver that has ended blocks at any verdict, so it cannot let a gate pass.
        (waived(|gate| gate.waiver.iter_mut().for_each(|waiver| waiver.has_ended = true)), "does not follow"),
        (
            waived(|gate| {
                gate.waiver.iter_mut().for_each(|waiver| waiver.has_ended = true);
                (gate.verdict, gate.effect) = (Verdict::Pass, Effect::None);
            }),
            "does not follow",
        ),
        // A waived gate that could not be evaluated blocks.
        (waived(|gate| gate.verdict = Verdict::Error), "does not follow"),
        // A waived gate that fails has an effect.
        (waived(|gate| gate.effect = Effect::None), "does not follow"),
    ] {
        assert!(said.contains(part), "{said}, and not {part}");
    }
    for until in ["2026-06-01", "2027-06-02"] {
        assert_eq!(with_waiver(|waiver| waiver.until = until.to_owned()), "it is taken");
    }
    let ended = waived(|gate| {
        gate.waiver.iter_mut().for_each(|waiver| {
            (waiver.has_ended, waiver.until) = (true, "2026-05-31".to_owned());
        });
        (gate.verdict, gate.effect) = (Verdict::Fail, Effect::Blocks);
    });
    assert_eq!(ended, "it is taken");
}

#[test]
fn a_gate_that_is_there_twice_is_not_taken() {
    let twice = with(|gates| gates.push(gates[0].clone()));
    assert!(why(&twice).contains("it contains `data.train.rows` twice"), "{}", why(&twice));
    let rows = with(|gates| {
        gates[0].first_rows = vec![1];
        (gates[0].verdict, gates[0].effect) = (Verdict::Pass, Effect::None);
    });
    assert!(why(&rows).contains("passes, but lists rows that break it"), "{}", why(&rows));
}

#[test]
fn states_are_read_only_where_they_are_wanted() {
    let states = json(&sample()).replacen('{', "{\"states\": {\"a\": [1, []]},", 1);
    assert_eq!(read(&states), Ok(sample()));
    let whole = read_with_states(&states, NOW).map(|report| report.states.map(|states| states.to_string()));
    assert_eq!(whole, Ok(Some("{\"a\":[1,[]]}".to_owned())));
}

#[test]
fn a_report_of_more_values_than_any_has_is_not_built() {
    let many = "[],".repeat(usize::try_from(MOST_NODES).expect("it fits") + 1);
    let more = json(&sample()).replacen('{', &format!("{{\"surprise\": [{many}0],"), 1);
    assert!(matches!(read(&more), Err(ClaimError::NoReport(why)) if why.contains("limit: 10000000")));
}

#[test]
fn what_a_newer_version_adds_is_let_through() {
    // A new field at every depth, and a new counter.
    let mut report: serde_json::Value = serde_json::from_str(&json(&sample())).expect("it is JSON");
    add(&mut report);
    assert_eq!(read(&report.to_string()), Ok(sample()));
    let newer = |name: &str, from: &str, to: &str| {
        let this = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let text = json(&sample()).replacen(&this, "\"version\": \"9.8.7\"", 1).replacen(from, to, 1);
        let said = read(&text.replacen("\"name\": \"mlgate\"", &format!("\"name\": \"{name}\""), 1));
        said.map_or_else(|error| error.to_string(), |_| "it is taken".to_owned())
    };
    let by = format!("written by mlgate 9.8.7, this is {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(newer("mlgate", "", ""), "it is taken");
    let verdict = newer("mlgate", "\"verdict\": \"pass\"", "\"verdict\": \"splendid\"");
    assert!(verdict.ends_with(&by) && verdict.contains("splendid"), "{verdict}");
    let version = newer("mlgate", "\"version\": 1", "\"version\": 2");
    assert!(version.contains("version 2") && version.ends_with(&by), "{version}");
    assert!(newer("other", "", "").contains("another tool wrote it"));
}

fn add(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(add),
        // The subject is a map of names, all of which count.
        serde_json::Value::Object(fields) => {
            for (_, value) in fields.iter_mut().filter(|(name, _)| *name != "subject") {
                add(value);
            }
            fields.insert("of_a_newer_version".to_owned(), serde_json::json!({"x": [1]}));
        }
        _ => {}
    }
}

#[test]
fn what_is_no_report_is_not_read_halfway() {
    for text in ["", "[]", "{}", "null", "{\"version\": 1}", "{\"version\": \"1\"}"] {
        assert!(matches!(read(text), Err(ClaimError::NoReport(_))), "{text}");
    }
    assert!(matches!(read("{\"version\": 2}"), Err(ClaimError::Version(2, _))));
    let infinite = json(&sample()).replacen("400.0", "1e999", 1);
    assert!(matches!(read(&infinite), Err(ClaimError::NoReport(_))));
    assert!(matches!(read(&"[".repeat(100_000)), Err(ClaimError::NoReport(_))));
}
