//! Policies: demands that hold in many repositories besides their own.

use serde_json::Value;

use crate::baseline_source::git;
use crate::support::{Answer, Workplace, gate, run_with};

const ROWS: &str = "id,age,zip\n1,20,a\n2,30,b\n3,40,c\n4,50,d\n";
const PREDICTIONS: &str = "id,y,p,sex\n1,0,0,f\n2,1,1,m\n3,1,0,f\n4,0,0,m\n";
const MODEL: &str =
    "models:\n  m: {predictions: p.csv, key: id, label: y, prediction: p, metrics: {accuracy: {min: 0.6}}}\n";

fn place(config: &str, policy: &str) -> Workplace {
    let place = Workplace::new();
    place.write("d.csv", ROWS).write("p.csv", PREDICTIONS).write("org.yml", policy);
    place.write("mlgate.yml", &format!("version: 1\npolicy: org.yml\n{config}"));
    place
}

fn data(lines: &str) -> String {
    format!("data:\n  d:\n    path: d.csv\n{lines}")
}

fn ids(report: &Value) -> Vec<&str> {
    report["gates"].as_array().unwrap().iter().map(|gate| gate["id"].as_str().unwrap()).collect()
}

fn refused(place: &Workplace) -> String {
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 2, "{}{}", answer.stdout, answer.stderr);
    answer.stderr
}

