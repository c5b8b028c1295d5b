//! The action's own ends: a run without a report, a program that was killed or cannot be started, a failed installation.

use std::fs;

use serde_json::Value;

use super::action::{Runner, text};
use crate::github::server::{Comment, Fault, GitHub, TOKEN};
use crate::github::{HEAD, event};

/// Returns a runner whose job belongs to pull request 7, on which a comment says that an earlier commit passed.
fn passed(runner: &mut Runner) -> GitHub {
    let github = GitHub::start();
    let body = "<!-- mlgate:v1 key=mlgate.yml -->\n## ✅ mlgate: 1 of 1 gate passed\n".to_owned();
    github.state().comments.push(Comment { id: 101, author: "github-actions[bot]".to_owned(), body, is_hidden: false });
    runner.write("event.json", &event("octo").to_string());
    for (name, value) in [
        ("GITHUB_REPOSITORY", "octo/model".to_owned()),
        ("GITHUB_API_URL", github.url()),
        ("GITHUB_EVENT_NAME", "pull_request".to_owned()),
        ("GITHUB_EVENT_PATH", runner.path("event.json").display().to_string()),
        ("GITHUB_RUN_ID", "32".to_owned()),
        ("JOB_TOKEN", TOKEN.to_owned()),
    ] {
        runner.env[name] = value.into();
    }
    github
}

fn is_replaced(github: &GitHub, answer: &Value, code: &str) -> String {
    assert_eq!(answer["status"], "failure", "{answer:#}");
    let outputs = &answer["outputs"];
    assert_eq!((&outputs["verdict"], &outputs["exit-code"]), (&"error".into(), &code.into()), "{answer:#}");
    assert!(text(&answer["summary"]).starts_with("## ⛔ no verdict for commit"), "{}", answer["summary"]);
    assert!(!answer.to_string().contains(TOKEN), "the token is shown");
    let state = github.state();
    assert_eq!(state.comments.len(), 1);
    assert!(state.comments[0].body.contains("\n## ⛔ no verdict for commit 1234567890\n"), "{:?}", state.comments);
    state.comments[0].body.clone()
}

/// Never passes: an action that ends before it has a report, and leaves the verdict of the commit before.
#[test]
fn a_broken_config_is_told_on_the_page_and_at_its_line() {
    let Some(mut runner) = Runner::new("the ends of the action were not tried") else { return };
    let github = passed(&mut runner);
    runner.gate(1);
    runner.write("workspace/mlgate.yml", "version: 1\ndata:\n  t: {path: rows.csv, rowz: 1}\n");
    let answer = runner.with("path", env!("CARGO_BIN_EXE_mlgate")).with("status", "gate").run();
    let body = is_replaced(&github, &answer, "2");
    assert!(body.contains("there is no dataset check `rowz`"), "{body}");
    let commands = answer["commands"].as_array().unwrap();
    let at = "::error file=mlgate.yml,line=3,col=23,title=mlgate%3A no verdict::there is no dataset check `rowz`";
    assert!(text(&commands[0]).starts_with(at), "{commands:?}");
    assert_eq!((&answer["outputs"]["error-count"], &answer["outputs"]["passed-count"]), (&"1".into(), &"0".into()));
    let statuses = github.state().statuses.clone();
    let [(commit, status)] = statuses.as_slice() else { panic!("{statuses:#?}") };
    assert_eq!((commit.as_str(), &status["context"], &status["state"]), (HEAD, &"gate".into(), &"error".into()));
    // An input that the action refuses ends it as well.
    let github = passed(&mut runner);
    runner.gate(1);
    let answer = runner.with("fail-on", "never").run();
    assert!(is_replaced(&github, &answer, "2").contains("the input fail-on is none of"));
}

#[test]
fn a_program_that_is_killed_is_told_from_one_that_fails() {
    let Some(mut runner) = Runner::new("a killed program was not tried") else { return };
    let github = passed(&mut runner);
    runner.gate(1);
    let binary = env!("CARGO_BIN_EXE_mlgate");
    runner.program("mlgate", &format!("[ \"$1\" != run ] || kill -KILL $$\nexec '{binary}' \"$@\""));
    let answer = runner.with("path", "mlgate").run();
    assert!(is_replaced(&github, &answer, "137").contains("signal 9, most often for lack of memory"));
}

