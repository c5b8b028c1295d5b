//! The other side: which commit, whose settings, and what is said where there is none.

use super::*;

const STRICT: &str = "rows: \">= 4\"";
const LOOSE: &str = "rows: \">= 1\"";

fn guarded(guard: &str, line: &str) -> String {
    format!("version: 1\nguard: {guard}\ndata:\n  d:\n    path: d.csv\n    {line}\n")
}

#[test]
fn in_a_pull_request_a_loosened_gate_warns_by_default() {
    let project = Project::new(&[("mlgate.yml", &config(STRICT))]);
    project.commit(&[("mlgate.yml", &config(LOOSE))]);
    let (report, answer) = project.job(&[]);
    assert_eq!(found(&report), pairs(&[("data.d.rows", "loosened")]));
    assert_eq!((answer.code, report["verdict"].as_str()), (0, Some("warn")));
    let change = &report["guard"]["changes"][0];
    assert_eq!((change["from"].as_str(), change["to"].as_str()), (Some(">= 4"), Some(">= 1")));
    assert_eq!((change["at"]["file"].as_str(), change["at"]["line"].as_u64()), (Some("mlgate.yml"), Some(5)));
    assert_eq!(report["guard"]["effect"], "warns");
    let main = git(project.folder(), &["rev-parse", "main"]);
    assert_eq!(report["guard"]["against"], format!("commit {}", &main[..12]));
    // The exit code for warnings counts it as well.
    assert_eq!(project.job(&["--warn-exit-code"]).1.code, 3);
}

#[test]
fn what_is_tightened_or_the_same_does_not_warn() {
    let project = Project::new(&[("mlgate.yml", &config(LOOSE))]);
    assert_eq!(project.found(), []);
    project.commit(&[("mlgate.yml", &config(STRICT))]);
    let (report, _) = project.job(&[]);
    assert_eq!(found(&report), pairs(&[("data.d.rows", "tightened")]));
    assert_eq!(report["verdict"], "pass");
}

#[test]
fn the_settings_are_those_of_the_other_side() {
    let strict = guarded("{on_loosened: fail}", STRICT);
    let project = Project::new(&[("mlgate.yml", &strict)]);
    for (own, also) in [("off", true), ("note", true), ("{against: HEAD, on_loosened: fail}", false)] {
        project.commit(&[("mlgate.yml", &guarded(own, LOOSE))]);
        let (report, answer) = project.job(&[]);
        assert_eq!((answer.code, report["verdict"].as_str()), (1, Some("fail")), "{own}");
        let key = if also { "guard.on_loosened" } else { "guard.against" };
        assert_eq!(found(&report), pairs(&[(key, "loosened"), ("data.d.rows", "loosened")]), "{own}");
    }
    // To switch it off is a loosening by itself.
    project.commit(&[("mlgate.yml", &guarded("off", STRICT))]);
    assert_eq!(project.job(&[]).1.code, 1);
    // With what the other side has, the change passes again.
    project.commit(&[("mlgate.yml", &strict)]);
    assert_eq!(project.job(&[]).1.code, 0);
}

#[test]
fn the_other_side_may_ask_for_less() {
    for (guard, verdict) in [("note", "pass"), ("off", "pass"), ("warn", "warn")] {
        let project = Project::new(&[("mlgate.yml", &guarded(guard, STRICT))]);
        project.commit(&[("mlgate.yml", &guarded(guard, LOOSE))]);
        let (report, _) = project.job(&[]);
        assert_eq!(report["verdict"], verdict, "{guard}");
        assert_eq!(report["guard"]["on_loosened"], guard);
        assert_eq!(found(&report).is_empty(), guard == "off");
    }
}

#[test]
fn the_other_side_names_another_commit_to_compare_with() {
    let project = Project::new(&[("mlgate.yml", &config(STRICT))]);
    git(project.folder(), &["branch", "--quiet", "release"]);
    git(project.folder(), &["checkout", "--quiet", "main"]);
    project.commit(&[("mlgate.yml", &guarded("{against: release}", LOOSE))]);
    git(project.folder(), &["checkout", "--quiet", "-B", "pr"]);
    assert_eq!(project.found(), pairs(&[("guard.against", "loosened"), ("data.d.rows", "loosened")]));
}