#[test]
fn a_demand_holds_besides_the_repository_s_own() {
    let policy = "version: 1\ndemands:\n  data.*: {duplicate_rows: 0}\n  data.*.columns.*: {nulls: 0}\n  models.*.metrics.f1: {min: 0.9}\n";
    let place = place(&(data("    rows: \">= 1\"\n") + MODEL), policy);
    let answer = place.run(&["run", "--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
    let expected = [
        "data.d.rows",
        "models.m.metrics.accuracy.min",
        "data.d.duplicate_rows",
        "data.d.columns.id.nulls",
        "data.d.columns.age.nulls",
        "data.d.columns.zip.nulls",
        "models.m.metrics.f1.min",
    ];
    assert_eq!(ids(&report), expected);
    let f1 = gate(&report, "models.m.metrics.f1.min");
    assert_eq!((f1["policy"]["name"].as_str(), f1["at"]["file"].as_str()), (Some("org.yml"), Some("org.yml")));
    assert_eq!(f1["at"]["line"], 5);
    assert!(gate(&report, "data.d.rows").get("policy").is_none());
    assert_eq!(report["provenance"]["policies"][0]["path"], "org.yml");
    let page = place.run(&["run", "--format", "markdown"]).stdout;
    assert!(page.contains("demanded by the policy `org.yml`"), "{page}");
    let text = place.run(&["run"]).stdout;
    assert!(text.contains("demanded by the policy org.yml") && text.contains("policy     org.yml"), "{text}");
}

#[test]
fn a_repository_without_demands_of_its_own_is_held_to_the_policy() {
    let report = place(&data(""), "version: 1\ndemands: {data.*: {rows: \">= 3\"}}\n").report();
    assert_eq!((ids(&report), report["exit_code"].as_i64()), (vec!["data.d.rows"], Some(0)));
    let said = refused(&place(&data(""), "version: 1\ndemands: {data.other: {rows: \">= 3\"}}\n"));
    assert!(said.contains("nothing would be checked"), "{said}");
}

#[test]
fn the_repository_may_tighten_and_not_loosen() {
    let policy = "version: 1\ndemands:\n  data.*: {rows: \">= 3\"}\n";
    let report = place(&data("    rows: \">= 4\"\n"), policy).report();
    assert_eq!(gate(&report, "data.d.rows")["bound"], ">= 4");
    assert_eq!(gate(&report, "data.d.rows")["policy"]["at"]["line"], 3);
    assert_eq!(gate(&report, "data.d.rows")["at"]["file"], "mlgate.yml");
    for looser in ["    rows: \">= 2\"\n", "    rows: {is: \">= 3\", severity: warning}\n", "    rows: \"<= 9\"\n"] {
        let said = refused(&place(&data(looser), policy));
        // Both places are named: the config's with its line, and the policy's.
        assert!(said.contains("mlgate.yml:6:5") && said.contains("org.yml:3:12"), "{said}");
        assert!(said.contains("`data.d.rows` is looser than the policy allows"), "{said}");
    }
}

#[test]
fn taking_a_check_off_a_column_does_not_remove_the_demand() {
    let policy = "version: 1\ndemands: {data.*.columns.*: {nulls: 0}}\n";
    let report = place(&data("    columns: {\"*\": {nulls: 0}, age: {nulls: false}}\n"), policy).report();
    assert!(ids(&report).contains(&"data.d.columns.age.nulls"));
    // A pattern that matches nothing here demands nothing here.
    let policy = "version: 1\ndemands: {data.*.columns.*_id: {unique: true}, data.*: {rows: \">= 1\"}}\n";
    assert_eq!(ids(&place(&data(""), policy).report()), ["data.d.rows"]);
    // A column by its name has to be there.
    let policy = "version: 1\ndemands: {data.*.columns.person: {unique: true}}\n";
    assert_eq!(place(&data(""), policy).report()["exit_code"], 4);
}

#[test]
fn a_metric_of_all_models_is_one_where_it_is_defined() {
    let regression = "models:\n  r: {task: regression, predictions: p.csv, key: id, label: y, prediction: p, metrics: {mean_absolute_error: {max: 9}}}\n";
    let policy = "version: 1\ndemands: {models.*.metrics.f1: {min: 0.1}}\n";
    assert_eq!(ids(&place(regression, policy).report()), ["models.r.metrics.mean_absolute_error.max"]);
    let policy = "version: 1\ndemands: {models.*.fairness.sex.selection_rate: {min_ratio: 0.0}}\n";
    assert!(ids(&place(MODEL, policy).report()).contains(&"models.m.fairness.sex.selection_rate.min_ratio"));
}

#[test]
fn a_policy_requires_more_than_gates() {
    let policy = "version: 1\nrequire: {baseline: true, fairness_by: [sex, race], longest_waiver: 30d}\n";
    let said = refused(&place(MODEL, policy));
    assert!(said.contains("requires a baseline") && said.contains("org.yml:2:21"), "{said}");
    assert!(
        said.contains("requires a fairness line of `m` by `sex` or `race`") && said.contains("mlgate.yml:4:3"),
        "{said}"
    );
    let optional = format!("baseline: {{from: b.json, required: false}}\n{MODEL}");
    assert!(refused(&place(&optional, policy)).contains("requires a baseline"));
    let waived =
        |until: &str| data(&format!("    rows: {{is: \">= 1\", waive: {{owner: a, reason: b, until: {until}}}}}\n"));
    let policy = "version: 1\nrequire: {longest_waiver: 30d}\n";
    let said = refused(&place(&waived("2024-03-01"), policy));
    assert!(said.contains("allows at most 30 days"), "{said}");
    assert_eq!(place(&waived("2024-02-10"), policy).report()["exit_code"], 0);
}

#[test]
fn a_demand_that_reaches_nothing_is_named() {
    let policy = "version: 1\ndemands:\n  models.fraud.metrics.f1: {min: 0.9}\n  \"models.*.metrics.roc_auc\": {min: 0.9}\n  \
                  data.*.columns.*_id: {unique: true}\n  models.m.metrics.accuracy: {min: 0.1}\n";
    let other = "  r: {task: regression, predictions: p.csv, key: id, label: y, prediction: p, metrics: {mean_absolute_error: {max: 9}}}\n";
    let scored = MODEL.replace("prediction: p,", "score: p,") + other;
    let report = place(&scored, policy).report();
    let notes = report["notes"].as_array().unwrap();
    let told = notes.iter().find(|note| note["id"] == "policy.unreached").unwrap_or_else(|| panic!("{notes:#?}"));
    assert_eq!(
        told["message"],
        "the policy `org.yml`: `models.fraud.metrics.f1` (3:3) reaches nothing; `models.*.metrics.roc_auc` (4:3) does not \
         reach `r`; `data.*.columns.*_id` (5:3) reaches nothing"
    );
    // Also where a part of the gates is run, and not where each is reached.
    let place = place(&scored, policy);
    let part = place.run(&["run", "--only", "models.m.**"]).stdout;
    assert!(part.contains("`models.fraud.metrics.f1` (3:3) reaches nothing"), "{part}");
    place.write("org.yml", "version: 1\ndemands: {models.m.metrics.accuracy: {min: 0.1}}\n");
    assert!(!place.run(&["run"]).stdout.contains("reaches nothing"));
}

/// Never passes: a metric that the policy demands, at a confidence with which nothing is decided.
#[test]
fn settings_of_the_whole_config_do_not_soften_a_policy() {
    let rows: String = (0..400)
        .map(|row| format!("{row},{},{},{}\n", row % 2, u8::from(row % 10 < 5), ["f", "m"][row / 4 % 2]))
        .collect();
    let predictions = format!("id,y,p,sex\n{rows}");
    let code = |config: &str, policy: &str| {
        let place = place(&format!("{config}{MODEL}").replace("min: 0.6", "min: 0.1"), policy);
        place.write("p.csv", &predictions);
        (place.run(&["run"]).code, place)
    };
    let policy = "version: 1\ndemands: {models.m.metrics.f1: {min: 0.7}}\n";
    for config in ["", "confidence: 0.9999999\n", "confidence: 0.5\n"] {
        assert_eq!(code(config, policy).0, 1, "{config}");
    }
    // A line of the repository for the same gate takes its confidence from the whole config, and is refused.
    let policy = "version: 1\ndemands: {models.m.metrics.accuracy: {min: 0.05}}\n";
    let said = refused(&code("confidence: 0.9999999\n", policy).1);
    assert!(
        said.contains("`models.m.metrics.accuracy.min` is looser than the policy allows: another confidence"),
        "{said}"
    );
    // Exact numbers have none, so there is nothing to soften.
    let place = place(
        &format!("confidence: 0.99\n{}", data("    rows: \">= 4\"\n")),
        "version: 1\ndemands: {data.d: {rows: \">= 3\"}}\n",
    );
    assert_eq!(place.report()["exit_code"], 0);
    let policy = "version: 1\ndemands: {models.*.fairness.sex.selection_rate: {min_ratio: 0.1}}\n";
    assert_eq!(code("", policy).0, 0);
    let said = refused(&code("min_cell: 150\n", policy).1);
    assert!(said.contains("`min_cell: 150` leaves out smaller groups"), "{said}");
    assert!(said.contains("mlgate.yml:3:11") && said.contains("org.yml:2:50 demands it"), "{said}");
}

/// Never passes: a model without a fairness line that could fail.
#[test]
fn a_required_fairness_line_is_one_that_counts() {
    let policy = "version: 1\nrequire: {fairness_by: [sex]}\n";
    let reported = "models:\n  n: {metrics_file: n.json, metrics: {f1: {min: 0.1}}}\n";
    let without = place(reported, policy);
    without.write("n.json", "{\"f1\": 0.5}");
    let said = refused(&without);
    assert!(said.contains("a `metrics_file` has no groups") && said.contains("org.yml:2:24"), "{said}");
    let lines = |severity: &str| {
        let fairness = format!(
            "fairness: {{by: [sex], rates: {{selection_rate: {{min_ratio: {{is: 0.1, severity: {severity}}}}}}}}}"
        );
        place(&MODEL.replace("metrics: {accuracy", &format!("{fairness}, metrics: {{accuracy")), policy)
    };
    assert!(refused(&lines("note")).contains("requires a fairness line of `m`"));
    assert!(!lines("warning").run(&["run"]).stderr.contains("requires a fairness line"));
}

#[test]
fn a_broken_policy_is_shown_with_its_own_lines() {
    for (policy, what) in [
        ("version: 1\ndemands:\n  data.*: {rowz: 1}\n", "org.yml:3:12"),
        ("version: 1\ndemands:\n  data.*: {rows: lots}\n", "org.yml:3:18"),
        ("version: 1\ndemand:\n  data.*: {rows: 1}\n", "org.yml:2:1"),
        ("version: 1\ndemands:\n  tables.*: {rows: 1}\n", "org.yml:3:3"),
    ] {
        let said = refused(&place(&data("    rows: \">= 1\"\n"), policy));
        assert!(said.contains(what), "{what}: {said}");
    }
    for (source, what) in [
        ("none.yml", "cannot be read"),
        ("/etc/hostname", "is outside the project"),
        ("https://example.org/p.yml", "pin it"),
        ("git:main", "a path or a URL"),
    ] {
        let place = Workplace::new();
        place
            .write("d.csv", ROWS)
            .write("mlgate.yml", &format!("version: 1\npolicy: [\"{source}\"]\n{}", data("    rows: 4\n")));
        assert!(refused(&place).contains(what), "{source}: {}", refused(&place));
    }
}

#[test]
fn the_command_line_and_the_environment_name_policies_too() {
    let place = Workplace::new();
    place.write("d.csv", ROWS).write("mlgate.yml", &format!("version: 1\n{}", data("    duplicate_rows: 0\n")));
    let elsewhere = Workplace::new();
    elsewhere.write("org.yml", "version: 1\ndemands: {data.*: {rows: \">= 9\"}}\n");
    let path = elsewhere.path().join("org.yml").display().to_string();
    let code = |answer: Answer| answer.code;
    assert_eq!(code(place.run(&["run"])), 0);
    assert_eq!(code(place.run(&["run", "--policy", &path])), 1);
    assert_eq!(code(run_with(place.path(), &["run"], &[("MLGATE_POLICY", &path)])), 1);
    // A variable whose source is gone is no reason to pass.
    for empty in ["", "  \n"] {
        let answer = run_with(place.path(), &["run"], &[("MLGATE_POLICY", empty)]);
        assert!(
            answer.code == 2 && answer.stderr.contains("`MLGATE_POLICY` is set and names no policy"),
            "{}",
            answer.stderr
        );
    }
    // A baseline is not blessed against a policy, and the power of its gates is told.
    for (arguments, environment) in
        [(vec!["bless", "--policy", &path], vec![]), (vec!["bless"], vec![("MLGATE_POLICY", path.as_str())])]
    {
        let answer = run_with(place.path(), &arguments, &environment);
        assert!(answer.code == 1 && answer.stderr.contains("data.d.rows"), "{}{}", answer.stdout, answer.stderr);
    }
    assert!(!place.path().join(".mlgate").exists());
    elsewhere.write("model.yml", "version: 1\ndemands: {models.*.metrics.f1: {min: 0.5}}\n");
    let path = elsewhere.path().join("model.yml").display().to_string();
    place.write("p.csv", PREDICTIONS).write("mlgate.yml", &format!("version: 1\n{MODEL}"));
    let answer = place.run(&["power", "--samples", "20", "--policy", &path]);
    assert!(
        answer.code == 0 && answer.stdout.contains("models.m.metrics.f1.min"),
        "{}{}",
        answer.stdout,
        answer.stderr
    );
}

#[test]
fn a_report_that_was_not_held_to_the_policy_is_not_blessed() {
    let place = place(&data("    rows: \">= 1\"\n"), "version: 1\ndemands: {data.*: {duplicate_rows: 0}}\n");
    place.write("more.yml", "version: 1\ndemands: {data.*.columns.id: {nulls: 0}}\n");
    let report = |more: &[&str]| {
        let run = [&["run", "--states", "--output", "json=r.json"], more].concat();
        assert_eq!(place.run(&run).code, 0);
    };
    let bless = ["bless", "--from", "r.json", "--policy", "more.yml"];
    report(&[]);
    let answer = place.run(&bless);
    assert!(answer.code == 2 && answer.stderr.contains("was not held to the policy `more.yml`"), "{}", answer.stderr);
    report(&["--policy", "more.yml"]);
    assert_eq!(place.run(&bless).code, 0);
}

#[test]
fn to_leave_a_policy_is_a_loosening() {
    let place = place(&data("    rows: \">= 1\"\n"), "version: 1\ndemands: {data.*: {duplicate_rows: 0}}\n");
    git(place.path(), &["init", "--quiet", "--initial-branch=main"]);
    let commit = || {
        git(place.path(), &["add", "--all"]);
        git(place.path(), &["commit", "--quiet", "--message=x"]);
    };
    commit();
    let found = |arguments: &[&str]| {
        let answer = place.run(&[&["guard", "--against", "main", "--format", "json"], arguments].concat());
        let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
        let changes = report["guard"]["changes"].as_array().unwrap().clone();
        changes
            .iter()
            .map(|change| format!("{} {}", change["gate"], change["kind"]).replace('"', ""))
            .collect::<Vec<_>>()
    };
    assert_eq!(found(&[]), Vec::<String>::new());
    place.write("org.yml", "version: 1\ndemands: {data.*: {duplicate_rows: \"<= 2 rows\"}}\n");
    assert_eq!(found(&[]), ["policy changed", "data.d.duplicate_rows loosened"]);
    place.write("mlgate.yml", &format!("version: 1\n{}", data("    rows: \">= 1\"\n")));
    assert_eq!(found(&[]), ["policy removed", "data.d.duplicate_rows removed"]);
}

/// The page shows the files that are provided for copying, and the policy among them is one.
#[test]
fn the_page_shows_the_examples_as_they_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/policies.md")).unwrap();
    for name in ["organisation.yml", "github.yml", "gitlab.yml"] {
        let text = std::fs::read_to_string(root.join("examples/policies").join(name)).unwrap();
        assert!(page.contains(&format!("```yaml\n{text}```\n")), "{name} is another one");
    }
    let policy = std::fs::read_to_string(root.join("examples/policies/organisation.yml")).unwrap();
    let scored = MODEL.replace("label: y,", "label: y, score: p,");
    let said = refused(&place(&format!("baseline: {{from: b.json, required: false}}\n{scored}"), &policy));
    assert!(said.contains("requires a baseline") && said.contains("requires a fairness line"), "{said}");
}
