//! Folders, globs, and columns in folders' names.

use super::{counted, expected, fixture, put, refusal, scan_refusal};
use crate::support::Workplace;

const COLUMNS: [&str; 8] = ["id", "age", "income", "sex", "joined", "note", "year", "city"];

/// Copies the files of the partitioned table.
fn hive(place: &Workplace) {
    let mut open = vec![std::path::PathBuf::from(fixture("hive"))];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(fixture("hive")).unwrap().display().to_string();
                put(place, &format!("t/{name}"), &std::fs::read(&path).unwrap());
            }
        }
    }
}

#[test]
fn columns_in_the_names_of_folders() {
    let place = Workplace::new();
    hive(&place);
    let expected = &expected()["hive"];
    for path in ["t", "t/year=*/city=*/*.parquet", "t/**/*.parquet"] {
        let found = counted(&place, path, &COLUMNS);
        assert_eq!(Some(found.rows), expected["rows"].as_u64(), "{path}");
        for name in COLUMNS {
            let (_, nulls, distinct) = found.column(name);
            assert_eq!(Some(nulls), expected["nulls"][name].as_u64(), "{path}, {name}: nulls");
            assert_eq!(distinct, expected["distinct"][name].as_u64(), "{path}, {name}: distinct values");
        }
        assert_eq!((found.column("year").0, found.column("city").0), ("int64", "string"));
    }
    // Below the named folder, only deeper folders are columns.
    let found = counted(&place, "t/year=2024", &["city"]);
    assert!(found.rows > 0 && Some(found.rows) < expected["rows"].as_u64());
    place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  t:\n    path: t\n    columns:\n      city: {in: [São Paulo, Köln]}\n      year: {range: [2023, 2024]}\n    forbidden_columns: [month]\n",
    );
    assert_eq!(place.report()["exit_code"], 0, "{:#}", place.report());
}

#[test]
fn columns_of_folders_in_text() {
    let place = Workplace::new();
    place
        .write("t/month=01/a.csv", "id\n1\n2\n")
        .write("t/month=02/sub/b.csv", "id\n3\n")
        .write("t/month=02/c.csv", "id\n4\n");
    let found = counted(&place, "t", &["id", "month"]);
    assert_eq!((found.rows, found.column("month")), (4, ("int64", 0, Some(2))));
    place.write("t/month=__HIVE_DEFAULT_PARTITION__/d.csv", "id\n5\n");
    assert_eq!(counted(&place, "t", &["month"]).column("month"), ("int64", 1, Some(2)));
    place.write("t/month=March/e.csv", "id\n6\n");
    assert_eq!(counted(&place, "t", &["month"]).column("month"), ("string", 1, Some(3)));
}

#[test]
fn folders_that_do_not_agree() {
    let place = Workplace::new();
    place.write("t/month=01/a.csv", "id\n1\n").write("t/b.csv", "id\n2\n");
    assert_eq!(
        refusal(&place, "t"),
        "`t`: its folders have different columns: `t/b.csv` is in folders of no column, and `t/month=01/a.csv` in those of `month`"
    );
    let place = Workplace::new();
    place.write("t/id=01/a.csv", "id\n1\n");
    assert_eq!(
        refusal(&place, "t"),
        "`t`: the column `id` is in the files and in the names of their folders (`id=…`); remove one of them"
    );
}

#[test]
fn files_that_differ() {
    let place = Workplace::new();
    place.write("t/a.csv", "id,x\n1,2\n").write("t/b.csv", "id\n1\n");
    assert_eq!(
        refusal(&place, "t"),
        "`t`: its files differ: `t/a.csv` has the column `x`, but `t/b.csv` does not; write both with the same columns"
    );
    place.write("t/b.csv", "id,y,x\n1,2,3\n");
    assert!(refusal(&place, "t").contains("`t/b.csv` has the column `y`, but `t/a.csv` does not"));
    place.write("t/b.csv", "id,x\n1,two\n");
    assert_eq!(
        refusal(&place, "t"),
        "`t`: its files differ: the column `x` is int64 in `t/a.csv` and string in `t/b.csv`; write both with the same type"
    );
    place.write("j/a.jsonl", "{\"id\":1,\"x\":1}\n").write("j/b.jsonl", "{\"id\":1,\"x\":\"two\"}\n");
    assert_eq!(
        scan_refusal(&place, "j", "x"),
        "j: `j/b.jsonl`: line 1: `x` holds text (`two`), but whole numbers before in other files"
    );
    assert_eq!(counted(&place, "j", &["id"]).rows, 2);
    place.write("j/b.jsonl", "{\"id\":1}\n");
    assert!(refusal(&place, "j").contains("`j/a.jsonl` has the column `x`, but `j/b.jsonl` does not"));
    for (folder, names) in
        [("p", ["parquet/none.parquet", "parquet/int96.parquet"]), ("i", ["arrow/lz4.feather", "arrow/file.arrow"])]
    {
        for name in names {
            put(
                &place,
                &format!("{folder}/{}", name.split('/').next_back().unwrap()),
                &std::fs::read(fixture(name)).unwrap(),
            );
        }
        let message = refusal(&place, folder);
        assert!(message.starts_with(&format!("`{folder}`: its files differ: `{folder}/")), "{message}");
        assert!(message.contains(" has the column `") && message.contains(" does not; write both"), "{message}");
    }
}