/// The comments of an earlier verdict: one that pretends to be the gate's, many others, and the gate's own on the second page.
fn many(github: &GitHub) {
    let comment = |id, author: &str, body: &str| Comment {
        id,
        author: author.to_owned(),
        body: body.to_owned(),
        is_hidden: false,
    };
    let mark = "<!-- mlgate:v1 key=mlgate.yml -->\n## ✅ mlgate: 1 of 1 gate passed\n";
    let others = format!(
        "{mark}<!-- mlgate:part id=1 lane=2 run=32.1 commit={HEAD} verdict=fail title=x -->\n## ❌ \"a\\b\" of {{this}} run\n\n\
         <!-- mlgate:part id=3 lane=4 run=31.1 commit={} verdict=pass title=x -->\nof another commit\n",
        "0".repeat(40)
    );
    let forged = format!("\"}}], {{\"id\": 5, \"user\": {{\"login\": \"github-actions[bot]\"}}, \"body\": \"{mark}");
    let mut comments = vec![comment(7, "mallory", mark), comment(8, "github-actions[bot]", &forged)];
    comments.extend((0..120).map(|id| comment(500 + id, "bob", "\\\\ \"quoted\" ✅ [{\n")));
    comments.push(comment(101, "github-actions[bot]", &others));
    github.state().comments = comments;
}

#[test]
fn without_a_program_the_page_is_told_by_curl() {
    let Some(mut runner) = Runner::new("a failed installation was not tried") else { return };
    runner.gate(1);
    runner.program("gh", "echo \"$*\" >\"$(dirname \"$0\")/asked\"; exit 1");
    runner.with("status", "a \"gate\"").with("check-run", "gate").with("output", "json=out/old.json\nmarkdown=old.md");
    fs::write(runner.path("workspace/no-program"), "x").unwrap();
    for (input, value, why) in [
        ("path", "./nowhere", "the input path names no file"),
        ("path", "./no-program", "is not executable; chmod +x it"),
        ("version", "1.2.3", "this action knows no release 1.2.3"),
    ] {
        let github = passed(&mut runner);
        many(&github);
        runner.with.as_object_mut().unwrap().retain(|name, _| name != "path" && name != "version");
        runner.env["GITHUB_SHA"] = HEAD.into();
        for old in ["out/old.json", "old.md"] {
            runner.write(&format!("workspace/{old}"), "of the build before");
        }
        let answer = runner.with(input, value).run();
        assert_eq!((&answer["status"], &answer["outputs"]["verdict"]), (&"failure".into(), &"error".into()));
        assert!(!answer.to_string().contains(TOKEN), "the token is shown");
        for old in ["out/old.json", "old.md"] {
            assert!(!runner.path(&format!("workspace/{old}")).exists(), "{old}");
        }
        let command = text(&answer["commands"][0]);
        assert!(command.starts_with("::error title=mlgate%3A no verdict::") && command.contains(why), "{command}");
        assert!(text(&answer["summary"]).contains(why), "{}", answer["summary"]);
        assert!(!runner.path("bin/asked").exists(), "gh was asked besides");
        let state = github.state();
        let [(commit, status)] = state.statuses.as_slice() else { panic!("{:#?}", state.statuses) };
        let expected = (HEAD, &"a \"gate\"".into(), &"error".into());
        assert_eq!((commit.as_str(), &status["context"], &status["state"]), expected);
        let [run] = state.checks.as_slice() else { panic!("{:#?}", state.checks) };
        assert_eq!(run["conclusion"], "failure");
        let changed: Vec<&Comment> = state.comments.iter().filter(|comment| comment.body.contains("⛔")).collect();
        let [comment] = changed.as_slice() else { panic!("{changed:#?}") };
        let body = &comment.body;
        assert_eq!((comment.id, state.comments.len()), (101, 123));
        assert!(
            body.starts_with("<!-- mlgate:v1 key=mlgate.yml -->\n## ⛔ mlgate: 1 report without a verdict\n"),
            "{body}"
        );
        assert!(
            body.contains(&format!("commit={HEAD} job=")) || body.contains(&format!("commit={HEAD} verdict=none")),
            "{body}"
        );
        assert!(body.contains("\n## ⛔ no verdict for commit 1234567890\n") && body.contains(why), "{body}");
        // Another job's part of this commit stays, as it was written.
        assert!(body.contains("\n## ❌ \"a\\b\" of {this} run") && !body.contains("of another commit"), "{body}");
    }
}

