//! What feeds the gates: columns, own checks, the baseline, the rows.

use super::*;

#[test]
fn a_column_that_a_pattern_reached_is_missed() {
    let text = "version: 1\nbaseline: .mlgate/baseline.json\ndata:\n  d: {path: d.csv, columns: {\"*\": {nulls: 0}}}\n";
    let project = Project::new(&[("mlgate.yml", text)]);
    assert_eq!(project.command(&["bless", "--quiet"]).code, 0);
    project.commit(&[]);
    git(project.folder(), &["branch", "--quiet", "--force", "main"]);
    assert_eq!(project.found(), []);
    // The config is the same: the change renamed a column of the data.
    project.commit(&[("d.csv", &ROWS.replace("zip", "postcode"))]);
    let (report, answer) = project.job(&[]);
    // The stored baseline knows the column, so its gate stays and cannot be evaluated: that is more than a remark of the guard.
    let gate = crate::support::gate(&report, "data.d.columns.zip.nulls");
    assert_eq!((&gate["verdict"], answer.code), (&"error".into(), 4), "{report}");
    assert_eq!(found(&report), []);
}

#[test]
fn a_query_reads_other_datasets_and_the_way_they_are_read() {
    let text = |orders: &str| {
        let query = "SELECT d.id FROM d JOIN orders ON d.id = orders.id WHERE orders.total > 5";
        format!(
            "version: 1\ndata:\n  d:\n    path: d.csv\n    failed_rows: {{large: \"{query}\"}}\n  orders: {orders}\n  others: {{path: d.csv}}\n"
        )
    };
    let orders = "id,total\n1,2\n";
    let start = text("{path: orders.csv}");
    let project = Project::new(&[("mlgate.yml", &start), ("orders.csv", orders), ("few.csv", orders)]);
    assert_eq!(project.found(), []);
    let large = pairs(&[("data.d.failed_rows.large", "changed")]);
    let ways = [
        "{path: few.csv}",
        "{path: orders.csv, types: {total: string}}",
        "{path: orders.csv, na: [\"2\"]}",
        "{path: orders.csv, csv: {delimiter: \";\"}}",
    ];
    for orders in ways {
        project.commit(&[("mlgate.yml", &text(orders))]);
        assert_eq!(project.found(), large, "{orders}");
    }
    // A dataset that the query does not name is none of its business.
    project.commit(&[("mlgate.yml", &start.replace("others: {path: d.csv}", "others: {path: few.csv}"))]);
    assert_eq!(project.found(), []);
}

#[test]
fn own_checks_are_read_out_of_the_commit() {
    let page = |limit: u32| {
        format!(
            "---\nid: young\nfamily: column\nsince: 1.0.0\nseverity: error\nsummary: few are young\ndefinition: values below {limit}, over \
             non-null values\ncounts: young\nparams:\n  is: {{type: share bound, about: \"how many\"}}\nmeasure: {{sql: \"value < {limit}\", \
             among: \"value IS NOT NULL\"}}\njudge: {{bound: is}}\nmessage: \"{{n}} values\"\nhelp: look at them\n---\n\n# `young`\n\n## What it \
             checks\n\nAges.\n"
        )
    };
    let text = "version: 1\nchecks: checks\ndata:\n  d: {path: d.csv, columns: {age: {young: 0}}}\n";
    let project = Project::new(&[("mlgate.yml", text), ("checks/young.md", &page(18))]);
    assert_eq!(project.found(), []);
    project.commit(&[("checks/young.md", &page(1))]);
    let (report, _) = project.job(&[]);
    assert_eq!(found(&report), pairs(&[("data.d.columns.age.young", "changed")]));
    // A folder of another name with the same pages is the same.
    fs::rename(project.folder().join("checks"), project.folder().join("pages")).unwrap();
    project.commit(&[("mlgate.yml", &text.replace(": checks", ": pages")), ("pages/young.md", &page(18))]);
    assert_eq!(project.found(), []);
}