/// Integers in one file and fractions in another are numbers, and columns may be in any order.
#[test]
fn files_that_go_together() {
    let place = Workplace::new();
    place.write("t/a.csv", "id,x,y\n1,2,\n").write("t/b.csv", "y;id;x\n7;2;2.5\n").write("t/c.csv", "x,y,id\n,,3\n");
    let found = counted(&place, "t", &["id", "x", "y"]);
    assert_eq!(found.column("id"), ("int64", 0, Some(3)));
    assert_eq!(found.column("x"), ("float64", 1, Some(2)));
    assert_eq!(found.column("y"), ("int64", 2, Some(1)));
    place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  t: {path: t, rules: {same: \"(id = 1 AND x = 2) OR (id = 2 AND x = 2.5 AND y = 7) OR id = 3\"}}\n",
    );
    assert_eq!(place.report()["exit_code"], 0);
    place
        .write("j/a.jsonl", "{\"id\":1,\"x\":1}\n")
        .write("j/b.jsonl", "{\"x\":null,\"id\":2}\n")
        .write("j/c.jsonl", "{\"x\":1.5,\"id\":2}\n");
    assert_eq!(counted(&place, "j", &["x"]).column("x"), ("float64", 1, Some(2)));
}

#[test]
fn what_is_left_out_of_a_folder() {
    let place = Workplace::new();
    place
        .write("t/a.csv", "id\n1\n")
        .write("t/_SUCCESS", "")
        .write("t/.a.csv.crc", "crc")
        .write("t/_temporary/x.csv", "other\n1\n")
        .write("t/.git/x.csv", "other\n1\n")
        .write("t/README.md", "# t")
        .write("t/deep/er/b.csv", "id\n2\n");
    assert_eq!(counted(&place, "t", &["id"]).rows, 2);
    assert_eq!(counted(&place, "t/*.csv", &["id"]).rows, 1);
    assert_eq!(refusal(&place, "t/*.tsv"), "no file matches `t/*.tsv`");
    place.write("t/z.jsonl", "{\"id\":1}\n");
    assert_eq!(
        refusal(&place, "t"),
        "`t` mixes formats: `t/a.csv` and `t/z.jsonl`; name one of them, as in \"t/*.csv\""
    );
    place.write("lake/part-0.csv", "id\n1\n").write("lake/_delta_log/0.json", "{}\n");
    assert!(refusal(&place, "lake").starts_with("`lake` is a Delta table, whose files may hold deleted rows"));
    place.write("none/README.md", "");
    assert!(refusal(&place, "none").starts_with("`none` has no file that ends in .parquet, .csv"));
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere_unseen() {
    use std::os::unix::fs::symlink;
    let place = Workplace::new();
    place.write("t/a.csv", "id\n1\n").write("elsewhere/b.csv", "id\n2\n");
    symlink(place.path().join("t"), place.path().join("t/round")).unwrap();
    assert_eq!(refusal(&place, "t"), "`t/round` is a link to a folder, which is not followed; name the folder itself");
    std::fs::remove_file(place.path().join("t/round")).unwrap();
    symlink(place.path().join("elsewhere/b.csv"), place.path().join("t/b.csv")).unwrap();
    assert_eq!(counted(&place, "t", &["id"]).rows, 2);
    symlink(place.path().join("lost.csv"), place.path().join("t/c.csv")).unwrap();
    assert_eq!(refusal(&place, "t"), "`t/c.csv` is a link to a missing file");
}
