//! The inputs of the action: who sees a secret, and what is said of a wrong one.

use std::fs;

use serde_json::json;

use super::action::{Runner, text};
use crate::github::server::{GitHub, TOKEN};

/// A mirror's secret is sent to the mirror, and is neither an argument nor a variable of a program.
#[test]
fn a_mirror_may_ask_who_is_there() {
    let Some(mut runner) = Runner::new("mirrors with a secret were not tried") else { return };
    let binary = runner.stand_in();
    runner.release(&binary);
    runner.program("curl", "cat >\"$RUNNER_TEMP/../../stdin\"; echo \"$*\" >\"$RUNNER_TEMP/../../seen\"; env >>\"$RUNNER_TEMP/../../seen\"; exit 22");
    for (secret, line) in [("tok_1", "header = \"Authorization: Bearer tok_1\"\n"), ("me:pw_1", "user = \"me:pw_1\"\n")]
    {
        runner.with("mirror", "https://mirror.invalid/x").with("mirror-token", secret).run();
        assert_eq!(fs::read_to_string(runner.path("stdin")).unwrap(), line);
        let seen = fs::read_to_string(runner.path("seen")).unwrap();
        assert!(seen.contains("mirror.invalid") && !seen.contains(secret), "{seen}");
    }
    let answer = runner.with("mirror", "http://mirror.invalid/x").run();
    assert!(text(&answer["log"]).contains("is for a mirror with https"), "{}", answer["log"]);
}

/// The token fetches the action's own baseline.
#[test]
fn a_baseline_in_an_artifact_is_fetched_with_the_input() {
    let Some(mut runner) = Runner::new("the token of the baseline was not tried") else { return };
    let github = GitHub::start();
    runner.gate(1);
    runner.write("workspace/mlgate.yml", "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= baseline\"}\n");
    for (name, value) in [("GITHUB_REPOSITORY", "octo/model".to_owned()), ("GITHUB_API_URL", github.url())] {
        runner.env[name] = value.into();
    }
    let answer = runner.binary().with("token", TOKEN).with("baseline", "github-artifact:base").run();
    // There is no such artifact, and the server was asked with the token.
    assert!(text(&answer["log"]).contains("no successful run on `main` has an artifact `base`"), "{}", answer["log"]);
    assert!(!answer.to_string().contains(TOKEN), "the token is shown");
}

/// Each refusal names the input at fault, as an annotation and in the summary.
#[test]
fn a_refusal_says_which_input_is_wrong() {
    let Some(mut runner) = Runner::new("refusals of the action were not tried") else { return };
    runner.gate(1);
    runner.write("workspace/plain", "no program");
    for (name, value, said) in [
        ("path", "./gone/mlgate", "the input path names no file"),
        ("path", "./plain", "not executable"),
        ("version", "v1.2.3", "this action knows no release 1.2.3 for Linux X64"),
        ("config", "mlgate.yml\nother.yml", "the input config names one config"),
    ] {
        runner.with = json!({});
        if name == "config" {
            runner.binary();
        }
        let answer = runner.with(name, value).run();
        let commands = answer["commands"].to_string();
        assert!(commands.contains("::error title=mlgate::") && commands.contains(said), "{name}: {answer:#}");
        assert!(text(&answer["summary"]).contains("**mlgate "), "{name}: {answer:#}");
    }
}
