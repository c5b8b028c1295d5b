//! Files in S3, Google Cloud Storage and Azure, each against an emulator.
//!
//! Requirements on every store are here; those of a single store are in its own file.

mod azure;
mod google;
mod s3;
mod server;

use std::fs;

use super::fixture;
use super::remote::{demand_rows, message, sha256, tells_no_secret};
use crate::support::Workplace;

/// An empty bucket or container of a store.
struct Store<'a> {
    /// The prefix of an object's name, as in `s3://bucket`.
    base: &'a str,
    /// The environment variables that give access.
    environment: &'a [(&'a str, &'a str)],
    /// A function that stores an object.
    put: &'a dyn Fn(&str, &[u8]),
}

impl Store<'_> {
    /// Asserts all requirements of reading from a store.
    fn is_read(&self) {
        self.holds_files();
        self.tables();
        self.columns_of_folders();
        self.refusals();
        self.baseline();
    }

    fn holds_files(&self) {
        let read = |name: &str| fs::read(fixture(name)).unwrap();
        (self.put)("one/t.csv", &read("text/comma.csv"));
        (self.put)("one/a b=c.csv.zst", &read("text/packed.csv.zst"));
        (self.put)("packed/t.csv.gz", &read("text/packed.csv.gz"));
        (self.put)("t.parquet", &read("parquet/every_type.parquet"));
        for (month, part) in [("01", 0), ("01", 1), ("02", 0)] {
            let name = format!("many/year=2024/month={month}/part-{part}.parquet");
            (self.put)(&name, &read("parquet/none.parquet"));
        }
        (self.put)("many/_SUCCESS", b"{}");
        (self.put)("differ/a.csv", b"id,x\n1,2\n");
        (self.put)("differ/b.csv", b"id\n1\n");
        (self.put)("cut/t.parquet", &read("parquet/none.parquet")[..1000]);
        (self.put)("none/t.csv", b"");
        (self.put)("lake/_delta_log/0.json", b"{}");
        (self.put)("lake/part-0.csv", b"id\n1\n");
    }

    fn tables(&self) {
        let place = Workplace::new();
        for (path, rows, files) in [
            ("t.parquet", 60, &["parquet/every_type.parquet"][..]),
            ("one/t.csv", 40, &["text/comma.csv"]),
            ("one/a b=c.csv.zst", 40, &["text/packed.csv.zst"]),
            ("packed/t.csv.gz", 40, &["text/packed.csv.gz"]),
            ("one", 80, &["text/packed.csv.zst", "text/comma.csv"]),
            ("many/", 180, &["parquet/none.parquet"; 3]),
            ("many/year=*/month=01/*.parquet", 120, &["parquet/none.parquet"; 2]),
        ] {
            let path = format!("{}/{path}", self.base);
            let (report, answer) = demand_rows(&place, &path, rows, self.environment);
            assert_eq!(answer.code, 0, "{path}: {report:#}");
            tells_no_secret(&answer);
            let found = report["provenance"]["candidate"]["files"].as_array().unwrap();
            assert_eq!(found.len(), files.len(), "{path}");
            for (file, original) in found.iter().zip(files) {
                assert!(file["path"].as_str().unwrap().starts_with(self.base), "{file}");
                assert_eq!(file["digest"], sha256(&fs::read(fixture(original)).unwrap()), "{file}");
            }
        }
    }

    fn columns_of_folders(&self) {
        let place = Workplace::new();
        let columns = "{month: {in: [1, 2], distinct: 2}, year: {in: [2024]}}";
        place.write(
            "mlgate.yml",
            &format!("version: 1\ndata:\n  t: {{path: '{}/many', columns: {columns}}}\n", self.base),
        );
        let (report, answer) = place.report_with(&[], self.environment);
        assert_eq!(answer.code, 0, "{report:#}");
    }

    fn refusals(&self) {
        let place = Workplace::new();
        for (path, why) in [
            ("lost.csv", "there is no file `BASE/lost.csv`, and no file of a known format in a folder of that name"),
            ("lost", "there is no file `BASE/lost`, and no file of a known format in a folder of that name"),
            ("one/*.parquet", "no file matches `BASE/one/*.parquet`"),
            ("none/t.csv", "`BASE/none/t.csv` is empty (0 bytes)"),
            ("lake", "`BASE/lake` is a Delta table, whose files may hold deleted rows; export it to plain Parquet"),
            (
                "differ",
                "`BASE/differ`: its files differ: `BASE/differ/a.csv` has the column `x`, but `BASE/differ/b.csv` does not; write both with the same columns",
            ),
        ] {
            let path = format!("{}/{path}", self.base);
            assert_eq!(message(&place, &path, self.environment), why.replace("BASE", self.base));
        }
        let path = format!("{}/cut/t.parquet", self.base);
        let cut = message(&place, &path, self.environment);
        assert!(cut.starts_with(&format!("`{path}` cannot be read: ")), "{cut}");
    }

    fn baseline(&self) {
        let place = Workplace::new();
        place
            .write("t.csv", "a\n1\n2\n")
            .write("mlgate.yml", "version: 1\ndata: {t: {path: t.csv, rows: \">= baseline\"}}\n");
        assert_eq!(place.run(&["bless", "--baseline", "b.json"]).code, 0);
        (self.put)("main/b.json", place.read("b.json").as_bytes());
        let there = format!("{}/main/b.json", self.base);
        let (report, answer) = place.report_with(&["--baseline", &there], self.environment);
        assert_eq!(answer.code, 0, "{report:#}");
        let file = &report["provenance"]["baseline"]["files"][0];
        assert_eq!(file["path"], there.as_str());
        assert_eq!(file["digest"], sha256(place.read("b.json").as_bytes()));
        let lost = format!("{}/main/lost.json", self.base);
        let (report, answer) = place.report_with(&["--baseline", &lost], self.environment);
        assert_eq!(answer.code, 4);
        let why = report["gates"][0]["message"].as_str().unwrap();
        assert!(why.contains(&format!("there is no file `{lost}`")), "{why}");
    }

    /// Asserts the message for credentials that are `wrong`, or may not read: of one file, of a folder, and of a
    /// baseline.
    #[track_caller]
    fn is_refused(&self, wrong: &[(&str, &str)], why: &str) {
        let place = Workplace::new();
        for path in ["t.parquet", "many", "many/year=*/*/*.parquet"] {
            let path = format!("{}/{path}", self.base);
            assert_eq!(message(&place, &path, wrong), format!("`{path}` {why}"));
        }
        place
            .write("mlgate.yml", "version: 1\ndata: {t: {path: t.csv, rows: \">= baseline\"}}\n")
            .write("t.csv", "a\n1\n");
        let path = format!("{}/main/b.json", self.base);
        let (report, answer) = place.report_with(&["--baseline", &path], wrong);
        assert_eq!(answer.code, 4, "{report:#}");
        assert!(report.to_string().contains(&format!("`{path}` {why}")), "{report:#}");
        tells_no_secret(&answer);
    }
}
