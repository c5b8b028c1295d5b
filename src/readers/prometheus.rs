//! Instant queries of Prometheus, and of what speaks its interface: Thanos, Mimir, VictoriaMetrics.
//!
//! A query has to answer with one series, or a scalar: of several it would be chance which one counts.

use url::Url;

use super::datum::{self, Datum};
use super::source_kind::SourceKind;
use super::source_request::SourceRequest;
use super::web::{Credentials, WebClient, without_password};
use super::{MetricReading, ReadError, RunSnapshot};

/// The kind of source.
pub(in crate::readers) const KIND: SourceKind =
    SourceKind {
        name: "prometheus", about: "an instant query, `prometheus:URL?query=…`", recognise: |_| false, read
    };

/// The variable with the address where a locator names none, and to which alone a config may send the token.
const ADDRESS: &str = "MLGATE_PROMETHEUS_URL";
/// The variable with the token.
const TOKEN: &str = "MLGATE_PROMETHEUS_TOKEN";
/// The name of a value whose series has none, such as a ratio.
const UNNAMED: &str = "value";

fn read(request: &SourceRequest<'_>) -> Result<RunSnapshot, ReadError> {
    request.query.only(&["query", "time", "name"])?;
    let refused = |why: String| ReadError::unreadable(without_password(request.place), why);
    let Some(query) = request.query.get("query").filter(|query| !query.trim().is_empty()) else {
        return Err(refused("the query is missing; write `prometheus:URL?query=…`".to_owned()));
    };
    let address = Some(request.place.to_owned())
        .filter(|place| !place.is_empty())
        .or_else(|| request.environment.variable(ADDRESS));
    let address = address.ok_or_else(|| refused(format!("the address is missing, and {ADDRESS} is not set")))?;
    let mut url = Url::parse(&address).map_err(|_| refused("it is not an http or https address".to_owned()))?;
    let credentials = Credentials::take_from(&mut url).or_else(|| {
        let is_trusted = request.environment.trusts(&url, &[ADDRESS]);
        request.environment.variable(TOKEN).filter(|_| is_trusted).map(Credentials::Bearer)
    });
    let client = WebClient::new(url, credentials, "Prometheus", request.limits.bytes).map_err(&refused)?;
    let mut pairs = vec![("query", query)];
    pairs.extend(request.query.get("time").map(|time| ("time", time)));
    let answer = client.get("api/v1/query", &pairs).map_err(&refused)?;
    let document = datum::json(&answer.text, request.limits);
    let document = match document {
        Ok(document) if document.get("status").and_then(Datum::text) == Some("success") && answer.status == 200 => {
            document
        }
        Ok(document) if document.get("status").and_then(Datum::text) == Some("error") => {
            let said = document.get("error").and_then(Datum::text).unwrap_or("no reason");
            return Err(refused(format!("Prometheus refuses the query: {said}")));
        }
        _ => return Err(refused(answer.unexpected("Prometheus"))),
    };
    snapshot(&document, query, request.query.get("name")).map_err(refused)
}

fn snapshot(document: &Datum, query: &str, wanted: Option<&str>) -> Result<RunSnapshot, String> {
    let data = document.get("data").ok_or("the answer has no `data`")?;
    let result = data.get("result").ok_or("the answer has no `result`")?;
    let mut snapshot = RunSnapshot::default();
    let (labels, sample) = match data.get("resultType").and_then(Datum::text) {
        Some("scalar") => (None, result),
        Some("vector") => match result.items() {
            [series] => {
                let value = series
                    .get("value")
                    .ok_or("the series is a histogram, not a number; query a quantile or a rate of it")?;
                (series.get("metric"), value)
            }
            [] => return Err(format!("the query `{query}` has no result: no series matches it now")),
            several => {
                return Err(format!(
                    "the query `{query}` has {} series, such as {} and {}; select one by its labels, or aggregate, as with `sum(…)`",
                    several.len(),
                    labelled(&several[0]),
                    labelled(&several[1])
                ));
            }
        },
        Some(other) => {
            return Err(format!("the query answers with a {other}; an instant vector or a scalar is needed"));
        }
        None => return Err("the answer has no `resultType`".to_owned()),
    };
    let [_, value] = sample.items() else {
        return Err("a sample of the answer is not a time and a value".to_owned());
    };
    let number = value.text().and_then(super::number::number).ok_or("the value of the answer is not a number")?;
    let labels = labels.map(Datum::entries).unwrap_or_default();
    let text = |name: &str| labels.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.text());
    let name = wanted.or_else(|| text("__name__")).unwrap_or(UNNAMED);
    snapshot.metrics.insert(name.to_owned(), MetricReading::of(number));
    let others = labels.iter().filter(|(key, _)| key != "__name__");
    snapshot.tags = others.filter_map(|(key, value)| Some((key.clone(), value.text()?.to_owned()))).collect();
    for list in ["warnings", "infos"] {
        let said = document.get(list).map(Datum::items).unwrap_or_default().iter().filter_map(Datum::text);
        said.for_each(|text| snapshot.warn(format!("Prometheus says: {text}")));
    }
    Ok(snapshot)
}

/// Writes the labels of a series as PromQL does.
fn labelled(series: &Datum) -> String {
    let labels = series.get("metric").map(Datum::entries).unwrap_or_default();
    let shown: Vec<String> =
        labels.iter().take(5).map(|(key, value)| format!("{key}=\"{}\"", value.text().unwrap_or_default())).collect();
    format!("{{{}}}", shown.join(", "))
}
