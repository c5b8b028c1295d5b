//! Executors that are killed, a scheduler that is started again, a disk that is full: the report is right, or the exit code is 4.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Answer, Running, TestCluster, alone, many_row_groups, scheduler};

/// Makes each part take this many milliseconds.
const SLOW: [(&str, &str); 1] = [("MLGATE_TEST_PART_DELAY", "400")];

struct Place {
    folder: tempfile::TempDir,
    one: Answer,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        many_row_groups(folder.path(), 20_000);
        let one = alone(folder.path(), &["--format", "json"]);
        assert_eq!(one.code, 1, "{one:?}");
        Self { folder, one }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn start(&self, cluster: &TestCluster) -> Running {
        cluster.start(self.path(), &["--format", "json", "--cluster-parts", "18"])
    }

    fn assert_right(&self, answer: &Answer) {
        assert_eq!((answer.code, &answer.stdout), (self.one.code, &self.one.stdout), "{}", answer.stderr);
    }
}

fn wait_for_a_task(cluster: &TestCluster) -> usize {
    let since = Instant::now();
    loop {
        let busy = cluster
            .executors
            .iter()
            .position(|executor| executor.lines().iter().any(|line| line.contains("Received task")));
        if let Some(busy) = busy {
            return busy;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "no executor was given a part");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_executor_is_killed_in_the_middle() {
    let place = Place::new();
    let mut cluster = TestCluster::with(3, place.path(), &SLOW);
    let running = place.start(&cluster);
    let busy = wait_for_a_task(&cluster);
    thread::sleep(Duration::from_millis(500));
    cluster.executors[busy].kill();
    let answer = running.ended();
    place.assert_right(&answer);
    assert!(answer.stderr.is_empty(), "{}", answer.stderr);
}

#[test]
fn all_executors_are_killed() {
    let place = Place::new();
    let mut cluster = TestCluster::with(2, place.path(), &SLOW);
    let running = place.start(&cluster);
    wait_for_a_task(&cluster);
    cluster.executors.iter_mut().for_each(super::support::Served::kill);
    let answer = running.ended();
    if answer.code != 4 {
        place.assert_right(&answer);
    }
}

#[test]
fn a_scheduler_is_started_again() {
    let place = Place::new();
    let mut cluster = TestCluster::with(2, place.path(), &SLOW);
    let running = place.start(&cluster);
    wait_for_a_task(&cluster);
    let port = cluster.port().to_owned();
    cluster.scheduler.kill();
    cluster.scheduler = scheduler(&port, &[]);
    place.assert_right(&running.ended());
}

#[test]
fn a_scheduler_is_killed_for_good() {
    let place = Place::new();
    let mut cluster = TestCluster::with(2, place.path(), &SLOW);
    let running = place.start(&cluster);
    wait_for_a_task(&cluster);
    cluster.scheduler.kill();
    let answer = running.ended();
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("cannot be measured: the cluster df://127.0.0.1:"), "{answer:?}");
}

#[test]
fn a_cluster_has_no_executors() {
    let place = Place::new();
    let cluster = TestCluster::new(0, place.path());
    let answer = place.start(&cluster).ended();
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("it has no executor within 25 s"), "{answer:?}");
}

#[test]
fn an_executor_does_not_end() {
    let place = Place::new();
    let cluster = TestCluster::with(1, place.path(), &[("MLGATE_TEST_PART_DELAY", "3600000")]);
    let arguments = ["--format", "json", "--cluster-time-limit", "5"];
    let answer = cluster.run(place.path(), &arguments);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.stdout.contains("a table took longer than 5 s"), "{answer:?}");
}

#[test]
fn a_disk_is_full() {
    let place = Place::new();
    let mut cluster = TestCluster::new(0, place.path());
    cluster.add_without_disk();
    let answer = place.start(&cluster).ended();
    place.assert_right(&answer);
    assert!(answer.stderr.contains("is read by this process alone, because a part failed"), "{answer:?}");
}