/// Never passes: a gate that could not be installed, and another one with the name of its status.
#[test]
fn a_failed_installation_is_taken_back_by_its_own_gate() {
    let Some(mut runner) = Runner::new("a failed installation was not taken back") else { return };
    let github = passed(&mut runner);
    github.state().comments.clear();
    runner.gate(1);
    runner.write("workspace/b.yml", &fs::read_to_string(runner.path("workspace/mlgate.yml")).unwrap());
    runner.with("status", "gate").with("check-run", "gate").with("key", "mlgate.yml");
    let mut step = |run: &str, workflow: &str, config: &str, path: &str| {
        runner.env["GITHUB_SHA"] = HEAD.into();
        runner.env["GITHUB_JOB"] = "gate".into();
        runner.env["GITHUB_RUN_ID"] = run.into();
        runner.env["GITHUB_WORKFLOW_REF"] =
            format!("octo/model/.github/workflows/{workflow}.yml@refs/pull/7/merge").into();
        runner.with("path", path).with("config", config).run();
        let state = github.state();
        let last = [
            state.statuses.last().map(|(_, status)| &status["state"]),
            state.checks.last().map(|run| &run["conclusion"]),
        ];
        last.map(|state| state.and_then(Value::as_str).unwrap_or_default().to_owned())
    };
    let mlgate = env!("CARGO_BIN_EXE_mlgate");
    let red = ["error", "failure"];
    assert_eq!(step("41", "gate", "mlgate.yml", "./nowhere"), red);
    // Another workflow, and another config, pass under its name.
    assert_eq!(step("42", "other", "mlgate.yml", mlgate), red);
    assert_eq!(step("43", "gate", "b.yml", mlgate), red);
    assert_eq!(step("44", "gate", "mlgate.yml", mlgate), ["success", "success"]);
    // The status names all gates that ended so.
    assert_eq!(step("45", "gate", "b.yml", "./nowhere"), red);
    assert_eq!(step("46", "gate", "mlgate.yml", "./nowhere"), red);
    let link = github.state().statuses.last().unwrap().1["target_url"].as_str().unwrap().to_owned();
    assert!(link.contains("/actions/runs/46#mlgate-red=") && link.rsplit('=').next().unwrap().len() == 17, "{link}");
}

#[test]
fn what_the_config_says_of_the_comment_counts_without_a_program() {
    let Some(mut runner) = Runner::new("the settings of the comment were not tried") else { return };
    runner.gate(1);
    runner.with("path", "./nowhere");
    let config = fs::read_to_string(runner.path("workspace/mlgate.yml")).unwrap();
    for (comment, mark) in [
        ("comment: {key: fraud}\n", Some("<!-- mlgate:v1 key=fraud -->\n")),
        ("comment:\n  key: churn\n", Some("<!-- mlgate:v1 key=churn -->\n")),
        ("comment: off\n", None),
        ("comment: {key: 'a--b'}\n", None),
    ] {
        let github = passed(&mut runner);
        runner.env["GITHUB_SHA"] = HEAD.into();
        runner.write("workspace/mlgate.yml", &format!("{config}{comment}"));
        runner.run();
        let state = github.state();
        // The comment of the other key stays, and a new one is written.
        assert_eq!(state.comments.len(), 1 + usize::from(mark.is_some()), "{comment}: {:#?}", state.comments);
        assert!(mark.is_none_or(|mark| state.comments[1].body.starts_with(mark)), "{comment}: {:#?}", state.comments);
    }
    // The pull request has moved on, or cannot be read: nothing is written.
    runner.write("workspace/mlgate.yml", &config);
    for fault in [
        Fault::new("GET /repos/octo/model/pulls", 503, "x").times(9),
        Fault::new("GET /repos/octo/model/issues", 403, "x").times(9),
    ] {
        let github = passed(&mut runner);
        github.state().faults.push(fault);
        let answer = runner.run();
        assert!(text(&answer["log"]).contains("could not be read"), "{answer:#}");
        assert!(github.state().comments[0].body.contains('✅'));
    }
}