#[test]
fn on_a_laptop_it_is_off_and_says_so() {
    let project = Project::new(&[("mlgate.yml", &config(STRICT))]);
    project.commit(&[("mlgate.yml", &config(LOOSE))]);
    let (report, _) = project.run(&[], &[]);
    assert_eq!((report["verdict"].as_str(), report["guard"]["on_loosened"].as_str()), (Some("pass"), Some("off")));
    assert!(notes(&report).contains("nothing says where the change goes"), "{report:#}");
    let text = project.command(&["run"]).stdout;
    assert!(
        text.contains("guard      off, as nothing says where the change goes; `mlgate guard` compares\n"),
        "{text}"
    );
    // Asked for by name, it takes the usual target.
    let answer = project.command(&["guard"]);
    assert!(answer.stdout.contains("this change loosens 1 gate"), "{}{}", answer.stdout, answer.stderr);
}

#[test]
fn in_a_ci_without_a_target_it_warns_that_it_could_not_look() {
    let project = Project::new(&[("mlgate.yml", &config(STRICT))]);
    for system in [("CI", "true"), ("JENKINS_URL", "https://ci.example.org"), ("TF_BUILD", "True")] {
        let (report, answer) = project.run(&[], &[system]);
        assert_eq!((answer.code, report["verdict"].as_str()), (0, Some("warn")), "{system:?}");
        assert!(notes(&report).contains("could not look"), "{report:#}");
    }
    // A guard that fails has to look.
    project.commit(&[("mlgate.yml", &guarded("fail", STRICT))]);
    let answer = run_with(project.folder(), &["run"], &[("CI", "true")]);
    assert_eq!(answer.code, 4, "{}", answer.stderr);
    assert!(answer.stderr.contains("does not know the other side") && answer.stderr.contains("--against"));
    // The change's own config does not choose the side that it is compared with.
    project.commit(&[("mlgate.yml", &guarded("{against: HEAD}", LOOSE))]);
    let (report, _) = project.run(&[], &[("CI", "true")]);
    assert_eq!(report["verdict"], "warn");
}

#[test]
fn a_shallow_clone_is_said_to_be_one() {
    let project = Project::new(&[("mlgate.yml", &config(STRICT))]);
    project.commit(&[("mlgate.yml", &config(LOOSE))]);
    let clone = Workplace::new();
    let url = format!("file://{}", project.folder().display());
    git(clone.path(), &["clone", "--quiet", "--depth=1", "--branch=pr", &url, "."]);
    let (report, _) = clone.report_with(&[], &JOB);
    assert_eq!(report["verdict"], "warn");
    assert!(notes(&report).contains("fetch-depth: 0"), "{report:#}");
}

#[test]
fn without_a_repository_there_is_no_other_side_and_no_noise() {
    let place = Workplace::new();
    place.write("d.csv", ROWS).write("mlgate.yml", &config(STRICT));
    let (report, _) = place.report_with(&[], &JOB);
    assert!(report.get("guard").is_none() && report["verdict"] == "pass", "{report:#}");
    let answer = place.run(&["guard"]);
    assert_eq!(answer.code, 2, "{}", answer.stderr);
    assert!(answer.stderr.contains("--against PATH"));
}

#[test]
fn a_first_config_is_said_to_be_the_first() {
    let project = Project::new(&[("readme.md", "x")]);
    project.commit(&[("mlgate.yml", &config(LOOSE))]);
    let (report, _) = project.job(&[]);
    assert_eq!(report["verdict"], "pass");
    assert!(notes(&report).contains("first config"), "{report:#}");
}

#[test]
fn a_config_that_moved_is_told_and_not_guessed() {
    let project = Project::new(&[("mlgate.yml", &guarded("fail", STRICT))]);
    project.remove("mlgate.yml");
    project.commit(&[("gate.yml", &guarded("off", LOOSE))]);
    let (report, answer) = project.job(&["--config", "gate.yml"]);
    // The setting of the config that is gone is in force: to rename it does not switch the guard off.
    assert_eq!((answer.code, report["guard"]["effect"].as_str()), (1, Some("blocks")), "{}", answer.stderr);
    assert!(notes(&report).contains("`mlgate.yml` is gone"), "{report:#}");
    let answer = project.command(&["guard", "--config", "gate.yml", "--against", "main:mlgate.yml"]);
    assert!(answer.code == 1 && answer.stdout.contains("data.d.rows"), "{}{}", answer.stdout, answer.stderr);
    // Into another folder.
    project.remove("gate.yml");
    project.commit(&[("ops/mlgate.yml", &config(LOOSE).replace("d.csv", "../d.csv"))]);
    let (report, _) = project.job(&["--config", "ops/mlgate.yml"]);
    assert!(notes(&report).contains(":../mlgate.yml"), "{report:#}");
}

