//! Settings of the comment in the config and on the command line, and users' templates.

use super::Job;
use super::server::{Fault, TOKEN};

#[test]
fn a_template_of_ones_own() {
    let job = Job::new(false);
    job.place.write("comment.md", "## Our gate: {{ verdict }}\n{{ headline }}\n");
    assert_eq!(job.publish(&["--template", "comment.md"]).code, 1);
    let body = job.comments()[0].body.clone();
    assert!(body.contains("## Our gate: fail\n"), "{body}");
    let lead = "## ❌ mlgate: 1 of 1 gate failed\n\n## Our gate";
    assert!(body.contains(lead) && job.summary().starts_with(lead), "{body}");
}

/// The verdict is above any template, wherever the template ends, and nothing of mlgate's is below it.
/// Never passes: a comment's template that says something else than the verdict.
#[test]
fn the_verdict_stands_above_a_template_that_lies() {
    for template in
        ["", "\n", "✅ all 14 gates passed\n", "===\n", "<!-- ", "<details><summary>x</summary>\n", "```\n", "---\n"]
    {
        let job = Job::new(false);
        job.fails(Fault::new("POST /repos", 403, "Resource not accessible by integration").times(9));
        job.place.write("comment.md", template);
        assert_eq!(job.publish(&["--template", "comment.md"]).code, 1);
        let summary = job.summary();
        assert!(summary.starts_with("## ❌ mlgate: 1 of 1 gate failed\n\n"), "{template}: {summary}");
        let (above, _) = summary.split_at(summary.len() - template.len());
        assert!(above.contains("**Not posted:**"), "{template}: {summary}");
    }
}

/// Never passes: a comment's template that is git's own, hidden or not tracked: it is not posted.
#[cfg(unix)]
#[test]
fn a_template_is_what_everybody_may_read() {
    use std::os::unix::fs::symlink;

    use crate::baseline_source::git;

    const SECRET: &str = "AUTHORIZATION: basic c2VjcmV0";
    let job = Job::new(false);
    let config = job.place.read("mlgate.yml");
    let root = job.place.path().to_owned();
    git(&root, &["init", "--quiet"]);
    git(&root, &["config", "http.https://github.com/.extraheader", SECRET]);
    job.place
        .write(".env", SECRET)
        .write("untracked.md", SECRET)
        .write("folder/.netrc", SECRET)
        .write("tracked.md", "## Ours: {{ verdict }}\n")
        .write(".github/comment.md", "## Ours: {{ verdict }}\n")
        .write(".gitignore", "ignored.md\n")
        .write("ignored.md", SECRET)
        .write(".git/modules/x/config", SECRET);
    for (to, name) in [
        (".git/config", "config.md"),
        (".git", "git"),
        (".env", "env.md"),
        ("untracked.md", "link.md"),
        ("folder", "linked"),
        ("tracked.md", "fine.md"),
    ] {
        symlink(to, root.join(name)).unwrap();
    }
    git(
        &root,
        &[
            "add",
            "tracked.md",
            "folder/.netrc",
            ".env",
            ".github",
            ".gitignore",
            "config.md",
            "git",
            "env.md",
            "link.md",
            "linked",
            "fine.md",
        ],
    );
    let posts = |template: &str, option: &[&str]| {
        job.github.state().comments.clear();
        let comment = if option.is_empty() { format!("comment: {{template: {template}}}\n") } else { String::new() };
        job.place.write("mlgate.yml", &format!("{config}{comment}"));
        let answer = job.publish(option);
        assert_eq!(answer.code, 1);
        let body = job.comments()[0].body.clone();
        assert!(!body.contains("c2VjcmV0") && !job.summary().contains("c2VjcmV0"), "{template}: {body}");
        (body.contains("## Ours: fail"), answer.stderr)
    };
    for template in [
        ".git/config",
        ".git/HEAD",
        "./.git/config",
        ".git/modules/x/config",
        "git/config",
        "config.md",
        ".env",
        "env.md",
        "folder/.netrc",
        "linked/.netrc",
        "untracked.md",
        "link.md",
        "ignored.md",
        "folder",
    ] {
        let (is_used, said) = posts(template, &[]);
        assert!(!is_used && said.contains("the page of your template could not be posted"), "{template}: {said}");
    }
    for template in ["tracked.md", "fine.md", ".github/comment.md", "./tracked.md"] {
        assert!(posts(template, &[]).0, "{template}");
    }
    // Changes that a job has made to a tracked file are not public.
    job.place.write("tracked.md", SECRET);
    assert!(posts("tracked.md", &[]).0);
    // The command line may name any file, but not a link that the change controls.
    for template in [".git/config", "config.md", "link.md", "git/config"] {
        assert!(!posts(template, &["--template", template]).0, "{template}");
    }
    job.place.write("made.md", "## Ours: {{ verdict }}\n");
    for template in ["made.md", "fine.md"] {
        assert!(posts(template, &["--template", template]).0, "{template}");
    }
}

