//! All formats of a report have the same gates, the same counts and the same end.

use proptest::prelude::*;
use serde_json::Value;

use super::document::{At, Counts, GuardChange, GuardResult, Note, Overall, Report};
use super::no_verdict::{NO_VERDICT_VERSION, NoVerdict, Problem};
use super::{
    Format, RenderOptions, counts, overall, render, render_ended, safe, sample, summary_line, summary_line_of_ended,
};
use crate::catalog::Severity;
use crate::config::OnLoosened;
use crate::gate::verdict::{Effect, OnInconclusive, Verdict};
use crate::guard::DemandChangeKind;

const VERDICTS: [Verdict; 6] =
    [Verdict::Pass, Verdict::Fail, Verdict::Inconclusive, Verdict::NotApplicable, Verdict::NoBaseline, Verdict::Error];

/// A report whose gates have any verdicts and effects, with any notes and any guard.
fn any_report() -> impl Strategy<Value = Report> {
    let severity = prop::sample::select(vec![Severity::Error, Severity::Warning, Severity::Note]);
    let verdict = prop::sample::select(VERDICTS.to_vec());
    let on = prop::sample::select(OnInconclusive::ALL.to_vec());
    let gates = prop::collection::vec((verdict, severity, on, prop::bool::weighted(0.2)), 0..25);
    let effects = || prop::sample::select(vec![Effect::Blocks, Effect::Warns, Effect::None]);
    let guard = prop::option::of((effects(), prop::collection::vec(effects(), 0..3)));
    let notes = prop::collection::vec(any::<bool>(), 0..3);
    (gates, guard, notes, sample::any_text()).prop_map(|(gates, guard, notes, text)| {
        let mut report = sample::filled_with(sample::report(), &text);
        report.gates.truncate(gates.len());
        for (index, (gate, (verdict, severity, on, is_waived))) in report.gates.iter_mut().zip(gates).enumerate() {
            // Ids differ, whatever else is hostile.
            gate.id = format!("{index}{text}");
            (gate.verdict, gate.severity) = (verdict, severity);
            gate.effect = verdict.effect(severity, on);
            if is_waived && verdict == Verdict::Fail && gate.effect != Effect::None {
                gate.effect = Effect::Waived;
            }
        }
        let at = At { file: text.clone(), line: 3, column: 4 };
        let note = |warns: bool| Note {
            id: text.clone(),
            effect: if warns { Effect::Warns } else { Effect::None },
            message: text.clone(),
            help: text.clone(),
            at: at.clone(),
        };
        report.notes = notes.into_iter().map(note).collect();
        report.guard = guard.map(|(effect, changes)| GuardResult {
            against: Some(text.clone()),
            on_loosened: OnLoosened::Fail,
            effect: changes.iter().copied().min().unwrap_or(effect).min(effect),
            changes: changes
                .into_iter()
                .map(|effect| GuardChange {
                    gate: text.clone(),
                    kind: DemandChangeKind::Loosened,
                    from: None,
                    to: None,
                    at: at.clone(),
                    why: text.clone(),
                    effect,
                })
                .collect(),
            notes: vec![text.clone()],
        });
        report.counts = counts(&report.gates);
        report.verdict = overall(&report.gates, &report.notes, report.guard.as_ref());
        report.exit_code = report.verdict.exit_code();
        report
    })
}

fn rendered(report: &Report, format: Format) -> String {
    render(report, format, &RenderOptions::default()).expect("it is rendered")
}

fn json(report: &Report, format: Format) -> Value {
    serde_json::from_str(&rendered(report, format)).expect("it is JSON")
}

fn number(text: &str, of: &str) -> usize {
    text.matches(of).count()
}

