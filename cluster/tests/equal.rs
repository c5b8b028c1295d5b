//! The report of one process, of one executor and of three is the same byte for byte.

use std::fs;

use crate::support::{TestCluster, alone, many_row_groups, root};

/// Formats with every number and every word of a report.
const FORMATS: [&str; 4] = ["text", "json", "html", "markdown"];

#[test]
fn the_loans() {
    let fixtures = root().join("fixtures/loans");
    let clusters = [TestCluster::new(1, &fixtures), TestCluster::new(3, &fixtures)];
    for (scenario, code) in [("good", 0), ("bad", 1)] {
        let folder = fixtures.join(scenario);
        for format in FORMATS {
            let arguments = ["--format", format, "--evidence"];
            let one = alone(&folder, &arguments);
            assert_eq!(one.code, code, "{one:?}");
            for cluster in &clusters {
                assert_eq!(cluster.run(&folder, &arguments), one, "{scenario} {format}");
            }
        }
    }
    assert!(clusters.iter().all(|cluster| cluster.tasks() >= 8), "the executors did nothing");
}

#[test]
fn every_kind_of_aggregate_over_many_row_groups() {
    let folder = tempfile::tempdir().unwrap();
    many_row_groups(folder.path(), 30_000);
    let one = alone(folder.path(), &["--format", "json"]);
    assert_eq!(one.code, 1, "{one:?}");
    assert!(one.stderr.is_empty(), "{one:?}");
    for executors in [1, 3] {
        let cluster = TestCluster::new(executors, folder.path());
        for parts in ["1", "2", "7", "64"] {
            let several = cluster.run(folder.path(), &["--format", "json", "--cluster-parts", parts]);
            assert_eq!(several, one, "{executors} executors, {parts} parts");
        }
        let idle = cluster.executors.iter().filter(|executor| executor.tasks() == 0).count();
        assert_eq!(idle, 0, "an executor of {executors} did nothing");
    }
}

#[test]
fn errors_of_the_data_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    many_row_groups(folder.path(), 5_000);
    let config = fs::read_to_string(folder.path().join("mlgate.yml")).unwrap();
    let rules = "      zero: \"1 / (id - 44) < 2\"\n      unknown: \"md5(kind) = 'x'\"\n      nested: \"[1, 2][1] = id\"\n      none: \"nothing > 1\"\n";
    fs::write(folder.path().join("mlgate.yml"), config + rules).unwrap();
    let one = alone(folder.path(), &[]);
    assert!(one.stdout.contains("4 could not be evaluated"), "{one:?}");
    let cluster = TestCluster::new(2, folder.path());
    let several = cluster.run(folder.path(), &[]);
    assert_eq!((several.code, &several.stdout), (one.code, &one.stdout), "{}", several.stderr);
}