#[test]
fn a_report_is_not_lost_over_a_template() {
    for (template, complaint) in [
        ("{{ no_such_thing }}", "undefined value"),
        ("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", "ran out of fuel"),
        ("{% if %}", "syntax error"),
    ] {
        let job = Job::new(false);
        job.place.write("comment.md", template);
        let answer = job.publish(&["--template", "comment.md"]);
        assert_eq!(answer.code, 1, "{}", answer.stderr);
        assert!(answer.stderr.contains(complaint), "{}", answer.stderr);
        assert!(job.comments()[0].body.contains("1 of 1 gate failed"), "mlgate's own stands in");
        assert!(job.summary().contains("**Not posted:** the page of your template"), "{}", job.summary());
    }
    let job = Job::new(true);
    assert_eq!(job.publish(&["--template", "nowhere.md", "--require-post"]).code, 5);
    assert_eq!(job.comments().len(), 1);
}

#[test]
fn the_config_says_how_to_comment_and_the_command_line_goes_before_it() {
    let job = Job::new(false);
    let config = job.place.read("mlgate.yml");
    let says = |comment: &str| job.place.write("mlgate.yml", &format!("{config}comment: {comment}\n"));
    says("off");
    assert_eq!(job.publish(&[]).code, 1);
    assert!(job.comments().is_empty());
    says("{key: fraud, template: own.md}").write("own.md", "## Ours: {{ verdict }}\n");
    assert_eq!(job.publish(&[]).code, 1);
    let body = job.comments()[0].body.clone();
    assert!(body.starts_with("<!-- mlgate:v1 key=fraud -->\n<!-- mlgate:part "), "{body}");
    assert!(body.ends_with(" -->\n## ❌ mlgate: 1 of 1 gate failed\n\n## Ours: fail\n"), "{body}");
    assert_eq!(job.publish(&["--key", "churn", "--comment", "recreate"]).code, 1);
    assert!(job.comments()[1].body.starts_with("<!-- mlgate:v1 key=churn -->"));

    // A report that is posted later finds its config.
    job.github.state().comments.clear();
    assert_eq!(job.run(&["run", "--quiet", "--output", "json=report.json"]).code, 1);
    assert_eq!(job.run(&["publish", "--report", "report.json"]).code, 0);
    assert!(job.comments()[0].body.ends_with("## ❌ mlgate: 1 of 1 gate failed\n\n## Ours: fail\n"));
    // A config that was changed since is not used.
    says("{key: other}");
    assert_eq!(job.run(&["publish", "--report", "report.json"]).code, 0);
    assert!(job.comments()[1].body.starts_with("<!-- mlgate:v1 key=mlgate.yml -->"));
}

#[cfg(unix)]
#[test]
fn a_template_is_a_file_of_the_repository() {
    let job = Job::new(false);
    let config = job.place.read("mlgate.yml");
    job.place.write("mlgate.yml", &format!("{config}comment: {{template: link.md}}\n"));
    std::os::unix::fs::symlink("/proc/self/environ", job.place.path().join("link.md")).unwrap();
    let answer = job.publish(&[]);
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("outside of the config's folder"), "{}", answer.stderr);
    assert!(job.comments().iter().all(|comment| !comment.body.contains(TOKEN)));
}