#[test]
fn an_own_check_in_place_of_a_gate_is_named() {
    let page = "---\nid: plenty\nfamily: dataset\nsince: 1.0.0\nseverity: error\nsummary: rows\ndefinition: rows\ncounts: rows\nparams:\n  \
                is: {type: rows bound, about: \"how many\"}\nmeasure: rows\njudge: {bound: is}\nmessage: \"{n} rows\"\nhelp: look\n---\n\n# \
                `plenty`\n\n## What it checks\n\nRows.\n";
    let project = Project::new(&[("mlgate.yml", &config("rows: \">= 4\""))]);
    let own = config("plenty: \">= 1\"").replace("version: 1\n", "version: 1\nchecks: own\n");
    project.commit(&[("mlgate.yml", &own), ("own/plenty.md", page)]);
    let (report, _) = project.job(&[]);
    assert_eq!(found(&report), pairs(&[("data.d.rows", "removed"), ("data.d.plenty", "added")]));
    assert!(report["guard"]["changes"][0]["why"].as_str().unwrap().contains("`plenty`, a check of the project's own"));
}

#[test]
fn a_template_that_speaks_for_the_gate_is_named_above_it() {
    let project = Project::new(&[("mlgate.yml", &config("rows: \">= 4\""))]);
    let own = config("rows: \">= 4\"").replace("version: 1\n", "version: 1\ncomment: {template: own.md.j2}\n");
    project.commit(&[("mlgate.yml", &own), ("own.md.j2", "all good\n")]);
    assert_eq!(project.found(), pairs(&[("comment.template", "changed")]));
    // The same path with other contents.
    git(project.folder(), &["branch", "--quiet", "--force", "main"]);
    assert_eq!(project.found(), []);
    project.commit(&[("own.md.j2", "all good, really\n")]);
    assert_eq!(project.found(), pairs(&[("comment.template", "changed")]));
}

/// A project whose baseline is committed, and compared with.
fn blessed(line: &str) -> Project {
    let text = format!("version: 1\nbaseline: .mlgate/baseline.json\ndata:\n  d: {{path: d.csv, {line}}}\n");
    let project = Project::new(&[("mlgate.yml", &text)]);
    assert_eq!(project.command(&["bless", "--quiet"]).code, 0);
    project.commit(&[]);
    git(project.folder(), &["branch", "--quiet", "--force", "main"]);
    project
}

fn renewed(project: &Project) -> String {
    let (report, _) = project.job(&[]);
    assert_eq!(found(&report), pairs(&[("baseline.renewed", "changed")]), "{report:#}");
    assert_eq!(report["guard"]["changes"][0]["effect"], "warns");
    report["guard"]["changes"][0]["why"].as_str().unwrap().to_owned()
}

#[test]
fn a_baseline_that_the_change_renewed_is_told_with_who_accepted_it() {
    let project = blessed("rows: \">= baseline\"");
    assert_eq!(project.found(), []);
    let fewer = "id,age,zip\n1,20,a\n";
    project.commit(&[("d.csv", fewer)]);
    assert_eq!(project.job(&[]).1.code, 1);
    let despite = ["bless", "--quiet", "--despite", "data.d.rows", "--reason", "new source", "--owner", "@bob"];
    let answer = project.command(&despite);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    project.commit(&[]);
    let why = renewed(&project);
    assert!(why.contains("d rows: 4 → 1"), "{why}");
    assert!(why.contains("accepted with `--despite`: `data.d.rows` (@bob, ") && why.contains("new source"), "{why}");
    assert!(why.contains("its numbers are those that this run measures of the same files"), "{why}");
}

#[test]
fn a_baseline_that_the_job_brought_is_no_part_of_the_change() {
    let text = "version: 1\nbaseline: .mlgate/baseline.json\ndata:\n  d: {path: d.csv, rows: \">= baseline\"}\n";
    let project = Project::new(&[("mlgate.yml", text)]);
    assert_eq!(project.command(&["bless", "--quiet"]).code, 0);
    assert_eq!(project.found(), []);
    project.commit(&[]);
    assert!(renewed(&project).contains("has none"));
}

#[test]
fn a_frozen_reference_that_the_change_replaced_is_told() {
    let text = "version: 1\nbaseline: .mlgate/baseline.json\nreference: frozen.json\ndata:\n  d: {path: d.csv, columns: {age: {mean: {is: \">= \
                baseline - 10%\", since_reference: \">= baseline - 20%\"}}}}\n";
    let project = Project::new(&[("mlgate.yml", text)]);
    let bless = |path: &str| assert_eq!(project.command(&["bless", "--quiet", "--baseline", path]).code, 0);
    bless(".mlgate/baseline.json");
    fs::copy(project.folder().join(".mlgate/baseline.json"), project.folder().join("frozen.json")).unwrap();
    project.commit(&[]);
    git(project.folder(), &["branch", "--quiet", "--force", "main"]);
    assert_eq!(project.found(), []);
    project.commit(&[("frozen.json", &project.place.read("frozen.json").replace("mlgate 0", "mlgate  0"))]);
    assert_eq!(project.found(), pairs(&[("reference.renewed", "changed")]));
}

