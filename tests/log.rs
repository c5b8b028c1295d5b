//! A job's log, in which runners execute commands: no untrusted text becomes one, whichever command prints it.

use std::fs;

use serde_json::json;

use crate::support::{Answer, Workplace};

/// Commands that GitHub's and Azure's runners would execute.
const COMMANDS: [&str; 4] =
    ["##[add-mask]x", "##vso[task.setvariable variable=PATH]x", "::error::x", "##VSO[task.complete result=Succeeded]x"];

/// Asserts that a runner that reads this output would execute nothing.
#[track_caller]
fn is_inert(answer: &Answer) {
    for text in [&answer.stdout, &answer.stderr] {
        let lower = text.to_lowercase();
        assert!(!lower.contains("##[") && !lower.contains("##vso["), "{text}");
        for line in text.split(['\n', '\r']) {
            assert!(!line.trim().starts_with("::"), "{line:?} in {text}");
        }
    }
}

/// Returns a gate on three rows, with further lines.
fn gate(more: &str) -> Workplace {
    let place = Workplace::new();
    place
        .write("d.csv", "age\n20\n30\n40\n")
        .write("mlgate.yml", &format!("version: 1\ndata:\n  d: {{path: d.csv, rows: '> 0'}}\n{more}"));
    place
}

/// Never passes: a runner's command in a config, printed with its problems.
#[test]
fn problems_of_a_config_are_no_commands() {
    for command in COMMANDS {
        let quoted = json!(command);
        for more in [
            format!("{quoted}: 1\n"),
            format!("seed: {quoted}\n"),
            format!("# {command}\nseed: x # {command}\n"),
            format!("x: {{{quoted}: 1}}\n"),
            format!("checks: {quoted}\n"),
            format!("baseline: {quoted}\n"),
            format!("confidence: >\n  {command}\n  {command}\n"),
            format!("comment: {{mode: {quoted}}}\n"),
            format!("waivers: [{{gates: {quoted}, owner: a, reason: b, until: 2024-02-01}}]\n"),
            format!(
                "models: {{{quoted}: {{predictions: {quoted}, label: {quoted}, score: s, metrics: {{roc_auc: {{{quoted}: 1}}}}}}}}\n"
            ),
            format!("models: {{m: {{metrics_file: {quoted}, metrics: {{{quoted}: {{{quoted}: 1}}}}}}}}\n"),
            format!("x: [{command}\n{command}\n"),
            format!("x: \"\\\n{command}\n{command}"),
            format!("x: |\n  {command}\ny: *{}\n", command.replace(' ', "")),
        ] {
            is_inert(&gate(&more).run(&["run", "--color", "always"]));
        }
    }
    // Every command that reads the config shows its problems.
    for command in COMMANDS {
        let place = gate(&format!("{0}: {0} # {command}\n", json!(command)));
        for arguments in
            [&["bless"][..], &["power"], &["checks"], &["explain", "rows"], &["schema"], &["diff", "a", "b"]]
        {
            let answer = place.run(arguments);
            assert_eq!(answer.code, 2);
            is_inert(&answer);
        }
    }
}

#[test]
fn names_of_files_and_arguments_are_no_commands() {
    for command in COMMANDS {
        let name = command.replace('/', "_");
        let place = gate("");
        place.write(&name, "x: [").write(&format!("{name}.yml"), "version: 1\ndata: {d: {path: d.csv, rows: '< 0'}}\n");
        let output = format!("json={name}/x/\0").replace('\0', "");
        for arguments in [
            &["run", "--config", &name][..],
            &["run", "--config", &format!("{name}.yml"), "--evidence"],
            &["run", "--baseline", command],
            &["run", "--baseline", &format!("git:{command}")],
            &["run", "--only", command],
            &["run", "--format", command],
            &["run", "--now", command],
            &["run", "--threads", command],
            &["run", "--memory-limit", command],
            &["run", "--output", command],
            &["run", "--output", &output],
            &["run", "--output", &format!("{command}=x")],
            &["run", command],
            &[command],
            &["explain", command],
            &["diff", command, command],
            &["diff", &name, &name],
            &["bless", "--from", &name],
            &["bless", "--from", command],
            &["bless", "--despite", command, "--reason", command],
            &["publish", "--report", &name],
            &["publish", "--artifact", command],
            &["init", &name],
            &["init", command, "--config", command],
            &["completions", command],
        ] {
            is_inert(&place.run(arguments));
        }
    }
}

