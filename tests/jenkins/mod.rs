//! The step of the shared library for Jenkins, run by Groovy with a stand-in for the controller.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::support::Workplace;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the program `groovy`, or says that a test was skipped.
fn groovy(what: &str) -> Option<PathBuf> {
    let program = PathBuf::from(env::var_os("MLGATE_GROOVY").unwrap_or_else(|| "groovy".into()));
    let is_there = Command::new(&program).arg("--version").output().is_ok_and(|output| output.status.success());
    if is_there {
        return Some(program);
    }
    assert!(env::var_os("MLGATE_REQUIRE_GROOVY").is_none(), "there is no groovy, and it is required");
    let skipped = format!("SKIPPED: {what}: there is no groovy on the path or in MLGATE_GROOVY\n");
    std::io::stderr().write_all(skipped.as_bytes()).unwrap();
    None
}

/// A folder with a Jenkinsfile that calls the step.
struct Pipeline {
    place: Workplace,
    groovy: PathBuf,
    variables: Vec<(&'static str, String)>,
}

impl Pipeline {
    fn new(groovy: PathBuf, step: &str) -> Self {
        let place = Workplace::new();
        let file = format!(
            "@Library('mlgate') _\npipeline {{\n agent any\n stages {{\n  stage('mlgate') {{ steps {{ {step} }} }}\n  \
             stage('deploy') {{ steps {{ echo 'deployed' }} }}\n }}\n post {{ always {{ echo 'cleaned' }} }}\n}}\n"
        );
        place.write("Jenkinsfile", &file).write("rows.csv", "a\n1\n2\n3\n");
        Self { place, groovy, variables: Vec::new() }
    }

    /// Puts a program in mlgate's place that writes down its arguments and its token, and ends with a code.
    fn faked(self, code: i32) -> Self {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$@\" > arguments\nprintf '%s' \"$MLGATE_TOKEN\" > token\n: > mlgate-report.json\nexit {code}\n"
        );
        self.place.write("fake", &script);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(self.place.path().join("fake"), fs::Permissions::from_mode(0o755)).unwrap();
        }
        self
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.to_owned()));
        self
    }

    fn run(&self) -> String {
        let kept = ["PATH", "JAVA_HOME", "HOME"].into_iter().filter_map(|name| Some((name, env::var(name).ok()?)));
        let output = Command::new(&self.groovy)
            .arg(root().join("tests/jenkins/runner.groovy"))
            .args([Path::new("Jenkinsfile"), &root().join("vars")])
            .current_dir(self.place.path())
            .env_clear()
            .envs(kept)
            .envs(self.variables.iter().map(|(name, value)| (*name, value)))
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    fn arguments(&self) -> Vec<String> {
        self.place.read("arguments").lines().map(str::to_owned).collect()
    }
}

#[test]
fn each_exit_code_has_its_result() {
    for (code, result, said) in [
        (0, "SUCCESS", "deployed"),
        (1, "FAILURE", "a gate failed"),
        (2, "FAILURE", "the options or the config are wrong"),
        (3, "UNSTABLE", "mlgate: warnings"),
        (4, "FAILURE", "something could not be evaluated"),
        (5, "FAILURE", "the report could not be posted"),
        (137, "FAILURE", "it could not be run, or was killed (exit code 137)"),
    ] {
        let Some(groovy) = groovy("the step for Jenkins was not run") else { return };
        let text = Pipeline::new(groovy, "mlgate(program: './fake')").faked(code).run();
        assert!(text.contains(&format!("Finished: {result}")) && text.contains(said), "{code}: {text}");
        assert_eq!(text.contains("[echo] deployed"), matches!(code, 0 | 3), "{code}: {text}");
        // Whatever the verdict, the reports are kept and the stages' ends are reached.
        for step in ["[step] junit [testResults:mlgate-junit.xml", "[step] archiveArtifacts", "[echo] cleaned"] {
            assert!(text.contains(step), "{code}: {text}");
        }
        assert!(!text.contains("recordIssues") && !text.contains("publishHTML"), "{text}");
    }
}

#[test]
fn warnings_and_failures_may_count_otherwise() {
    for (fail_on, code, result) in [
        ("warning", 3, "FAILURE"),
        ("warning", 1, "FAILURE"),
        ("error", 1, "UNSTABLE"),
        ("error", 4, "FAILURE"),
        ("failure", 3, "UNSTABLE"),
    ] {
        let Some(groovy) = groovy("the step for Jenkins was not run") else { return };
        let step = format!("mlgate(program: './fake', failOn: '{fail_on}')");
        let text = Pipeline::new(groovy, &step).faked(code).run();
        assert!(text.contains(&format!("Finished: {result}")), "{fail_on} {code}: {text}");
    }
}

#[test]
fn options_are_values_and_no_words_of_a_shell() {
    let Some(groovy) = groovy("options were not tried") else { return };
    let hostile = "a b'; touch pwned; \"$(touch pwned)`touch pwned`";
    let quoted = hostile.replace('\'', "\\'");
    let step = format!(
        "mlgate(program: './fake', config: '{quoted}', only: '{quoted}', baseline: '{quoted}', key: '{quoted}', \
         status: '{quoted}', forge: 'gitlab', comment: 'off', credentialsId: 'token', issues: true, requirePost: true)"
    );
    let pipeline = Pipeline::new(groovy, &step).faked(0).with("CHANGE_ID", "7");
    let text = pipeline.run();
    assert!(text.contains("Finished: SUCCESS"), "{text}");
    let arguments = pipeline.arguments();
    for name in ["--only", "--baseline", "--key", "--status"] {
        assert!(arguments.contains(&format!("{name}={hostile}")), "{arguments:#?}");
    }
    assert!(arguments.contains(&hostile.to_owned()) && arguments.contains(&"--forge=gitlab".to_owned()));
    assert!(!pipeline.place.path().join("pwned").exists());
    assert_eq!(pipeline.place.read("token"), "secret-of-token");
    assert!(!text.contains("secret-of-token"), "{text}");
    assert!(text.contains("[step] recordIssues [enabledForFailure:true, tools:[[id:mlgate"), "{text}");
}

