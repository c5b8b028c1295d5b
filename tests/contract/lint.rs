//! Linters of the action, the workflows, the examples and the scripts.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use super::{python, root, said, tools};

/// Returns the files of a folder with one of these endings.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no {ending}");
    found
}

fn workflows() -> Vec<PathBuf> {
    [files(".github/workflows", ".yml"), files("examples/github", ".yml"), blocks()].concat()
}

/// Returns the workflows in the documents, which people copy, as files that linters can read.
fn blocks() -> Vec<PathBuf> {
    let folder = env::temp_dir().join(format!("mlgate-blocks-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut written = Vec::new();
    for page in files("docs", ".md") {
        let text = fs::read_to_string(&page).unwrap();
        let text = text.replace("```yaml .github/workflows/mlgate.yml\n", "```yaml\n");
        for (index, block) in text.split("```yaml\n").skip(1).enumerate() {
            let block = block.split("```").next().unwrap();
            if block.contains("\njobs:") {
                let name = format!("{}-{index}.yml", page.file_stem().unwrap().to_string_lossy());
                fs::write(folder.join(&name), block).unwrap();
                written.push(folder.join(name));
            }
        }
    }
    assert!(!written.is_empty(), "the documents have no workflow");
    written
}

/// The documents show exactly the files that are provided for copying.
#[test]
fn documents_show_the_examples_as_they_are() {
    let page = fs::read_to_string(root().join("docs/github.md")).unwrap();
    for example in files("examples/github", ".yml") {
        let text = fs::read_to_string(&example).unwrap();
        assert!(page.contains(&format!("```yaml\n{text}```\n")), "{} is another one", example.display());
    }
}

fn clean(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", said(&output));
}

#[test]
fn workflows_say_what_they_mean() {
    let Some(tools) = tools("workflows were not linted") else { return };
    let mut actionlint = python(&tools, "actionlint");
    actionlint.arg("-no-color").args(workflows());
    clean(actionlint);
    let mut schema = python(&tools, "check-jsonschema");
    schema.args(["--builtin-schema", "vendor.github-workflows"]).args(workflows());
    clean(schema);
    let mut schema = python(&tools, "check-jsonschema");
    schema.args(["--builtin-schema", "vendor.github-actions", "action.yml"]);
    clean(schema);
}

#[test]
fn examples_of_other_systems_are_of_their_schemas() {
    let Some(tools) = tools("examples of other CI systems were not checked") else { return };
    for (schema, folder, more) in [
        ("vendor.gitlab-ci", "gitlab", &["--data-transform", "gitlab-ci"][..]),
        ("vendor.azure-pipelines", "azure", &["--regex-variant", "nonunicode"]),
        ("vendor.bitbucket-pipelines", "bitbucket", &[]),
        ("vendor.buildkite", "buildkite", &[]),
        ("vendor.circle-ci", "circleci", &[]),
        ("vendor.github-workflows", "gitea", &[]),
        ("vendor.woodpecker-ci", "woodpecker", &[]),
        ("vendor.drone-ci", "drone", &[]),
    ] {
        let mut command = python(&tools, "check-jsonschema");
        command.args(["--builtin-schema", schema]).args(more).args(files(&format!("examples/{folder}"), ".yml"));
        clean(command);
    }
}

/// The quick start of each system is of its schema, and shorter than twenty lines.
#[test]
fn quick_starts_are_short_and_of_their_schemas() {
    let page = fs::read_to_string(root().join("docs/ci-quickstart.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut written = Vec::new();
    for block in page.split("\n```").skip(1).step_by(2) {
        let (info, text) = block.split_once('\n').unwrap();
        assert!(text.lines().count() < 20, "{info} has {} lines", text.lines().count());
        if let Some(name) = info.strip_prefix("yaml ") {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text.to_owned() + "\n").unwrap();
            written.push((name.to_owned(), path));
        }
    }
    let schemas = [
        (".github/workflows/mlgate.yml", "vendor.github-workflows", &[][..]),
        (".gitlab-ci.yml", "vendor.gitlab-ci", &["--data-transform", "gitlab-ci"]),
        ("azure-pipelines.yml", "vendor.azure-pipelines", &["--regex-variant", "nonunicode"]),
        ("bitbucket-pipelines.yml", "vendor.bitbucket-pipelines", &[]),
        (".buildkite/pipeline.yml", "vendor.buildkite", &[]),
        (".circleci/config.yml", "vendor.circle-ci", &[]),
        (".drone.yml", "vendor.drone-ci", &[]),
        (".gitea/workflows/mlgate.yml", "vendor.github-workflows", &[]),
        (".woodpecker/mlgate.yml", "vendor.woodpecker-ci", &[]),
    ];
    let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, schemas.map(|(name, _, _)| name));
    let Some(tools) = tools("the quick starts were not checked") else { return };
    for ((_, path), (_, schema, more)) in written.iter().zip(schemas) {
        let mut command = python(&tools, "check-jsonschema");
        command.args(["--builtin-schema", schema]).args(more).arg(path);
        clean(command);
    }
}

#[test]
fn forms_and_updates_are_what_github_reads() {
    let Some(tools) = tools("forms of issues and dependabot.yml were not checked") else { return };
    let forms = files(".github/ISSUE_TEMPLATE", ".yml");
    let (config, forms): (Vec<_>, Vec<_>) = forms.into_iter().partition(|path| path.ends_with("config.yml"));
    let updates = vec![root().join(".github/dependabot.yml")];
    for (schema, files) in
        [("vendor.github-issue-forms", forms), ("vendor.github-issue-config", config), ("vendor.dependabot", updates)]
    {
        let mut command = python(&tools, "check-jsonschema");
        command.args(["--builtin-schema", schema]).args(files);
        clean(command);
    }
}

#[test]
fn workflows_and_the_action_let_nobody_in() {
    let Some(tools) = tools("workflows and the action were not audited") else { return };
    let mut zizmor = python(&tools, "zizmor");
    zizmor
        .args(["--offline", "--persona=pedantic", "--no-progress", "action.yml", ".github/dependabot.yml"])
        .args(workflows());
    clean(zizmor);
    // Inputs are untrusted text: a script gets them as variables, or not at all.
    let action = fs::read_to_string(root().join("action.yml")).unwrap();
    for line in action.lines().filter(|line| line.trim_start().starts_with("run:")) {
        assert!(!line.contains("${{"), "{line}");
    }
}

#[test]
fn scripts_are_sound() {
    let Some(tools) = tools("the scripts were not linted") else { return };
    let mut shellcheck = python(&tools, "shellcheck");
    shellcheck
        .args([".ci/run", "tests/contract/install", "action/checksums", "python/check"])
        .args(["release/build", "release/image", "release/rehearse", "release/rootfs"])
        .args(["examples/ends/make", "examples/airflow/try", "examples/docker/try", "examples/dvc/try"])
        .args(["examples/prometheus/try", "examples/seldon/release.sh"])
        .args(files("action", ".sh"));
    clean(shellcheck);
}

/// The linters find planted mistakes: a silent linter would accept everything.
#[test]
fn a_linter_that_finds_nothing_is_broken() {
    let Some(tools) = tools("the linters were not tried") else { return };
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.yml");
    fs::write(
        &bad,
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n",
    )
    .unwrap();
    for (program, arguments) in
        [("actionlint", vec!["-no-color"]), ("zizmor", vec!["--offline", "--no-progress"]), ("shellcheck", vec![])]
    {
        let mut command = python(&tools, program);
        let output = command.args(arguments).arg(&bad).output().unwrap();
        assert!(!output.status.success(), "{program}: {}", said(&output));
    }
}
