//! How to comment: what the config and the command line say, and templates of one's own.

use super::Job;
use super::server::TOKEN;

#[test]
fn a_template_of_ones_own() {
    let job = Job::new(false);
    job.place.write("comment.md", "## Our gate: {{ verdict }}\n{{ headline }}\n");
    assert_eq!(job.publish(&["--template", "comment.md"]).code, 1);
    let body = job.comments()[0].body.clone();
    assert!(body.contains("## Our gate: fail\n"), "{body}");
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
    assert_eq!(job.comments()[0].body, "<!-- mlgate:v1 key=fraud -->\n## Ours: fail\n");
    assert_eq!(job.publish(&["--key", "churn", "--comment", "recreate"]).code, 1);
    assert!(job.comments()[1].body.starts_with("<!-- mlgate:v1 key=churn -->"));

    // A report that is posted later finds the config that it was made with.
    job.github.state().comments.clear();
    assert_eq!(job.run(&["run", "--quiet", "--output", "json=report.json"]).code, 1);
    assert_eq!(job.run(&["publish", "--report", "report.json"]).code, 0);
    assert!(job.comments()[0].body.starts_with("<!-- mlgate:v1 key=fraud -->\n## Ours: fail"));
    // Not one that somebody has changed since.
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