#[test]
fn a_build_of_a_branch_posts_nothing_and_a_wrong_option_is_said() {
    let Some(groovy) = groovy("options were not tried") else { return };
    let pipeline = Pipeline::new(groovy.clone(), "mlgate(program: './fake', status: 'gate')").faked(0);
    pipeline.run();
    assert!(!pipeline.arguments().iter().any(|word| word == "--publish"), "{:#?}", pipeline.arguments());
    let text = Pipeline::new(groovy.clone(), "mlgate(settings: 'x')").run();
    assert!(text.contains("`settings` is not an option; the options are config, program"), "{text}");
    let text = Pipeline::new(groovy.clone(), "mlgate(failOn: 'never')").run();
    assert!(text.contains("failOn is `never`"), "{text}");
    let text = Pipeline::new(groovy, "mlgate()").with("FAKE_WINDOWS", "1").run();
    assert!(text.contains("needs an agent with a POSIX shell"), "{text}");
}

#[test]
fn mlgate_itself_ends_the_stage_as_its_verdict_says() {
    let program = env!("CARGO_BIN_EXE_mlgate");
    for (demand, result) in [
        ("\">= 3\"", "SUCCESS"),
        ("\">= 9\"", "FAILURE"),
        ("{is: \">= 9\", severity: warning}", "UNSTABLE"),
        ("[", "FAILURE"),
    ] {
        let Some(groovy) = groovy("the step for Jenkins was not run") else { return };
        let pipeline = Pipeline::new(groovy, &format!("mlgate(program: '{program}')"));
        // A report of the build before is not kept where a run ends without one.
        pipeline.place.write("mlgate-report.json", "old");
        pipeline.place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: rows.csv, rows: {demand}}}\n"));
        let text = pipeline.run();
        assert!(text.contains(&format!("Finished: {result}")), "{demand}: {text}");
        let is_there = pipeline.place.path().join("mlgate-report.json").is_file();
        assert_eq!(is_there, demand != "[", "{demand}");
        assert!(pipeline.place.path().join("mlgate-junit.xml").is_file(), "{demand}");
    }
}

#[test]
fn the_primary_branch_alone_stores_a_baseline() {
    let program = env!("CARGO_BIN_EXE_mlgate");
    let main = [("BRANCH_NAME", "main"), ("BRANCH_IS_PRIMARY", "true")];
    let change = [("BRANCH_NAME", "PR-7"), ("BRANCH_IS_PRIMARY", "true"), ("CHANGE_ID", "7")];
    let feature = [("BRANCH_NAME", "feature")];
    for (variables, demand, result, is_stored) in [
        (&main[..], 3, "SUCCESS", true),
        (&main, 9, "FAILURE", false),
        (&change, 3, "SUCCESS", false),
        (&feature, 3, "SUCCESS", false),
    ] {
        let Some(groovy) = groovy("the step that blesses was not run") else { return };
        let mut pipeline = Pipeline::new(groovy, &format!("mlgateBless(program: '{program}', output: 'b.json')"));
        for (name, value) in variables {
            pipeline = pipeline.with(name, value);
        }
        pipeline.place.write("mlgate.yml", &format!("version: 1\ndata:\n  t: {{path: rows.csv, rows: {demand}}}\n"));
        let text = pipeline.run();
        assert!(text.contains(&format!("Finished: {result}")), "{variables:?} {demand}: {text}");
        assert_eq!(pipeline.place.path().join("b.json").is_file(), is_stored, "{variables:?} {demand}: {text}");
        assert_eq!(text.contains("[step] archiveArtifacts [artifacts:b.json"), is_stored, "{variables:?}: {text}");
    }
}

/// The example and the page call the step with options that it has.
#[test]
fn examples_use_known_options() {
    let step = fs::read_to_string(root().join("vars/mlgate.groovy")).unwrap();
    let known = step.split_once("Map known = [").unwrap().1.split_once(']').unwrap().0.to_owned();
    let page = fs::read_to_string(root().join("docs/jenkins.md")).unwrap();
    let example = fs::read_to_string(root().join("examples/jenkins/Jenkinsfile.library")).unwrap();
    let mut calls = 0;
    for text in [&page, &example] {
        for call in text.split("mlgate(").skip(1) {
            let Some((inside, _)) = call.split_once(')') else { continue };
            for option in inside.split(',').filter_map(|pair| Some(pair.split_once(':')?.0.trim())) {
                assert!(known.contains(&format!("{option}: ")), "{option}");
                calls += 1;
            }
        }
    }
    assert!(calls > 3, "{calls}");
    for option in known.split(',').filter_map(|pair| Some(pair.trim().split_once(':')?.0)) {
        assert!(page.contains(&format!("| `{option}` |")), "docs/jenkins.md does not tell of {option}");
    }
}