#[test]
fn numbers_that_do_not_follow_from_the_files_are_told() {
    let project = blessed("rows: \">= baseline\"");
    let path = ".mlgate/baseline.json";
    let digest = |text: &str| {
        let baseline: Value = serde_json::from_str(text).unwrap();
        baseline["inputs"][0]["digest"].as_str().unwrap().to_owned()
    };
    let honest = digest(&project.place.read(path));
    project.write(&[("d.csv", "id,age,zip\n1,20,a\n2,3,b\n")]);
    let despite = ["bless", "--quiet", "--despite", "data.d.rows", "--reason", "x", "--owner", "@bob"];
    assert_eq!(project.command(&despite).code, 0);
    let other = project.place.read(path);
    // The numbers of two rows under the digest of four.
    let forged = other.replace(&digest(&other), &honest);
    project.commit(&[("d.csv", ROWS), (path, &forged)]);
    let why = renewed(&project);
    assert!(why.contains("its numbers do not follow from its files"), "{why}");
    // A baseline of other files than those of its commit.
    let project = blessed("rows: \">= baseline\"");
    project.write(&[("d.csv", "id,age,zip\n1,20,a\n2,3,b\n")]);
    assert_eq!(project.command(&despite).code, 0);
    project.commit(&[("d.csv", ROWS)]);
    let why = renewed(&project);
    assert!(why.contains("changes that commit") && why.contains("`d.csv` of commit"), "{why}");
}

#[test]
fn a_place_that_fell_through_is_gathered_and_told_once() {
    let text = "version: 1\nbaseline: {from: [none.json, .mlgate/baseline.json]}\ndata:\n  d: {path: d.csv, rows: \">= baseline\"}\n";
    let project = Project::new(&[("mlgate.yml", text)]);
    assert_eq!(project.command(&["bless", "--quiet", "--baseline", ".mlgate/baseline.json"]).code, 0);
    project.commit(&[]);
    git(project.folder(), &["branch", "--quiet", "--force", "main"]);
    assert_eq!(project.found(), pairs(&[("baseline.fallback", "changed")]));
    let page = run_with(project.folder(), &["run", "--format", "markdown"], &JOB).stdout;
    assert_eq!(page.matches("no earlier place has a baseline").count(), 1, "{page}");
    let page = run_with(project.folder(), &["run"], &JOB).stdout;
    assert_eq!(page.matches("baseline.fallback").count(), 1, "{page}");
}

const MODEL: &str = "version: 1\nmodels:\n  m:\n    predictions: p.csv\n    baseline_predictions: q.csv\n    key: id\n    label: y\n    \
                     prediction: p\n    metrics: {accuracy: {min: 0.1}}\n";

#[test]
fn both_sides_with_one_digest_warn_in_a_pull_request() {
    let rows = "id,y,p\n1,0,0\n2,1,1\n3,1,0\n4,0,0\n";
    let project = Project::new(&[("mlgate.yml", MODEL), ("p.csv", rows), ("q.csv", rows)]);
    let (report, _) = project.job(&[]);
    assert_eq!(found(&report), pairs(&[("same_files.models.m", "changed")]));
    assert_eq!(report["guard"]["effect"], "warns");
    assert_eq!(report["notes"][0]["effect"], "warns");
    // On a laptop it is a note.
    assert_eq!(project.run(&[], &[]).0["notes"][0]["effect"], "none");
}

