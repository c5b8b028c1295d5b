//! Names of metrics in advice: those that are known, and the one that was meant.

use crate::config::did_you_mean;
use crate::stats::{BadMetric, Measure, Metric, Parameter, Rate, Task};

/// The number of metrics that advice names where none is near.
const FEW: usize = 8;

/// Returns the names of the metrics that satisfy a condition.
pub(super) fn metric_names(holds: impl Fn(Metric) -> bool) -> Vec<String> {
    let names = Metric::names().into_iter().map(|name| with_number(&name));
    names.filter(|name| Metric::parse(name).is_ok_and(&holds)).collect()
}

/// Returns a metric's name, with an example of the number that it needs.
fn with_number(name: &str) -> String {
    match Metric::parse(name) {
        Err(BadMetric::NeedsNumber(_, number)) => format!("{name}@{}", number.example()),
        _ => name.to_owned(),
    }
}

/// Returns advice on a metric that some other task has.
pub(super) fn of_other_task(written: &str) -> Option<String> {
    let all = metric_names(|_| true);
    let near = near_metric(written, all.iter().map(String::as_str))?;
    let metric = Metric::parse(&near).ok()?;
    let tasks: Vec<&str> = Task::ALL.into_iter().filter(|task| metric.applies_to(*task)).map(Task::name).collect();
    Some(format!("did you mean `{near}`? It is defined for {} tasks", tasks.join(", ")))
}

/// Returns advice that names the first metrics of a task, each without its averages.
pub(super) fn few_metrics(task: Option<Task>, known: &[&str]) -> String {
    let is_average = |name: &str| {
        let measure = name.split('@').next().unwrap_or_default();
        ["_micro", "_macro", "_weighted", "_samples"].iter().any(|average| measure.ends_with(average))
    };
    let plain: Vec<&str> = known.iter().copied().filter(|name| !is_average(name)).collect();
    let first = plain[..plain.len().min(FEW)].join(", ");
    let of = task.map_or_else(String::new, |task| format!(" of {} tasks", task.name()));
    format!("the metrics{of} are in docs/metrics.md, among them {first}")
}

/// Returns the known name that a metric was most likely meant to be, with the number that was written where it takes one.
pub(super) fn near_metric<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let plain = |name: &'a str| name.split('@').next().unwrap_or_default();
    let (name, number) = written.split_once('@').map_or((written, None), |(name, number)| (name, Some(number)));
    // `hit_rate` is a metric of the first k rows.
    let of_first = format!("{name}@{}", Parameter::K.example());
    if number.is_none() && Metric::parse(&of_first).is_ok() {
        return Some(of_first);
    }
    // Behind a rate or a metric of two classes stands a class.
    if let Some(class) = number.filter(|number| number.parse::<f64>().is_err()) {
        let mut names: Vec<&str> = known.into_iter().map(plain).filter(|name| Rate::named(name).is_some()).collect();
        for measure in Measure::all().filter(|measure| measure.is_of_a_class()) {
            names.push(measure.name());
        }
        let near = did_you_mean(name, names)?;
        return Some(format!("{}@{class}", with_number(near)));
    }
    let near = did_you_mean(name, known.into_iter().map(plain))?;
    let numbered = number.map(|number| format!("{near}@{number}"));
    let numbered = numbered.filter(|name| Metric::parse(name).is_ok());
    Some(numbered.unwrap_or_else(|| with_number(near)))
}

/// Returns the way to write the metric that a text names wrongly.
pub(super) fn way_out(why: &BadMetric, text: &str) -> String {
    match why {
        BadMetric::NeedsNumber(_, number) | BadMetric::BadNumber(_, number) => {
            let measure = text.split('@').next().unwrap_or_default();
            format!("write the number after an `@`, as in `{measure}@{}`", number.example())
        }
        BadMetric::TakesNoNumber(measure) | BadMetric::NotAveraged(measure) | BadMetric::NotOfOneClass(measure) => {
            format!("write `{measure}` alone")
        }
        BadMetric::NoClass(measure) => format!("write the class, as in `{measure}@fraud`, or `{measure}` alone"),
        BadMetric::ClassAndAverage(measure) => format!("write the class without an average, as in `{measure}@fraud`"),
        BadMetric::Unknown => "`mlgate checks` lists the metrics".to_owned(),
    }
}
