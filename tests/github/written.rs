//! The files of a job: what cannot be written, and a workspace behind a link.

use super::Job;

/// Posting never changes the verdict, whatever cannot be written.
#[test]
fn what_cannot_be_written_is_said_and_changes_no_verdict() {
    for name in ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"] {
        for (place, rows, arguments, code) in [
            ("/proc/nope/s", 3, &[][..], 0),
            ("/proc/nope/s", 5, &[], 1),
            ("/dev/full", 3, &[], 0),
            (".", 3, &[], 0),
            ("/proc/nope/s", 3, &["--require-post"], 5),
            ("/proc/nope/s", 5, &["--require-post"], 1),
        ] {
            let mut job = Job::new(true);
            job.demand(rows);
            job.more.push((name, place.to_owned()));
            let answer = job.publish(arguments);
            assert_eq!(answer.code, code, "{name} {place}: {}", answer.stderr);
            assert_eq!(answer.stderr.matches("cannot be written").count(), 1, "{}", answer.stderr);
            assert_eq!(job.comments().len(), 1);
        }
    }
    let mut job = Job::new(true);
    job.more.push(("GITHUB_STEP_SUMMARY", "/proc/nope/s".to_owned()));
    assert_eq!(job.run(&["run", "--quiet", "--output", "json=report.json"]).code, 0);
    assert_eq!(job.run(&["publish", "--report", "report.json"]).code, 0);
    assert_eq!(job.run(&["publish", "--report", "report.json", "--require-post"]).code, 5);
}

/// A workspace behind a link: the keys of two configs are two, and annotations keep their files.
#[cfg(unix)]
#[test]
fn a_workspace_behind_a_link_is_the_same_workspace() {
    use crate::support::run_with;

    let job = Job::new(false);
    let real = job.place.path().join("real");
    let linked = job.place.path().join("linked");
    for name in ["a", "b"] {
        job.place.write(&format!("real/{name}/rows.csv"), "a\n1\n");
        job.place.write(&format!("real/{name}/mlgate.yml"), &job.place.read("mlgate.yml"));
    }
    std::os::unix::fs::symlink("real", &linked).unwrap();
    let (url, event) = (job.github.url(), job.place.path().join("event.json").display().to_string());
    let top = |path: &std::path::Path| path.display().to_string();
    let through = job.place.path().join("linked/../linked/a/mlgate.yml").display().to_string();
    for (workspace, folder, config, key) in [
        (top(&linked), real.join("a"), "mlgate.yml", "a/mlgate.yml"),
        (top(&linked), linked.join("b"), "mlgate.yml", "b/mlgate.yml"),
        (top(&real), linked.join("a"), "../b/mlgate.yml", "b/mlgate.yml"),
        (top(&real), job.place.path().to_owned(), through.as_str(), "a/mlgate.yml"),
        (format!("{}/../real/", real.display()), linked.clone(), "a/mlgate.yml", "a/mlgate.yml"),
    ] {
        job.github.state().comments.clear();
        let environment = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "octo/model"),
            ("GITHUB_API_URL", url.as_str()),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", &event),
            ("GITHUB_WORKSPACE", &workspace),
            ("GITHUB_TOKEN", super::server::TOKEN),
        ];
        let answer = run_with(&folder, &["run", "--publish", "--quiet", "--config", config], &environment);
        assert_eq!(answer.code, 1, "{}", answer.stderr);
        let mark = job.comments()[0].body.lines().next().unwrap().to_owned();
        assert_eq!(mark, format!("<!-- mlgate:v1 key={key} -->"), "{workspace} {config}");
        assert!(answer.stdout.contains(&format!("::error file={key},line=3,")), "{}", answer.stdout);
    }
}
