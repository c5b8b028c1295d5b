//! Several gates behind one name: runs of other configs, workflows and arguments judge the same commit, and none turns the
//! failure of another green.

use serde_json::Value;

use super::Job;

const SURFACES: [&str; 5] = ["--comment", "off", "--status", "--check-run", "--require-post"];
const OTHER: &str = "version: 1\ncomment: {key: mlgate.yml}\ndata:\n  u: {path: rows.csv, rows: \">= 1\"}\n";

impl Job {
    fn in_workflow(&mut self, workflow: &str, run: u64, more: &[&str]) -> i32 {
        self.more.retain(|(name, _)| *name != "GITHUB_WORKFLOW_REF");
        self.more.push((
            "GITHUB_WORKFLOW_REF",
            format!("octo/model/.github/workflows/{workflow}.yml@refs/pull/{run}/merge"),
        ));
        self.in_job(run, 1, "gate", more).code
    }

    /// Returns the states of all statuses and check runs, the first comes first.
    fn states(&self) -> [Vec<String>; 2] {
        let state = self.github.state();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        [
            state.statuses.iter().map(|(_, status)| text(&status["state"])).collect(),
            state.checks.iter().map(|check| text(&check["conclusion"])).collect(),
        ]
    }
}

/// Never passes: a status that a gate turned red, and another gate of the same key green.
#[test]
fn a_name_is_green_when_every_gate_behind_it_passes() {
    let mut job = Job::new(false);
    job.place.write("b.yml", OTHER);
    let other = [&SURFACES[..], &["--config", "b.yml", "--key", "mlgate.yml"]].concat();
    assert_eq!(job.in_workflow("gate", 31, &SURFACES), 1);
    // Another run with another config passes, and posts nothing.
    assert_eq!(job.in_workflow("gate", 32, &other), 0);
    assert_eq!(job.states(), [["failure"], ["failure"]].map(|of| of.map(str::to_owned).to_vec()));
    // It fails as well, and then passes: the first one's failure is still there.
    job.place.write("b.yml", &OTHER.replace(">= 1", ">= 9"));
    assert_eq!(job.in_workflow("gate", 33, &other), 1);
    job.place.write("b.yml", OTHER);
    assert_eq!(job.in_workflow("gate", 34, &other), 0);
    let (status, check) = {
        let state = job.github.state();
        (state.statuses.last().unwrap().1.clone(), state.checks.last().unwrap().clone())
    };
    assert_eq!((status["state"].as_str(), check["conclusion"].as_str()), (Some("failure"), Some("failure")));
    assert_eq!(status["description"], "another gate failed under this name");
    assert!(status["target_url"].as_str().unwrap().contains("/actions/runs/33#mlgate-red="), "{status}");
    // Its own next run corrects it.
    job.demand(1);
    assert_eq!(job.in_workflow("gate", 35, &SURFACES), 0);
    for states in job.states() {
        assert_eq!(states, ["failure", "failure", "failure", "success"]);
    }
}

/// Never passes: a comment and a status of two workflows whose jobs have one name.
#[test]
fn two_workflows_over_one_config_are_two_gates() {
    for mode in ["update", "recreate", "on-failure"] {
        let mut job = Job::new(false);
        let surfaces = ["--comment", mode, "--status", "--check-run"];
        assert_eq!(job.in_workflow("large", 31, &surfaces), 1);
        job.demand(1);
        assert_eq!(job.in_workflow("small", 32, &surfaces), 0);
        let body = job.only_body();
        assert!(body.contains("## ❌ mlgate: 1 of 2 reports failed · 1 passed"), "{mode}: {body}");
        for states in job.states() {
            assert_eq!(states, ["failure"]);
        }
        // The next run of the first one, for another event of the same commit, corrects it.
        assert_eq!(job.in_workflow("large", 33, &surfaces), 0);
        let body = job.only_body();
        assert!(body.contains("## ✅ mlgate: all 2 reports passed"), "{mode}: {body}");
        for states in job.states() {
            assert_eq!(states, ["failure", "success"]);
        }
    }
}

/// Never passes: a run that was started by hand for one part of the gates.
#[test]
fn a_run_of_a_part_does_not_replace_the_failure_of_the_whole() {
    let mut job = Job::new(false);
    job.place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  t: {path: rows.csv, rows: \">= 5\"}\n  u: {path: rows.csv, rows: \">= 1\"}\n",
    );
    let named = ["--status", "gate"];
    assert_eq!(job.in_workflow("gate", 31, &named), 1);
    assert_eq!(job.in_workflow("gate", 32, &[&named[..], &["--only", "data.u.*"]].concat()), 0);
    let body = job.only_body();
    assert!(body.contains("## ❌ mlgate: 1 of 2 reports failed · 1 passed"), "{body}");
    assert_eq!(job.states()[0], ["failure"]);
}
