//! `mlgate explain`, `mlgate checks` and `mlgate schema`: the contents of the catalogue.

use std::fmt::Write as _;
use std::path::Path;

use crate::catalog::{CheckSpec, Family, ParamKind, config_schema};
use crate::cli::commands::explain_metric;
use crate::cli::exit::PASSED;
use crate::cli::{load, output, prose};
use crate::config::{did_you_mean, visible};
use crate::pipeline::failure::Failure;
use crate::report::safe;

/// Prints the page of a check.
pub(in crate::cli) fn explain(id: &str, config: Option<&Path>) -> Result<u8, Failure> {
    let catalog = load::catalog(load::optional(config)?.as_ref())?;
    let pages: Vec<String> = catalog.named(id).map(page).collect();
    if pages.is_empty() {
        if let Some(page) = explain_metric::page(id) {
            output::print(&prose::for_output(&page))?;
            return Ok(PASSED);
        }
        let names = explain_metric::names();
        let known = catalog.all().map(|spec| spec.id.as_str()).chain(names.iter().map(String::as_str));
        let hint = match did_you_mean(id, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`mlgate checks` lists the checks, docs/metrics.md and docs/fairness.md the metrics and rates"
                .to_owned(),
        };
        return Err(Failure::Usage(format!("there is no check and no metric or rate `{}`; {hint}", visible(id))));
    }
    output::print(&prose::for_output(&pages.join("\n")))?;
    Ok(PASSED)
}

fn page(spec: &CheckSpec) -> String {
    let (heading, rest) = spec.body.split_once('\n').unwrap_or((&spec.body, ""));
    let mut text = format!("{heading}\n\n{}: {}\nThe number: {}\n", spec.family.name(), spec.summary, spec.definition);
    if !spec.params.is_empty() {
        text.push_str("\n## Parameters\n\n");
    }
    for param in &spec.params {
        let default = if param.default.is_some() { ", optional" } else { "" };
        let _ = writeln!(text, "- `{}` ({}{default}): {}", param.name, kind(&param.kind), param.about);
    }
    text.push_str(rest);
    // A page of the user's own may come from a pull request.
    text.lines().map(|line| visible(line) + "\n").collect()
}

fn kind(kind: &ParamKind) -> &'static str {
    match kind {
        ParamKind::ShareBound => "a bound on a proportion or number of rows",
        ParamKind::RowsBound => "a bound on a number of rows",
        ParamKind::NumberBound => "a bound on a number",
        ParamKind::Interval | ParamKind::NumberInterval => "an interval",
        ParamKind::Values => "a list of values",
        ParamKind::Pattern => "a regular expression",
        ParamKind::Flag => "true or false",
        ParamKind::Number => "a number",
        ParamKind::Edges => "a list of numbers that increase",
        ParamKind::Amount => "an amount",
        ParamKind::Choice(_) => "a word",
        ParamKind::Choices(_) => "a list of words",
        ParamKind::Type => "a type",
        ParamKind::Condition => "a condition in SQL",
        ParamKind::Columns => "a list of columns",
        ParamKind::TheirColumns => "a list of columns of the other dataset",
        ParamKind::Patterns => "a list of columns, in which * and ? match names",
        ParamKind::Column => "a column",
        ParamKind::Dataset => "a dataset of the config",
        ParamKind::Reference => "a column of a dataset, such as customers.id",
        ParamKind::Query => "one SELECT",
        ParamKind::AgeBound => "a bound on an age",
        ParamKind::Gap => "a time such as 7 days, or a number",
        ParamKind::Group => "a group to compare with",
    }
}

/// Prints all checks as a table.
pub(in crate::cli) fn checks(config: Option<&Path>) -> Result<u8, Failure> {
    let catalog = load::catalog(load::optional(config)?.as_ref())?;
    let width = catalog.all().map(|spec| spec.id.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for family in Family::ALL {
        let mut specs = catalog.family(family).peekable();
        if specs.peek().is_some() {
            text.push_str(family.name());
            text.push('\n');
        }
        for spec in specs {
            let _ = writeln!(text, "  {:width$}  {}", visible(&spec.id), visible(&spec.summary));
        }
    }
    text.push_str("\n`mlgate explain CHECK` shows a check's page\n");
    output::print(&text)?;
    Ok(PASSED)
}

/// Prints the JSON Schema of a config.
pub(in crate::cli) fn schema(config: Option<&Path>) -> Result<u8, Failure> {
    let catalog = load::catalog(load::optional(config)?.as_ref())?;
    let schema = serde_json::to_string_pretty(&config_schema(&catalog))
        .map_err(|error| Failure::Environment(format!("internal error: the schema cannot be written: {error}")))?;
    output::print(&(safe::json(&schema) + "\n"))?;
    Ok(PASSED)
}