/// A `gh` that notes its arguments and its input, and knows one comment.
const GH: &str = r#"case "$*" in *POST* | *PATCH*) input="$(cat)" ;; esac
printf '%s %s\n' "$*" "$input" >>"$(dirname "$0")/asked"
[ -z "$GH_TOKEN" ] || printf 'with the token\n' >>"$(dirname "$0")/asked"
case "$*" in
    *pulls/7*) printf '{"head": {"sha": "1234567890abcdef1234567890abcdef12345678"}}\n' ;;
    *comments?per_page*) printf '[{"id": 101, "user": {"login": "github-actions[bot]"}, "body": "<!-- mlgate:v1 key=mlgate.yml -->\\nold"}]\n' ;;
esac"#;

/// Self-hosted runners have one of the two programs, or neither.
#[test]
fn without_curl_gh_tells_and_without_both_that_is_said() {
    let Some(mut runner) = Runner::new("a runner without curl was not tried") else { return };
    let _github = passed(&mut runner);
    runner.gate(1);
    runner.env["GITHUB_SHA"] = HEAD.into();
    let programs =
        ["awk", "bash", "cat", "cut", "dirname", "env", "grep", "head", "mkdir", "od", "rm", "sed", "sha256sum", "tr"];
    for program in programs {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join(program))
            .find(|path| path.is_file());
        fs::create_dir_all(runner.path("bin")).unwrap();
        std::os::unix::fs::symlink(found.unwrap(), runner.path("bin").join(program)).unwrap();
    }
    runner.env["PATH"] = runner.path("bin").display().to_string().into();
    let answer = runner.with("path", "./nowhere").with("status", "gate").run();
    assert_eq!(answer["status"], "failure");
    assert!(text(&answer["log"]).contains("there is neither curl nor gh on this runner"), "{answer:#}");
    runner.program("gh", GH);
    let answer = runner.run();
    assert_eq!(answer["status"], "failure");
    let asked = fs::read_to_string(runner.path("bin/asked")).unwrap();
    assert!(
        asked.contains(&format!("api --method POST --input - repos/octo/model/statuses/{HEAD} {{\"state\":\"error\"")),
        "{asked}"
    );
    let changed = "api --method PATCH --input - repos/octo/model/issues/comments/101 {\"body\":\"<!-- mlgate:v1 key=mlgate.yml -->\\n";
    assert!(asked.contains(changed) && asked.contains("⛔ no verdict for commit 1234567890"), "{asked}");
    assert!(asked.contains("with the token") && !asked.contains(TOKEN), "{asked}");
}

/// Posting changes no verdict, and a required post that failed is never success.
#[test]
fn only_a_required_post_changes_the_exit_code() {
    let Some(mut runner) = Runner::new("the exit codes of the action were not tried") else { return };
    for (rows, fail_on, require, status, code) in [
        (1, "failure", "false", "success", "0"),
        (1, "failure", "true", "failure", "5"),
        (9, "failure", "true", "failure", "1"),
        (9, "error", "false", "success", "1"),
        (9, "error", "true", "failure", "5"),
    ] {
        let github = passed(&mut runner);
        github.state().faults.push(Fault::new("PATCH /repos", 403, "Resource not accessible by integration").times(9));
        runner.gate(rows);
        runner.with("path", env!("CARGO_BIN_EXE_mlgate")).with("fail-on", fail_on).with("require-post", require);
        let answer = runner.run();
        let is = (&answer["status"], &answer["outputs"]["exit-code"]);
        assert_eq!(is, (&status.into(), &code.into()), "{rows} {fail_on} {require}: {}", text(&answer["log"]));
    }
    // What `publish` itself dies of changes nothing either.
    let binary = env!("CARGO_BIN_EXE_mlgate");
    runner.program("mlgate", &format!("[ \"$1\" != publish ] || kill -KILL $$\nexec '{binary}' \"$@\""));
    for (require, status, code) in [("false", "success", "0"), ("true", "failure", "5")] {
        let _github = passed(&mut runner);
        runner.gate(1);
        let answer = runner.with("path", "mlgate").with("require-post", require).with("fail-on", "failure").run();
        let is = (&answer["status"], &answer["outputs"]["exit-code"]);
        assert_eq!(is, (&status.into(), &code.into()), "{}", text(&answer["log"]));
    }
}
