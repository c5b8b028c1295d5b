//! Builds that differ, and files that an executor may not read.

use crate::support::{TestCluster, alone, many_row_groups};

#[test]
fn a_scheduler_of_another_build_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    many_row_groups(folder.path(), 2_000);
    let mut cluster = TestCluster::new(1, folder.path());
    let port = cluster.port().to_owned();
    cluster.scheduler.kill();
    cluster.scheduler = crate::support::scheduler(&port, &[("MLGATE_TEST_BUILD", "0.0.9-other")]);
    cluster.scheduler.said("0.0.9-other schedules");
    let answer = cluster.run(folder.path(), &[]);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.words().contains("versions differ: the run is "), "{answer:?}");
    assert!(answer.words().contains("the scheduler is 0.0.9-other"), "{answer:?}");
}

#[test]
fn an_executor_of_another_build_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    many_row_groups(folder.path(), 2_000);
    let cluster = TestCluster::with(1, folder.path(), &[("MLGATE_TEST_BUILD", "0.0.9-other")]);
    let answer = cluster.run(folder.path(), &[]);
    assert_eq!(answer.code, 4, "{answer:?}");
    assert!(answer.words().contains("the executor is 0.0.9-other"), "{answer:?}");
}

#[test]
fn an_executor_reads_its_folders_alone() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    many_row_groups(folder.path(), 2_000);
    let cluster = TestCluster::new(1, other.path());
    let (answer, one) = (cluster.run(folder.path(), &[]), alone(folder.path(), &[]));
    assert_eq!((answer.code, &answer.stdout), (one.code, &one.stdout));
    assert!(answer.stderr.contains("is outside of the folders that this executor reads"), "{answer:?}");
}