proptest! {
    #[test]
    fn every_format_counts_the_same(report in any_report()) {
        let Counts { pass, fail: _, inconclusive, not_applicable, no_baseline, error, waived } = report.counts;
        let blocks = matches!(report.verdict, Overall::Fail | Overall::Error);
        let of_gates = |effect| report.gates.iter().filter(|gate| gate.effect == effect).count();

        let junit = rendered(&report, Format::JUnit);
        let [cases, failures, errors] = ["<testcase ", "<failure ", "<error "].map(|of| number(&junit, of));
        let skipped = number(&junit, "<skipped>");
        let totals = format!("tests=\"{cases}\" failures=\"{failures}\" errors=\"{errors}\">");
        prop_assert!(junit.contains(&totals), "{totals}: {junit}");
        prop_assert_eq!(failures + errors > 0, blocks, "{}", junit);
        prop_assert_eq!((cases - failures - errors - skipped) as u64, pass);
        prop_assert!(cases >= report.gates.len() && errors as u64 >= error);
        prop_assert!(skipped as u64 >= waived + not_applicable + no_baseline);
        if cases > 0 {
            for (name, count) in report.counts.by_name() {
                let property = format!("name=\"mlgate.gates.{name}\" value=\"{count}\"/>");
                prop_assert!(junit.contains(&property));
            }
        }

        let sarif = json(&report, Format::Sarif);
        let run = &sarif["runs"][0];
        let results = run["results"].as_array().expect("results");
        let level = |level: &str| results.iter().filter(|result| result["level"] == level).count();
        prop_assert_eq!(level("error") > 0, blocks);
        prop_assert!(level("error") >= of_gates(Effect::Blocks) && level("warning") >= of_gates(Effect::Warns));
        let accepted = results.iter().filter(|result| result["suppressions"].is_array()).count();
        prop_assert_eq!(accepted as u64, waived);
        prop_assert_eq!(&run["properties"]["gates"], &serde_json::to_value(report.counts).expect("numbers"));
        let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
        for result in results {
            let index = result["ruleIndex"].as_u64().expect("an index") as usize;
            prop_assert_eq!(&rules[index]["id"], &result["ruleId"]);
        }

        let quality = json(&report, Format::CodeQuality);
        let issues = quality.as_array().expect("a list");
        prop_assert_eq!(issues.len(), results.len());
        let blocking = issues.iter().filter(|issue| issue["severity"] == "blocker" || issue["severity"] == "critical");
        prop_assert_eq!(blocking.count(), level("error"));
        let mut prints: Vec<&str> = issues.iter().filter_map(|issue| issue["fingerprint"].as_str()).collect();
        prints.sort_unstable();
        prints.dedup();
        prop_assert_eq!(prints.len(), issues.len(), "each finding has its own fingerprint");

        let metrics = rendered(&report, Format::OpenMetrics);
        prop_assert!(metrics.ends_with("\n# EOF\n"));
        let dotenv = rendered(&report, Format::Dotenv);
        let line: Value = serde_json::from_str(&summary_line(&report, report.exit_code)).expect("it is JSON");
        for (name, count) in report.counts.by_name() {
            let sample = format!("mlgate_gates{{verdict=\"{name}\"}} {count}\n");
            prop_assert!(metrics.contains(&sample));
            prop_assert_eq!(&line["counts"][name], count);
        }
        let expected = format!("mlgate_verdict{{verdict=\"{}\"}} 1\n", report.verdict.name());
        prop_assert!(metrics.contains(&expected));
        prop_assert_eq!(number(&metrics, "\nmlgate_gate_blocks{"), report.gates.len());
        let expected = format!("MLGATE_VERDICT={}\nMLGATE_EXIT_CODE={}\n", report.verdict.name(), report.exit_code);
        prop_assert!(dotenv.starts_with(&expected), "{}", dotenv);
        for (name, count) in [("PASSED", pass), ("INCONCLUSIVE", inconclusive), ("ERROR", error), ("WAIVED", waived)] {
            let expected = format!("\nMLGATE_{name}_COUNT={count}\n");
            prop_assert!(dotenv.contains(&expected), "{}", dotenv);
        }
        prop_assert_eq!(&line["verdict"], report.verdict.name());
        prop_assert_eq!(&line["blocking"], of_gates(Effect::Blocks));

        let html = rendered(&report, Format::Html);
        let word = match report.verdict {
            Overall::Pass => "Passed",
            Overall::Warn => "Passed with warnings",
            Overall::Fail => "Failed",
            Overall::Error => "Could not be evaluated",
        };
        prop_assert!(html.contains(&format!("<b>{word}</b></p>")), "{word}");
        let title = format!("<title>mlgate: {}</title>", super::title(&report));
        prop_assert!(html.contains(&title), "{title}");
        let linked = |id: &str| {
            let number = html.split_once(&format!("href=\"#{id}\"><b>")).and_then(|(_, rest)| rest.split_once('<'));
            number.map_or(0, |(number, _)| number.parse::<u64>().expect("a number"))
        };
        let of_ids = [("passed", pass), ("inconclusive", inconclusive), ("errors", error), ("waived", waived)];
        for (id, count) in of_ids.into_iter().chain([("no-baseline", no_baseline), ("not-applicable", not_applicable)]) {
            prop_assert_eq!(linked(id), count, "{}", id);
        }

        let live = json(&report, Format::DvcLive);
        prop_assert_eq!(&live["mlgate"]["gates"], &serde_json::to_value(report.counts).expect("numbers"));
        prop_assert_eq!(live["mlgate"]["passed"] == 0, blocks);

        let csv = rendered(&report, Format::Csv);
        let rows = csv::Reader::from_reader(csv.as_bytes()).into_records().collect::<Result<Vec<_>, _>>();
        prop_assert_eq!(rows.expect("a table").len(), report.measurements.len());

        let statement = json(&report, Format::InToto);
        let predicate = &statement["predicate"];
        let tests = |list: &str| predicate[list].as_array().map(Vec::len).expect("a list");
        prop_assert_eq!(tests("passedTests") as u64, pass);
        prop_assert_eq!(tests("failedTests") > 0, blocks);
        prop_assert!(tests("failedTests") >= of_gates(Effect::Blocks) && tests("warnedTests") >= of_gates(Effect::Warns));
        let follows = match (tests("failedTests"), tests("warnedTests")) {
            (0, 0) => "PASSED",
            (0, _) => "WARNED",
            _ => "FAILED",
        };
        prop_assert_eq!(&predicate["result"], follows);
        let of_config = &predicate["configuration"][0]["annotations"]["mlgate"];
        prop_assert_eq!(&of_config["gates"], &serde_json::to_value(report.counts).expect("numbers"));
        prop_assert_eq!(&of_config["verdict"], report.verdict.name());
        let others = of_config["others"].as_object().expect("lists").values();
        let others: usize = others.map(|list| list.as_array().map(Vec::len).expect("a list")).sum();
        let listed = tests("passedTests") + of_gates(Effect::Blocks) + of_gates(Effect::Warns) + others;
        prop_assert_eq!(listed, report.gates.len(), "each gate is on one list");
        let bom = json(&report, Format::CycloneDx);
        let properties = bom["metadata"]["properties"].as_array().expect("a list");
        let property = |name: &str| properties.iter().find(|property| property["name"] == name).map(|of| of["value"].clone());
        prop_assert_eq!(property("mlgate:verdict"), Some(report.verdict.name().into()));
        let card = rendered(&report, Format::ModelCard);
        for (name, count) in report.counts.by_name() {
            prop_assert_eq!(property(&format!("mlgate:gates:{name}")), Some(count.to_string().into()));
            let shown = format!("{name}: {count}");
            prop_assert!(card.contains(&shown), "{}", card);
        }
        let expected = format!("Verdict: **{}**, exit code {}.", report.verdict.name(), report.exit_code);
        prop_assert!(card.contains(&expected), "{}", card);
        let sealed = rendered(&report, Format::Json);
        prop_assert_eq!(super::self_digest(sealed.as_bytes()), super::SelfDigest::Holds);
    }

    #[test]
    fn no_string_breaks_a_format(text in sample::any_text()) {
        let plain = sample::filled_with(sample::report(), "x");
        let report = sample::filled_with(sample::report(), &text);
        // As many elements, lines, variables and cells as with a harmless text.
        let (before, after) = (rendered(&plain, Format::JUnit), rendered(&report, Format::JUnit));
        prop_assert_eq!(number(&before, "<"), number(&after, "<"), "{}", after);
        prop_assert_eq!(number(&before, ">"), number(&after, ">"), "{}", after);
        prop_assert_eq!(number(&before, "\""), number(&after, "\""), "{}", after);
        prop_assert!(!after.chars().any(|c| c.is_control() && c != '\n'), "{}", after);
        let dotenv = rendered(&report, Format::Dotenv);
        for line in dotenv.lines() {
            let (name, value) = line.split_once('=').expect("a variable");
            prop_assert!(name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{}", line);
            prop_assert!(!value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{}", line);
        }
        prop_assert!(dotenv.len() < 5_000 && dotenv.lines().count() <= 20);
        for line in rendered(&report, Format::OpenMetrics).lines() {
            prop_assert!(line.starts_with("mlgate_") || line.starts_with("# "), "{}", line);
        }
        prop_assert_eq!(number(&summary_line(&report, 1), "\n"), 1);
        let csv = rendered(&report, Format::Csv);
        for row in csv::Reader::from_reader(csv.as_bytes()).into_records() {
            let row = row.expect("a row");
            for cell in &row {
                let is_number = cell.parse::<f64>().is_ok();
                prop_assert!(is_number || !cell.trim_start().starts_with(['=', '+', '-', '@']), "{}", cell);
            }
        }
        let of_rates = |text: &str| {
            let mut report = sample::filled_with(sample::report(), text);
            for gate in report.gates.iter_mut().filter(|gate| gate.subject.contains_key("rate")) {
                gate.subject.insert("rate".to_owned(), "selection_rate".to_owned());
            }
            report
        };
        let violations = json(&report, Format::SageMakerViolations);
        let blocks = report.gates.iter().filter(|gate| gate.effect == Effect::Blocks).count();
        prop_assert!(violations["violations"].as_array().is_some_and(|all| all.len() >= blocks), "{}", violations);
        prop_assert_eq!(number(&rendered(&report, Format::SageMakerMessage), "\n"), 1);
        let of_monitor = [Format::SageMakerViolations, Format::SageMakerStatistics];
        for format in [Format::InToto, Format::CycloneDx, Format::ModelCard, Format::Ll144].into_iter().chain(of_monitor) {
            let (before, after) = (rendered(&of_rates("x"), format), rendered(&of_rates(&text), format));
            // A check's own id decides which statistics there are: `rows` has a number of rows.
            if format == Format::SageMakerStatistics {
                prop_assert!(serde_json::from_str::<Value>(&after).is_ok(), "{}", after);
            } else {
                prop_assert_eq!(before.lines().count(), after.lines().count(), "{}", after);
            }
            prop_assert!(!after.chars().any(|c| safe::is_invisible(c) || (c.is_control() && c != '\n')), "{}", after);
            prop_assert!(!after.lines().any(|line| line.trim_start().starts_with("::")), "{}", after);
        }
        let ended = NoVerdict {
            version: NO_VERDICT_VERSION,
            exit_code: 2,
            problems: vec![Problem { message: text.clone(), help: Some(text.clone()), at: None }; 2],
        };
        for format in Format::ALL {
            let Some(page) =
                render_ended(&ended, &text, format, &RenderOptions::default(), &|_| None).expect("it is rendered")
            else {
                continue;
            };
            match format {
                Format::Sarif => {
                    let sarif: Value = serde_json::from_str(&page).expect("it is JSON");
                    prop_assert_eq!(&sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
                    prop_assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(2));
                }
                Format::CodeQuality => {
                    prop_assert_eq!(number(&page, "\"blocker\""), 2);
                }
                Format::JUnit => {
                    prop_assert_eq!((number(&page, "<error "), number(&page, "<")), (2, 19), "{}", page);
                }
                Format::Dotenv => prop_assert!(page.starts_with("MLGATE_VERDICT=error\nMLGATE_EXIT_CODE=2\n")),
                _ => {}
            }
        }
        prop_assert_eq!(number(&summary_line_of_ended(&ended), "\n"), 1);
    }
}

fn prints(report: &Report) -> Vec<String> {
    let issues = json(report, Format::CodeQuality);
    let issues = issues.as_array().expect("a list");
    issues.iter().map(|issue| issue["fingerprint"].to_string()).collect()
}

#[test]
fn a_difference_without_effect_hides_no_warning() {
    let mut report = sample::report();
    report.gates.retain(|gate| gate.verdict == Verdict::Pass);
    let at = At { file: "mlgate.yml".to_owned(), line: 3, column: 4 };
    let id = "baseline.rows.income".to_owned();
    let change = |effect| GuardChange {
        gate: id.clone(),
        kind: DemandChangeKind::Changed,
        from: None,
        to: None,
        at: at.clone(),
        why: "other rows".to_owned(),
        effect,
    };
    let (message, help) = ("another number of rows".to_owned(), String::new());
    report.notes = vec![Note { id: id.clone(), effect: Effect::Warns, message, help, at: at.clone() }];
    for (effect, warned) in [(Effect::None, "note:baseline.rows.income"), (Effect::Warns, "guard:baseline.rows.income")]
    {
        report.guard = Some(GuardResult {
            against: Some("the target branch".to_owned()),
            on_loosened: OnLoosened::Warn,
            effect,
            changes: vec![change(effect)],
            notes: Vec::new(),
        });
        report.verdict = overall(&report.gates, &report.notes, report.guard.as_ref());
        assert_eq!(report.verdict, Overall::Warn);
        let statement = json(&report, Format::InToto);
        assert_eq!(statement["predicate"]["warnedTests"], serde_json::json!([warned]));
    }
}

#[test]
fn a_check_may_be_called_like_a_finding_that_is_no_gate() {
    let before = sample::report();
    for name in ["guard", "note", "no-verdict"] {
        let mut after = before.clone();
        for gate in &mut after.gates {
            name.clone_into(&mut gate.check);
        }
        assert_eq!(prints(&before), prints(&after), "{name}");
        let junit = rendered(&after, Format::JUnit);
        assert!(junit.contains("type=\"could not be evaluated\"") && !junit.contains("no verdict"), "{junit}");
    }
}

#[test]
fn a_fingerprint_stays_when_numbers_and_lines_move() {
    let before = sample::report();
    let mut after = before.clone();
    for gate in &mut after.gates {
        gate.message += " and more";
        gate.at.line += 7;
    }
    assert_eq!(prints(&before), prints(&after));
    after.provenance.config.path = "gates/other.yml".to_owned();
    assert!(prints(&before).iter().zip(prints(&after)).all(|(one, other)| *one != other));
}

/// The places of the sample, as each format has them.
#[test]
fn formats_of_the_sample() {
    // Those for people have tests of their own.
    let is_of_people =
        |format: &Format| matches!(format, Format::Text | Format::Markdown | Format::Json | Format::Html);
    for format in Format::ALL.into_iter().filter(|format| !is_of_people(format)) {
        insta::assert_snapshot!(format!("format_{}", format.name()), rendered(&sample::report(), format));
    }
    insta::assert_snapshot!("summary_line", summary_line(&sample::report(), 1));
}
