//! `mlgate explain` of a metric or a group rate: the definition of the number, for readers of a report.

use std::fmt::Write as _;

use crate::stats::{Direction, GroupMeasure, Metric, Needs, Parameter, Rate, Task};

/// Returns the page of a number, or `None` if there is no such number. A class behind an `@` is ignored.
pub(in crate::cli) fn page(name: &str) -> Option<String> {
    let plain = name.split('@').next().unwrap_or_default();
    let mut text = String::new();
    if plain == GroupMeasure::EQUALIZED_ODDS {
        text.push_str(&odds());
    } else if let Some(rate) = Rate::named(plain) {
        text.push_str(&of_groups(rate));
    }
    // A rate may also be a metric of all rows.
    if let Some(metric) = metric(name, plain) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&of_rows(metric, plain));
    }
    (!text.is_empty()).then_some(text)
}

/// Returns all names that have a page.
pub(in crate::cli) fn names() -> Vec<String> {
    let rates = Rate::ALL.map(|rate| rate.name().to_owned()).into_iter();
    rates.chain([GroupMeasure::EQUALIZED_ODDS.to_owned()]).chain(Metric::names()).collect()
}

/// Returns the metric of this name, with a valid parameter if the name has none.
fn metric(name: &str, plain: &str) -> Option<Metric> {
    let numbers = ["", "@1", "@0.5"].into_iter().map(|number| format!("{plain}{number}"));
    std::iter::once(name.to_owned()).chain(numbers).find_map(|name| Metric::parse(&name).ok())
}

fn of_groups(rate: Rate) -> String {
    let definition = rate.definition();
    let clause = definition.split_once(": ").map_or(definition, |(_, clause)| clause);
    format!(
        "# `{name}`\n\na rate of groups, under `fairness`\nThe number: {clause}\nIn other words: {meaning}\nElsewhere: {others}\n\n\
         Each group has the rate of its own rows. `min_n` is about the denominator, the rows that it is taken over: a group that has \
         fewer of those is listed and does not affect the verdict. Set limits with `max_gap`, `min_ratio` and the other fairness checks.\n",
        name = rate.name(),
        meaning = rate.meaning(),
        others = rate.other_names(),
    )
}

fn odds() -> String {
    let (of_positives, of_negatives) = (Rate::TruePositiveRate, Rate::FalsePositiveRate);
    format!(
        "# `{}`\n\na pair of rates of groups, under `fairness`\nThe number: the worse of true_positive_rate and false_positive_rate, each \
         compared between the groups\nIn other words: among those who are positive, and among those who are not, the model treats the \
         groups alike\n\n- true_positive_rate: {}\n- false_positive_rate: {}\n\nHardt, Price and Srebro (2016) ask that both be equal. A mean \
         of both could hide one behind the other, so the worse counts.\n",
        GroupMeasure::EQUALIZED_ODDS,
        of_positives.meaning(),
        of_negatives.meaning(),
    )
}

fn of_rows(metric: Metric, name: &str) -> String {
    let measure = metric.measure;
    let mut text = format!("# `{name}`\n\na metric, under `metrics` and, of each group, under `fairness`\n");
    let _ = writeln!(text, "The number: {}", measure.definition());
    let better = match metric.direction() {
        Direction::HigherIsBetter => "the higher, the better",
        Direction::LowerIsBetter => "the lower, the better",
        Direction::Neither if measure.tasks() == [Task::Score] => "`better` in the config says which is better",
        Direction::Neither => "neither high nor low is better by itself",
    };
    let end = |end: Option<f64>, none: &str| end.map_or_else(|| none.to_owned(), |end| end.to_string());
    let (low, high) = metric.range();
    let _ = writeln!(text, "Between {} and {}; {better}", end(low, "−∞"), end(high, "∞"));
    let tasks: Vec<&str> = measure.tasks().iter().copied().map(Task::name).collect();
    let needs = match metric.needs() {
        Needs::Classes => "predicted classes",
        Needs::BothSides => "predicted classes of both sides",
        Needs::Scores => "scores, or predicted numbers",
        Needs::Probabilities => "scores between 0 and 1",
        Needs::Interval => "both ends of a forecast interval",
    };
    let _ = writeln!(text, "For tasks: {}; needs {needs}", tasks.join(", "));
    if measure.parameter() != Parameter::None {
        let _ = writeln!(text, "Takes a number after an `@`, {}: `{metric}`", measure.parameter().demand());
    }
    if measure.is_averaged() {
        let names = ["macro", "micro", "weighted"].map(|average| format!("`{}_{average}`", measure.name()));
        let _ = writeln!(text, "For several classes: {}", names.join(", "));
    }
    if !measure.aliases().is_empty() {
        let names: Vec<String> = measure.aliases().iter().map(|alias| format!("`{alias}`")).collect();
        let _ = writeln!(text, "Also written {}", names.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use crate::stats::Measure;

    #[test]
    fn every_number_of_a_report_has_a_page() {
        for name in names() {
            let page = page(&name).unwrap_or_default();
            assert!(page.contains(&format!("# `{name}`")), "{name}: {page}");
        }
        for measure in Measure::all() {
            for alias in measure.aliases() {
                assert!(page(alias).is_some(), "{alias}");
            }
        }
        assert!(page("selection_rate@approved").unwrap().contains("a rate of groups"));
        assert_eq!(page("selektion_rate"), None);
    }
}