#[test]
fn a_config_of_another_version_is_told() {
    let project = Project::new(&[("mlgate.yml", &config(STRICT).replace("version: 1", "version: 2"))]);
    project.commit(&[("mlgate.yml", &config(LOOSE))]);
    let (report, _) = project.job(&[]);
    assert_eq!((report["verdict"].as_str(), report["guard"]["against"].is_null()), (Some("warn"), true));
    assert!(notes(&report).contains("configs of version 1"), "{report:#}");
    // Checks that this version does not have.
    let project = Project::new(&[("mlgate.yml", &config("rowz: 1"))]);
    project.commit(&[("mlgate.yml", &config(LOOSE))]);
    let (report, _) = project.job(&[]);
    assert!(notes(&report).contains("rowz"), "{report:#}");
    assert_eq!(report["verdict"], "warn");
}

#[test]
fn a_commit_precedes_a_path_of_the_same_name() {
    let project = Project::new(&[("mlgate.yml", &config(STRICT))]);
    project.commit(&[("mlgate.yml", &config(LOOSE)), ("main", &config(LOOSE)), ("other.yml", &config(STRICT))]);
    for (against, gates) in [("main", 1), ("merge-base", 1), ("git:main", 1), ("other.yml", 1), ("./main", 0)] {
        let answer = project.command(&["guard", "--against", against, "--format", "json"]);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
        assert_eq!(found(&report).len(), gates, "{against}");
    }
    let answer = project.command(&["guard", "--against", "nowhere"]);
    assert!(answer.code == 2 && answer.stderr.contains("no such commit, and no such config"), "{}", answer.stderr);
    let answer = project.command(&["guard", "--against=--upload-pack=x"]);
    assert_eq!(answer.code, 2);
}

#[test]
fn a_policy_of_the_job_is_part_of_the_command_that_repeats_the_report() {
    let project = Project::new(&[
        ("mlgate.yml", &config("rows: \">= 1\"")),
        ("o r.yml", "version: 1\ndemands: {data.*: {rows: \">= 1\"}}\n"),
    ]);
    assert_eq!(project.job(&["--policy", "o r.yml"]).0["run"]["policies"], serde_json::json!(["o r.yml"]));
    let page = run_with(project.folder(), &["run", "--format", "markdown", "--policy", "o r.yml"], &JOB).stdout;
    assert!(page.contains("mlgate run --config mlgate.yml --policy 'o r.yml'  # this report"), "{page}");
}

#[test]
fn the_config_of_the_other_side_can_judge() {
    let project = Project::new(&[("mlgate.yml", &config("rows: \">= 5\""))]);
    project.commit(&[("mlgate.yml", &config(LOOSE))]);
    assert_eq!(project.job(&[]).1.code, 0);
    let (report, answer) = project.job(&["--config-from", "main"]);
    assert_eq!((answer.code, report["gates"][0]["bound"].as_str()), (1, Some(">= 5")));
    // What the change does to its own config is told all the same.
    assert_eq!(found(&report), pairs(&[("data.d.rows", "loosened")]));
    assert!(report["notes"].to_string().contains("judged by the config of commit"), "{report:#}");
    // The command that repeats the report names the commit, which a branch soon does not.
    let commit = git(project.folder(), &["rev-parse", "main"]);
    assert_eq!(report["run"]["config_from"], commit.as_str());
    let page =
        run_with(project.folder(), &["run", "--format", "markdown", "--config-from", "main:mlgate.yml"], &JOB).stdout;
    let repeat = format!("mlgate run --config mlgate.yml --config-from {commit}:mlgate.yml  # this report");
    assert!(page.contains(&repeat), "{page}");
    let repeated =
        project.command(&["run", "--config", "mlgate.yml", "--config-from", &format!("{commit}:mlgate.yml")]);
    assert_eq!(repeated.code, 1);
    let answer = project.command(&["run", "--config-from", "nowhere"]);
    assert!(answer.code == 4 && answer.stderr.contains("nowhere"), "{}", answer.stderr);
}