#[test]
fn labels_that_differ_and_rows_that_are_missing_are_gathered() {
    let text = "version: 1\nbaseline: .mlgate/baseline.json\nmodels:\n  m: {predictions: p.csv, key: id, label: y, prediction: p, metrics: \
                {accuracy: {min: 0.1}}}\n";
    let rows = "id,y,p\n1,0,0\n2,1,1\n3,1,0\n4,0,0\n";
    let project = Project::new(&[("mlgate.yml", text), ("p.csv", rows)]);
    let answer = project.command(&["bless", "--quiet"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    project.commit(&[]);
    git(project.folder(), &["branch", "--quiet", "--force", "main"]);
    assert_eq!(project.found(), []);
    let others = [("3,1,0", "3,0,0"), ("4,0,0\n", ""), ("4,0,0", "5,0,0")];
    for (before, after) in others {
        project.commit(&[("p.csv", &rows.replace(before, after))]);
        assert_eq!(project.found(), pairs(&[("baseline.rows.m", "changed")]), "{after}");
    }
    // More rows hide nothing.
    project.commit(&[("p.csv", &format!("{rows}5,0,0\n"))]);
    assert_eq!(project.found(), []);
}

/// The gate compares with a commit of the change itself, so that the working tree may hold anything.
#[test]
fn a_baseline_of_a_commit_of_the_change_is_renewed_as_well() {
    let text = "version: 1\nbaseline: \"git:HEAD\"\ndata:\n  d: {path: d.csv, rows: \">= baseline\"}\n";
    let project = Project::new(&[("mlgate.yml", text)]);
    let bless = |more: &[&str]| {
        let answer = project.command(&[&["bless", "--quiet", "--baseline", ".mlgate/baseline.json"], more].concat());
        assert_eq!(answer.code, 0, "{}", answer.stderr);
    };
    bless(&[]);
    project.commit(&[]);
    git(project.folder(), &["branch", "--quiet", "--force", "main"]);
    assert_eq!(project.found(), []);
    project.commit(&[("d.csv", "id,age,zip\n1,20,a\n")]);
    bless(&["--despite", "data.d.rows", "--reason", "new source", "--owner", "@bob"]);
    project.commit(&[]);
    let why = renewed(&project);
    assert!(why.contains("d rows: 4 → 1") && why.contains("@bob"), "{why}");
    let branch = text.replace("git:HEAD", "git:pr");
    project.commit(&[("mlgate.yml", &branch)]);
    assert_eq!(project.found(), pairs(&[("baseline", "loosened"), ("baseline.renewed", "changed")]));
    // The command line names it: the job's own choice is told all the same.
    project.commit(&[("mlgate.yml", text)]);
    for source in ["git:HEAD:.mlgate/baseline.json", ".mlgate/baseline.json"] {
        let (report, _) = project.job(&["--baseline", source]);
        assert_eq!(found(&report), pairs(&[("baseline.renewed", "changed")]), "{source}");
    }
    // The commit that the change starts from is the other side's.
    assert_eq!(found(&project.job(&["--baseline", "git:main"]).0), []);
}

#[test]
fn fewer_rows_than_the_other_side_s_file_are_told() {
    let line = |rows: &str| config(&format!("baseline_path: old.csv\n    {rows}"));
    let project = Project::new(&[("mlgate.yml", &line("columns: {id: {nulls: 0}}")), ("old.csv", ROWS)]);
    assert_eq!(project.found(), pairs(&[("same_files.data.d", "changed")]));
    project.commit(&[("d.csv", "id,age,zip\n1,20,a\n")]);
    let (report, _) = project.job(&[]);
    assert_eq!(found(&report), pairs(&[("fewer_rows.data.d", "changed")]));
    let change = &report["guard"]["changes"][0];
    assert_eq!(
        (&change["from"], &change["to"], &change["effect"]),
        (&"4 rows".into(), &"1 row".into(), &"warns".into())
    );
    // A gate on the rows beside the baseline judges them itself.
    let project = Project::new(&[("mlgate.yml", &line("rows: \">= baseline - 90%\"")), ("old.csv", ROWS)]);
    project.commit(&[("d.csv", "id,age,zip\n1,20,a\n")]);
    assert_eq!(project.found(), []);
    // More rows hide nothing.
    project.commit(&[("mlgate.yml", &line("rows: \">= 1\"")), ("d.csv", &format!("{ROWS}5,50,e\n"))]);
    assert_eq!(project.found().iter().filter(|(gate, _)| gate.starts_with("fewer")).count(), 0);
    // On a laptop nothing is compared.
    project.write(&[("d.csv", "id,age,zip\n1,20,a\n")]);
    assert_eq!(found(&project.run(&[], &[]).0), []);
}

#[test]
fn fewer_unpaired_rows_are_told() {
    let rows = "id,y,p\n1,0,0\n2,1,1\n3,1,0\n4,0,0\n";
    let text = MODEL.replace("key: id", "pairing: none");
    let project = Project::new(&[("mlgate.yml", &text), ("p.csv", "id,y,p\n5,0,0\n6,1,1\n"), ("q.csv", rows)]);
    assert_eq!(project.found(), pairs(&[("fewer_rows.models.m", "changed")]));
    project.commit(&[("p.csv", &rows.replace("3,1,0", "3,1,1"))]);
    assert_eq!(project.found(), []);
}
