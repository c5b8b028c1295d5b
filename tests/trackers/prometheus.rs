//! Instant queries of Prometheus, in the form of its interface.

use serde_json::json;

use super::server::{Server, json};
use super::{read, refused, value};
use crate::support::Workplace;

fn answers(text: &'static str) -> Server {
    Server::start(move |_| json(200, text))
}

#[test]
fn one_series_is_a_metric() {
    let place = Workplace::new();
    let server = answers(
        r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"latency_p99","job":"api"},"value":[1700000000.5,"0.25"]}]}}"#,
    );
    let run = read(place.path(), &format!("prometheus:{}/prefix?query=latency_p99%7Bjob%3D%22api%22%7D", server.url));
    assert_eq!(value(&run, "latency_p99"), 0.25);
    assert_eq!(run["tags"], json!({"job": "api"}));
    let asked = server.requests().pop().unwrap();
    assert_eq!(
        (asked.path.as_str(), asked.query["query"].as_str()),
        ("/prefix/api/v1/query", "latency_p99{job=\"api\"}")
    );
    for (text, expected) in [
        (
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]}]}}"#,
            json!("NaN"),
        ),
        (
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"+Inf"]}]}}"#,
            json!("Infinity"),
        ),
        (r#"{"status":"success","data":{"resultType":"scalar","result":[1,"-Inf"]}}"#, json!("-Infinity")),
    ] {
        let run = read(place.path(), &format!("prometheus:{}?query=a%2Fb", answers(text).url));
        assert_eq!(value(&run, "value"), expected);
        assert_eq!(
            value(&read(place.path(), &format!("prometheus:{}?query=a&name=ratio", answers(text).url)), "ratio"),
            expected
        );
    }
}

#[test]
fn none_and_several_series_are_refused() {
    let place = Workplace::new();
    let says = |text: &'static str| refused(place.path(), &format!("prometheus:{}?query=up", answers(text).url));
    let series = r#"{"metric":{"job":"a"},"value":[1,"1"]}"#;
    let none = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;
    assert!(says(none).contains("no result"));
    let two: &'static str =
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{series},{series}]}}}}"#).leak();
    let message = says(two);
    assert!(message.contains("2 series") && message.contains("{job=\"a\"}"), "{message}");
    assert!(says(r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#).contains("matrix"));
    assert!(
        says(r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}"#)
            .contains("not a number")
    );
    assert!(
        says(r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}"#)
            .contains("histogram")
    );
    assert!(says("<html>").contains("status 200"));
    let server = Server::start(|_| {
        json(400, r#"{"status":"error","errorType":"bad_data","error":"parse error: unexpected end"}"#)
    });
    assert!(refused(place.path(), &format!("prometheus:{}?query=a%28", server.url)).contains("parse error"));
    assert!(refused(place.path(), &format!("prometheus:{}", server.url)).contains("the query is missing"));
    assert!(refused(place.path(), "prometheus:ftp://h?query=a").contains("not an http or https address"));
    assert!(refused(place.path(), "prometheus:host?query=a").contains("no"));
}