#[test]
fn pages_are_no_commands() {
    for command in COMMANDS {
        let front = format!(
            "---\nid: evil\nfamily: column\nsince: \"1\"\nseverity: error\nsummary: {0}\ndefinition: {0}\nparams:\n  is: {{type: share bound, about: {0}}}\nmeasure: {{sql: \"value > 1\"}}\njudge: {{bound: is}}\nmessage: {0}\nhelp: {0}\n---\n",
            json!(command)
        );
        let body = format!(
            "# x\n\n{command}\n  {command}\n\t{command}\r{command}\n\u{a0}{command}\n\u{200b}{command}\n\n## {command}\n"
        );
        let place = gate("checks: k\n");
        place.write("k/p.md", &(front.clone() + &body));
        for arguments in [&["explain", "evil"][..], &["checks"], &["schema"], &["run"]] {
            is_inert(&place.run(arguments));
        }
        assert_eq!(place.run(&["explain", "evil"]).code, 0);
        // A malformed command is shown with its line.
        for broken in [
            front.replace("share bound", command),
            front.replace("id: evil", &format!("id: {}", json!(command))),
            format!("{command}\n{body}"),
        ] {
            place.write("k/p.md", &(broken + &body));
            for arguments in [&["explain", "evil"][..], &["checks"], &["run"]] {
                is_inert(&place.run(arguments));
            }
        }
    }
}

/// Never passes: a runner's command in a line that a report continues.
#[test]
fn a_report_goes_on_over_lines_that_are_no_commands() {
    let place = gate("baseline: b.json\n");
    assert_eq!(place.run(&["bless", "-q"]).code, 0);
    let good: serde_json::Value = serde_json::from_str(&place.read("b.json")).unwrap();
    for command in COMMANDS {
        let long = format!("{command} ").repeat(12);
        let mut bad = good.clone();
        bad["despite"] = json!([{"gate": long, "finding": long, "reason": long, "owner": long, "date": "2024-01-01"}]);
        bad["tool"] = json!(long);
        place.write("b.json", &bad.to_string());
        place.write("good.json", &good.to_string());
        for arguments in [
            &["run"][..],
            &["run", "--evidence"],
            &["run", "--color", "always", "--evidence"],
            &["run", "--format", "json"],
            &["run", "--format", "markdown"],
            &["run", "--output", "text=/dev/stdout", "--output", "markdown=/dev/stderr"],
            &["diff", "good.json", "b.json"],
            &["diff", "b.json", "good.json"],
            &["diff", "b.json", "good.json", "--format", "json"],
            &["bless", "--dry-run"],
        ] {
            is_inert(&place.run(arguments));
        }
    }
}

/// Never passes: a runner's command in the names of data.
#[test]
fn names_of_data_are_no_commands() {
    for command in COMMANDS {
        let place = Workplace::new();
        let head = format!("{0},b\n", json!(command));
        place.write("d.csv", &(head.clone() + "1,x\n2,y\n")).write("e.csv", &(head + "1,x\n5,z\n"));
        let config = |file: &str| {
            format!(
                "version: 1\nbaseline: b.json\ndata: {{{0}: {{path: {file}, rows: '>= baseline', columns: {{{0}: {{nulls: 0, psi: 0.1}}, b: {{in: [x]}}}}}}}}\n",
                json!(command)
            )
        };
        place.write("mlgate.yml", &config("d.csv"));
        is_inert(&place.run(&["bless"]));
        place.write("mlgate.yml", &config("e.csv"));
        for arguments in
            [&["run"][..], &["run", "--evidence"], &["bless"], &["bless", "--dry-run"], &["diff", "b.json", "b.json"]]
        {
            is_inert(&place.run(arguments));
        }
        is_inert(&place.run(&["init", "d.csv", "--config", "/dev/stdout"]));
        is_inert(&place.run(&["init", "d.csv", "--config", "new.yml"]));
        // A file's contents may be printed by another program later.
        assert!(fs::read_to_string(place.path().join("new.yml")).is_ok());
    }
}
