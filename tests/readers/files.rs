//! Files of metrics that any program writes.

use serde_json::Value;

use super::{refused, snapshot};
use crate::support::{Workplace, run_in};

fn read(place: &Workplace, source: &str) -> Value {
    let answer = run_in(place.path(), &["read", source, "--format", "json"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    serde_json::from_str(&answer.stdout).unwrap()
}

/// Returns names and values in one line.
fn shown(run: &Value) -> String {
    let metrics = run["metrics"].as_object().unwrap().iter();
    metrics.map(|(name, metric)| format!("{name}={}", metric["value"])).collect::<Vec<_>>().join(" ")
}

#[test]
fn documents_in_three_formats_are_one() {
    let place = Workplace::new();
    place.write(
        "m.json",
        "{\"eval\": {\"f1\": 0.5, \"loss\": NaN}, \"worst\": -Infinity, \"name\": \"x\", \"ok\": true}",
    );
    place.write("m.yaml", "eval:\n  f1: 0.5\n  loss: .nan\nworst: -.inf\nname: x\nok: true\n");
    place.write("m.toml", "worst = -inf\nname = \"x\"\nok = true\n[eval]\nf1 = 0.5\nloss = nan\n");
    for (name, kind) in [("m.json", "json"), ("m.yaml", "yaml"), ("m.toml", "toml"), ("json:m.json", "json")] {
        let run = read(&place, name);
        assert_eq!(run["kind"], kind);
        assert_eq!(shown(&run), "eval.f1=0.5 eval.loss=\"NaN\" worst=\"-Infinity\"", "{name}");
    }
}

#[test]
fn compressed_files_are_read() {
    use std::io::Write as _;
    let place = Workplace::new();
    let text = b"{\"a\": 1}\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text).unwrap();
    let packed = gzip.finish().unwrap();
    std::fs::write(place.path().join("m.json.gz"), &packed).unwrap();
    std::fs::write(place.path().join("m.json.zst"), zstd::encode_all(&text[..], 3).unwrap()).unwrap();
    for name in ["m.json.gz", "m.json.zst"] {
        assert_eq!(shown(&read(&place, name)), "a=1.0");
    }
    std::fs::write(place.path().join("cut.json.gz"), &packed[..packed.len() - 6]).unwrap();
    assert!(refused(place.path(), "cut.json.gz").contains("damaged"));
}

#[test]
fn tables_in_three_forms() {
    let place = Workplace::new();
    place.write("names.csv", "metric,value\naccuracy,0.9\nloss,nan\n");
    assert_eq!(shown(&read(&place, "names.csv")), "accuracy=0.9 loss=\"NaN\"");
    place.write("row.csv", "run,accuracy,loss\nmain,0.9,0.2\n");
    assert_eq!(shown(&read(&place, "row.csv")), "accuracy=0.9 loss=0.2");
    place.write("epochs.tsv", "epoch\tloss\tnote\n2\t0.25\ta\n1\t0.5\tb\n3\t\tc\n");
    let run = read(&place, "epochs.tsv");
    assert_eq!(shown(&run), "epoch=3.0 loss=0.25 loss.best=0.25 loss.max=0.5 loss.min=0.25");
    assert_eq!(run["metrics"]["loss"]["step"], 2);
    place.write("twice.csv", "metric,value\na,1\na,2\n");
    assert!(refused(place.path(), "twice.csv").contains("two values are named `a`"));
    place.write("ragged.csv", "a,b\n1,2\n3\n");
    assert!(refused(place.path(), "ragged.csv").contains("line 3 has 1 field, but the first line has 2"));
}

#[test]
fn the_highest_step_is_the_last_and_not_the_last_line() {
    let place = Workplace::new();
    place.write("log.jsonl", "{\"step\": 20, \"eval\": {\"loss\": 0.3}}\n{\"step\": 10, \"eval\": {\"loss\": 0.2}}\n{\"step\": 20, \"lr\": 0.1}\n");
    let run = read(&place, "log.jsonl");
    assert_eq!(shown(&run), "eval.loss=0.3 eval.loss.best=0.2 eval.loss.max=0.3 eval.loss.min=0.2 lr=0.1 step=20.0");
    assert_eq!(run["metrics"]["eval.loss"]["step"], 20);
    // A resumed training writes a step again.
    place.write("again.jsonl", "{\"step\": 1, \"a\": 1}\n{\"step\": 2, \"a\": 2}\n{\"step\": 2, \"a\": 3}\n");
    assert_eq!(shown(&read(&place, "again.jsonl")), "a=3.0 a.max=3.0 a.min=1.0 step=2.0");
}

#[test]
fn lists_of_numbers_are_histories() {
    let place = Workplace::new();
    place.write("m.json", "{\"valid\": {\"logloss\": [0.61, 0.44, 0.47]}, \"step\": 7, \"runs\": [{\"name\": \"a\", \"value\": 1}, {\"name\": \"b\", \"value\": 2}]}");
    let run = read(&place, "m.json");
    assert_eq!(run["metrics"]["valid.logloss.2"]["value"], 0.47);
    assert_eq!(run["metrics"]["valid.logloss.last"]["value"], 0.47);
    assert_eq!(run["metrics"]["valid.logloss.best"]["value"], 0.44);
    assert_eq!(run["metrics"]["valid.logloss.best"]["step"], 1);
    assert_eq!(run["metrics"]["runs.b"]["value"], 2.0);
}

#[test]
fn a_kind_decides_where_the_name_does_not() {
    let place = Workplace::new();
    place.write("yaml_file", "a: .nan\nb: {c: 1}\n").write("toml_file", "a = 1\n").write("json_file", "{\"a\": 1}");
    assert_eq!(shown(&read(&place, "yaml:yaml_file")), "a=\"NaN\" b.c=1.0");
    assert_eq!(shown(&read(&place, "toml:toml_file")), "a=1.0");
    assert_eq!(shown(&read(&place, "json_file")), "a=1.0");
    refused(place.path(), "toml_file");
    refused(place.path(), "toml:yaml_file");
}

#[test]
fn a_trainer_s_history_is_a_series() {
    let place = Workplace::new();
    place.write(
        "trainer_state.json",
        "{\"log_history\": [{\"step\": 10, \"loss\": 0.9}, {\"step\": 20, \"eval_loss\": 0.5}, {\"step\": 20, \"loss\": 0.4}, {\"step\": 30, \"loss\": 0.6}]}",
    );
    let run = read(&place, "trainer_state.json");
    assert_eq!(run["metrics"]["log_history.loss"]["value"], 0.6);
    assert_eq!(
        run["metrics"]["log_history.loss.best"],
        serde_json::json!({"value": 0.4, "step": 20, "n": null, "stderr": null, "direction": null})
    );
    assert_eq!(run["metrics"]["log_history.eval_loss"]["value"], 0.5);
    assert_eq!(run["metrics"]["log_history.1.eval_loss"]["value"], 0.5);
}

#[test]
fn several_files_of_a_folder_have_their_paths() {
    let place = Workplace::new();
    place.write("out/metrics.json", "{\"eval\": {\"f1\": 0.5}}").write("out/more/test.csv", "metric,value\nacc,1\n");
    place.write("out/.hidden.json", "{\"x\": 1}").write("out/notes.txt", "x: 1\n");
    assert_eq!(shown(&read(&place, "out")), "metrics.json:eval.f1=0.5 more/test.csv:acc=1.0");
    place.write("one/metrics.json", "{\"f1\": 0.5}");
    assert_eq!(shown(&read(&place, "one")), "f1=0.5");
    place.write("bad/metrics.json", "{\"f1\": 0.5}").write("bad/other.json", "{\"f1\": 0.");
    assert!(refused(place.path(), "bad").contains("other.json"));
}

#[test]
fn nothing_to_read_is_exit_4() {
    let place = Workplace::new();
    place
        .write("text.txt", "accuracy 0.9")
        .write("empty.json", "")
        .write("none.json", "{\"a\": \"b\"}")
        .write("list.json", "[]");
    place
        .write("twice.json", "{\"a\": 1, \"a\": 2}")
        .write("both.json", "{\"a.b\": 1, \"a\": {\"b\": 2}}")
        .write("big.json", "{\"a\": 1e999}")
        .write("both.jsonl", "{\"a.b\": 1, \"a\": {\"b\": 2}}\n");
    for source in [
        "text.txt",
        "empty.json",
        "none.json",
        "list.json",
        "twice.json",
        "both.json",
        "both.jsonl",
        "big.json",
        "gone.json",
        "C:\\gone",
        "",
        "json:",
        "odd:x",
        "json:none.json?a=1",
    ] {
        refused(place.path(), source);
    }
    place.write("half.json", "{\"a\": 1, \"b\": null}");
    assert_eq!(read(&place, "half.json")["warnings"], serde_json::json!(["`b` is null"]));
}

#[test]
fn hostile_files_are_refused_and_steer_nothing() {
    let place = Workplace::new();
    place.write("deep.json", &"[".repeat(300_000)).write("deep.yaml", &"{a: ".repeat(300_000));
    place.write("deep.toml", &format!("a = {}", "[".repeat(300_000)));
    place.write(
        "many.json",
        &format!("{{{}\"x\": 1}}", (0..30_000).map(|at| format!("\"k{at}\": 1, ")).collect::<String>()),
    );
    for source in ["deep.json", "deep.yaml", "deep.toml", "many.json"] {
        refused(place.path(), source);
    }
    assert!(snapshot(place.path(), "many.json").unwrap_err().to_string().contains("too many metrics"));
    place.write("odd.json", "{\"::error::x\\u001b[31m\\n##[group]\": 1}");
    let answer = run_in(place.path(), &["read", "odd.json"]);
    assert!(!answer.stdout.contains('\u{1b}') && !answer.stdout.contains("##["), "{:?}", answer.stdout);
    assert!(answer.stdout.lines().all(|line| !line.trim_start().starts_with("::")), "{:?}", answer.stdout);
}

#[cfg(unix)]
#[test]
fn what_is_neither_file_nor_folder_is_not_opened() {
    let place = Workplace::new();
    std::os::unix::fs::symlink("/dev/zero", place.path().join("zero.json")).unwrap();
    assert!(refused(place.path(), "zero.json").contains("neither a file nor a folder"));
    // A link to a folder above has no end.
    place.write("out/m.json", "{\"a\": 1}");
    std::os::unix::fs::symlink("..", place.path().join("out/up")).unwrap();
    assert_eq!(shown(&read(&place, "out")), "a=1.0");
}
