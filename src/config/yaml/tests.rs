#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use proptest::prelude::*;

use super::*;

fn value(text: &str) -> Value {
    parse(&format!("key: {text}")).unwrap().get("key").unwrap().value.clone()
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err()[0].message.clone()
}

#[test]
fn the_traps_of_yaml_do_not_bite() {
    for text in ["on", "off", "yes", "no", "y", "12:30", "1_000", "2020-01-01", "0x1F", "< 5%", "1.2.3"] {
        assert_eq!(value(text), Value::Text(text.to_owned()), "{text}");
    }
    assert!(refusal("key: 010").contains("8-based"));
    assert_eq!(value("\"010\""), Value::Text("010".to_owned()));
    let keys = parse("on: 1\nno: 2\n1: 3\n").unwrap();
    assert_eq!(keys.get("on").unwrap().value, Value::Int(1));
    assert_eq!(keys.get("no").unwrap().value, Value::Int(2));
    assert_eq!(keys.get("1").unwrap().value, Value::Int(3));
}

#[test]
fn scalars_are_those_of_the_core_schema() {
    assert_eq!(value("~"), Value::Null);
    assert_eq!(value("true"), Value::Bool(true));
    assert_eq!(value("-3"), Value::Int(-3));
    assert_eq!(value("0.5"), Value::Float(0.5));
    assert_eq!(value("1e-3"), Value::Float(1e-3));
    assert!(refusal("key: .nan").contains("not a number that can be compared"));
    assert!(refusal("key: 1e999").contains("too large"));
}

#[test]
fn places_are_exact() {
    let text = "a:\n  b: [1, two]\n";
    let root = parse(text).unwrap();
    let b = root.get("a").unwrap().get("b").unwrap();
    assert_eq!(&text[b.span.start..b.span.end], "[1, two]");
    let Value::List(items) = &b.value else { panic!() };
    assert_eq!(&text[items[1].span.start..items[1].span.end], "two");
    let key = &root.get("a").unwrap().entries().unwrap()[0].key;
    assert_eq!(&text[key.span.start..key.span.end], "b");
}

#[test]
fn what_a_config_must_not_use_is_refused() {
    assert_eq!(refusal("a: 1\na: 2\n"), "the key `a` is repeated here");
    assert!(refusal("a: &x {b: 1}\nc:\n  <<: *x\n").contains("`<<` is not YAML 1.2"));
    assert!(refusal("a: !!python/object x").contains("tags"));
    assert!(refusal("a: 1\n---\nb: 2\n").contains("a second document"));
    assert!(refusal("{[1]: 2}").contains("a key must be a name"));
    assert!(refusal("a: [1, 2").contains("not YAML"));
}

#[test]
fn anchors_work_and_bombs_do_not() {
    let root = parse("a: &x [1, 2]\nb: *x\n").unwrap();
    assert_eq!(root.get("b").unwrap().kind_name(), "a list");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let alias = format!("*a{}", level - 1);
        bomb += &["a", &level.to_string(), ": &a", &level.to_string(), " [", &[alias.as_str(); 9].join(", "), "]\n"]
            .concat();
    }
    assert!(refusal(&bomb).contains("more than"));
    let long = "y".repeat(1 << 20);
    let many = vec!["*a"; 40].join(", ");
    let keys: String = (0..40).map(|_| "- {*a : 1}\n").collect();
    let mut doubled = format!("a0: &a0 \"{long}\"\n");
    for level in 1..8 {
        let line = format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1);
        doubled.push_str(&line);
    }
    for text in [
        format!("x: &a \"{long}\"\nz: [{many}]\n"),
        format!("x: &a \"{long}\"\nz: {{{}}}\n", (0..40).map(|at| format!("k{at}: *a, ")).collect::<String>()),
        format!("- &a \"{long}\"\n{keys}"),
        doubled,
        // Each anchor keeps a second copy of its contents.
        format!("{}\"{long}\"{}", (0..31).map(|at| format!("&a{at} [")).collect::<String>(), "]".repeat(31)),
    ] {
        assert_eq!(refusal(&text), "the config is larger than 32 MiB, counting what its aliases repeat");
    }
    let shared = format!("x: &a \"{}\"\nz: [{}]\n", "y".repeat(1000), vec!["*a"; 1000].join(", "));
    assert!(parse(&shared).is_ok(), "anchors as people use them stay");
    assert!(!refusal(&"[".repeat(100)).is_empty());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,80}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_mutilated_config_makes_it_panic(cut in 0usize..120, insert in "[\\[\\]{}:,&*!|>'\"#\n\t -]{0,6}") {
        let text = "version: 1\ndata:\n  train: {path: a.csv, rows: \"> 1\"}\n  test:\n    - &x 1\n    - *x\n";
        let cut = cut.min(text.len());
        let _ = parse(&format!("{}{insert}{}", &text[..cut], &text[cut..]));
    }
}
