//! Lines under a model's fairness → gates and observations.

use super::super::bound::Amount;
use super::super::margin::Margin;
use super::super::param::{ParamValue, Settings, settings};
use super::super::unfailing::reduced_range;
use super::super::{Blocked, Constraint as Work, GroupDemand, Observation, Observed};
use super::group_source::GroupSource;
use super::metric_names::{metric_names, near_metric};
use super::model::limit;
use super::{Around, Binder, class as one_class, has_column, no_column, subject};
use crate::catalog::{CheckSpec, Compare, Family, Judging, Reduce};
use crate::config::{Diagnostic, Fairness, GroupBy, Line, Lines, Span, Spanned};
use crate::measurement::prediction_spec::{BaselinePredictions, PredictionSpec};
use crate::measurement::{Counted, GroupColumn, Measurement, OrderedF64, PredictionMeasure, SliceBy, TableKind};
use crate::plural::counted;
use crate::stats::{BadMetric, ClassName, GroupMeasure, GroupReference, Measure, Metric, Rate, Reduction, Side, Task};

/// Advice for gates on a dataset's labels.
const HELP_OF_LABELS: &str = "compare the groups in the table; ask who is in the rows and how they came by their labels: a model learns this difference";

/// A group's rate or metric, and the positive class of the counts behind it.
#[derive(Debug, Clone)]
struct GroupNumber {
    measure: GroupMeasure,
    counted: Counted,
}

impl Binder<'_> {
    pub(super) fn fairness(&mut self, whose: &GroupSource<'_>, fairness: &Fairness) {
        for (place, by) in fairness.by.iter().enumerate() {
            if fairness.by[..place].iter().any(|other| crossed(&other.value) == crossed(&by.value)) {
                let message = format!("the grouping `{}` is listed twice", crossed(&by.value));
                self.problems.push(Diagnostic::new(message, by.span));
            }
            let columns: Vec<&str> = by.value.iter().map(|by| by.column.value.as_str()).collect();
            if let Some(at) = (1..columns.len()).find(|at| columns[..*at].contains(&columns[*at])) {
                let message = format!("`{}` is crossed with itself", columns[at]);
                self.problems.push(Diagnostic::new(message, by.span));
            }
        }
        for lines in &fairness.rates {
            let Some(of) = whose.is_known.then(|| self.of_groups(whose, &lines.name)).flatten() else {
                for line in &lines.lines {
                    let _ = self.check(Family::Fairness, line, Around { lines: &lines.lines, ..Around::default() });
                }
                continue;
            };
            for by in &fairness.by {
                let before = self.problems.len();
                self.of_grouping(whose, (lines, &of), by);
                // Each grouping binds every line again, and a line's mistake is reported once.
                self.said_once(before);
            }
        }
    }

    /// Returns the measure of a name under `rates` for these rows.
    fn of_groups(&mut self, whose: &GroupSource<'_>, name: &Spanned<String>) -> Option<GroupNumber> {
        let spec = whose.spec;
        let (plain, class) = match name.value.split_once('@') {
            Some((plain, class)) => (plain, Some(class)),
            None => (name.value.as_str(), None),
        };
        let rate = match plain {
            GroupMeasure::EQUALIZED_ODDS => Some(GroupMeasure::EqualizedOdds),
            _ => Rate::named(plain).map(GroupMeasure::Rate),
        };
        if whose.model.is_none() && rate != Some(GroupMeasure::Rate(Rate::BaseRate)) {
            let message = format!("`{}` needs predictions, and a dataset has only labels", name.value);
            let help = "use `base_rate`, the proportion of positive labels, or `base_rate@approved`, that of one class; all other rates need a model";
            self.problems.push(Diagnostic::new(message, name.span).with_help(help));
            return None;
        }
        let Some(measure) = rate else { return self.metric_of_groups(whose, name) };
        let as_metric = match measure {
            GroupMeasure::Rate(rate) => rate.as_metric(),
            _ => None,
        };
        let mut refuse = |message: String, help: &str| {
            self.problems.push(Diagnostic::new(message, name.span).with_help(help));
            None
        };
        if measure == GroupMeasure::Rate(Rate::ScoringRate) {
            if class.is_some()
                || spec.candidate.score.len() != 1
                || !matches!(spec.task, Task::Binary | Task::Regression)
            {
                return refuse(
                    "`scoring_rate` needs one column of scores".to_owned(),
                    "it is the proportion of a group above the median score, for models of two classes or of numbers that have a `score`",
                );
            }
            return Some(GroupNumber { measure, counted: Counted::AboveMedian });
        }
        if spec.weight.is_some() || spec.cluster.is_some() {
            let what = if spec.weight.is_some() { "weights" } else { "clusters" };
            let of_class = |metric: Metric, class: &str| metric.of_class(ClassName::new(class));
            return match (as_metric, spec.task, class) {
                // Metrics take weights and clusters into account.
                (Some(metric), Task::Binary, None) => {
                    Some(GroupNumber { measure: GroupMeasure::Metric(metric), counted: Counted::Positive })
                }
                (Some(metric), Task::Multiclass, Some(class)) if !class.is_empty() => {
                    let metric = of_class(metric, class);
                    if let Some(problem) = one_class::problem(metric, spec, name) {
                        self.problems.push(problem);
                        return None;
                    }
                    Some(GroupNumber { measure: GroupMeasure::Metric(metric), counted: Counted::Positive })
                }
                _ => refuse(
                    format!("`{}` by group does not support {what}", name.value),
                    "use a single rate, such as `selection_rate` or `true_positive_rate`, of several classes with the class behind an `@`; or a metric",
                ),
            };
        }
        match (spec.task, class) {
            (Task::Binary, None) => Some(GroupNumber { measure, counted: Counted::Positive }),
            (Task::Binary, Some(_)) => refuse(
                format!("`{}` names a class, but with two classes a rate is always of the positive one", name.value),
                "remove the `@` and what follows it",
            ),
            (Task::Multiclass, Some(class)) if !class.is_empty() => {
                if !spec.classes.is_empty() && !spec.classes.iter().any(|known| known == class) {
                    return refuse(format!("`{class}` is not one of `classes`"), "write one of them after the `@`");
                }
                Some(GroupNumber { measure, counted: Counted::Class(class.to_owned()) })
            }
            (Task::Multiclass, _) if plain == "accuracy" && class.is_none() => self.metric_of_groups(whose, name),
            (Task::Multiclass, _) => refuse(
                format!("`{plain}` needs a class, which is compared with all others"),
                "write the class after an `@`, as in `selection_rate@approved`",
            ),
            (task, _) => {
                let known = metric_names(|metric| metric.applies_to(task));
                let few: Vec<&str> = known.iter().take(4).map(String::as_str).collect();
                let help = format!("use a metric of the task, such as {}", few.join(", "));
                refuse(format!("`{plain}` is a rate of classes and not defined for {} tasks", task.name()), &help)
            }
        }
    }

    fn metric_of_groups(&mut self, whose: &GroupSource<'_>, name: &Spanned<String>) -> Option<GroupNumber> {
        let spec = whose.spec;
        if Metric::parse(&name.value) == Err(BadMetric::Unknown) {
            let metrics = metric_names(|metric| metric.applies_to(spec.task));
            let rates = || Rate::ALL.map(Rate::name).into_iter().chain([GroupMeasure::EQUALIZED_ODDS]);
            let near = near_metric(&name.value, rates().chain(metrics.iter().map(String::as_str)));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("use one of {}, or any metric of the task", rates().collect::<Vec<_>>().join(", ")),
            };
            let message = format!("there is no rate or metric `{}`", name.value);
            self.problems.push(Diagnostic::new(message, name.span).with_help(help));
            return None;
        }
        let metric = self.known_metric(whose.model?, Some(spec), name)?;
        Some(GroupNumber { measure: GroupMeasure::Metric(metric), counted: Counted::Positive })
    }

    fn of_grouping(
        &mut self,
        whose: &GroupSource<'_>,
        (lines, of): (&Lines, &GroupNumber),
        by: &Spanned<Vec<GroupBy>>,
    ) {
        let crossed = crossed(&by.value);
        let columns: Vec<GroupColumn> = by.value.iter().map(column).collect();
        let measure = match of.measure {
            GroupMeasure::Metric(metric) => PredictionMeasure::Sliced(metric.state_kind(), SliceBy::Groups(columns)),
            _ => PredictionMeasure::Contingency(columns, of.counted.clone()),
        };
        let state = Measurement::Predictions(whose.key.to_owned(), measure);
        let lost = whose.lost.clone().or_else(|| {
            let info = self.table(TableKind::Predictions, whose.key, Side::Candidate).ok()?;
            let mut columns = by.value.iter().map(|by| by.column.value.as_str());
            columns.find(|column| !has_column(info, column)).map(|column| no_column(info, column))
        });
        let mut roles = whose.roles.clone();
        roles.extend(subject(&[("rate", &lines.name.value), ("by", &crossed)]));
        let (what, at) = (Observed::Groups(of.measure), lines.name.span);
        let id = format!("{}.fairness.{crossed}.{}", whose.path, lines.name.value);
        self.observe(Observation { subject: roles.clone(), what, state: state.clone(), id, at }, &lost);
        for line in &lines.lines {
            let around = Around { lines: &lines.lines, ..Around::default() };
            let Some(check) = self.check(Family::Fairness, line, around) else { continue };
            let Some(settings) = settings(check, line, &[], &mut self.problems) else { continue };
            let Some((reduction, demand)) = self.group_demand(whose, check, &settings, of, (by, line)) else {
                continue;
            };
            self.tellable(&settings, line);
            let others = others(of.measure, &reduction, &state);
            let (measure, state) = (of.measure, state.clone());
            let work = Work::Groups { measure, reduction: reduction.clone(), state, others, demand };
            let task = match &lost {
                Some(why) => Err(Blocked::Error(why.clone())),
                None => Ok(work),
            };
            let id = format!("{}.fairness.{crossed}.{}.{}", whose.path, lines.name.value, line.key.value);
            let mut gate = self.gate(check, &settings, (id, line.key.span), roles.clone(), task);
            // A gate must not fail because of a group whose number the report hides.
            gate.min_n = gate.min_n.max(self.config.min_cell);
            if whose.model.is_none() {
                HELP_OF_LABELS.clone_into(&mut gate.help);
            }
            let class = match &of.counted {
                Counted::Class(class) => format!(" of `{class}` against all other classes"),
                _ => String::new(),
            };
            gate.definition = match demand {
                GroupDemand::Limit(_) => format!("{}{class}; {}", of.measure.definition(), reduction.definition()),
                _ => format!("{}{class}; {}; {}", of.measure.definition(), reduction.definition(), check.definition),
            };
            self.out.gates.push(gate);
        }
    }

    /// Refuses a `min_n` below `min_cell`: the verdict would depend on groups whose numbers are hidden, and thereby
    /// reveal them.
    fn tellable(&mut self, settings: &Settings, line: &Line) {
        let least = self.config.min_cell;
        if let Some(min_n) = settings.min_n.filter(|min_n| *min_n < least) {
            let message = format!(
                "`min_n: {min_n}` is below `min_cell: {least}`, so the verdict could depend on groups whose numbers are hidden"
            );
            let help = "raise `min_n`, or lower `min_cell` at the top of the config if the report may show numbers of so few rows";
            self.problems.push(Diagnostic::new(message, line.value.span).with_help(help));
        }
    }

    fn group_demand(
        &mut self,
        whose: &GroupSource<'_>,
        check: &CheckSpec,
        settings: &Settings,
        of: &GroupNumber,
        (by, line): (&Spanned<Vec<GroupBy>>, &Line),
    ) -> Option<(Reduction, GroupDemand)> {
        let reference = self.reference(settings, of.measure, by, line.value.span)?;
        let reduction = match check.reduce? {
            Reduce::Gap => Reduction::Gap(reference),
            Reduce::Ratio => Reduction::Ratio(reference),
            Reduce::Spread => Reduction::Spread,
            Reduce::Lowest => Reduction::Lowest,
            Reduce::Highest => Reduction::Highest,
            Reduce::Impact => Reduction::Ratio(GroupReference::Highest),
        };
        let range = match of.measure {
            GroupMeasure::Metric(metric) => metric.range(),
            _ => (Some(0.0), Some(1.0)),
        };
        let mut refuse = |message: String, help: &str| {
            self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
            None
        };
        let is_odds = of.measure == GroupMeasure::EqualizedOdds;
        if is_odds && matches!(reduction, Reduction::Lowest | Reduction::Highest | Reduction::Spread) {
            return refuse(
                format!("`{}` is for a single rate, and `equalized_odds` combines two", check.id),
                "set it under `true_positive_rate` and under `false_positive_rate`",
            );
        }
        // Means of predictions are mostly of amounts. Where one is below 0, its ratio is undefined.
        let is_mean = matches!(of.measure, GroupMeasure::Metric(metric) if metric.measure == Measure::MeanPrediction);
        if reduction.is_ratio() && !is_mean && range.0.is_none_or(|low| low < 0.0) {
            return refuse(format!("`{}` is a ratio, and `{}` can be negative", check.id, of.measure), "use `max_gap`");
        }
        if check.reduce == Some(Reduce::Impact) && !matches!(of.measure, GroupMeasure::Rate(_)) {
            return refuse(
                format!("`{}` is for proportions of rows, such as `selection_rate`", check.id),
                "use `min_ratio` or `max_gap` for a metric",
            );
        }
        if check.compare == Some(Compare::Drop) {
            if let (GroupMeasure::Metric(metric), Some(GroupReference::Rest | GroupReference::Overall)) =
                (of.measure, reduction.reference())
            {
                return refuse(
                    format!("the change of `{metric}` since the baseline needs a group to compare with"),
                    "name it, as in `reference: [Male]`, or use `highest` or `majority`",
                );
            }
            if whose.model.is_none() {
                return refuse(
                    format!("`{}` compares two models on the same rows, and a dataset has none", check.id),
                    "use `max_gap` or `min_ratio`",
                );
            }
            return self
                .growth_demand(whose.spec, check, settings, line)
                .map(|margin| (reduction, GroupDemand::Growth(margin)));
        }
        let limit = limit(&check.judge, settings)?;
        let of_number = reduced_range(of.measure, &reduction);
        self.reachable(&check.id, of_number, limit, line.value.span)?;
        let demand = if check.reduce == Some(Reduce::Impact) {
            GroupDemand::Impact(limit.number())
        } else {
            GroupDemand::Limit(limit)
        };
        Some((reduction, demand))
    }

    /// Returns the reference of the groups, if the config may set it here.
    fn reference(
        &mut self,
        settings: &Settings,
        measure: GroupMeasure,
        by: &Spanned<Vec<GroupBy>>,
        span: Span,
    ) -> Option<GroupReference> {
        let Some(ParamValue::Group(reference)) = settings.values.get("reference") else {
            return Some(GroupReference::Highest);
        };
        let refused = match (reference, measure) {
            (GroupReference::Named(key), _) if key.len() != by.value.len() => Some((
                format!(
                    "a group of `{}` has {}, but `reference` names {}",
                    crossed(&by.value),
                    counted(by.value.len() as u64, "value"),
                    key.len()
                ),
                "give one value for each column, in their order, as in [Male, White]; use another `fairness` for other columns",
            )),
            _ => None,
        };
        if let Some((message, help)) = refused {
            self.problems.push(Diagnostic::new(message, span).with_help(help));
            return None;
        }
        Some(reference.clone())
    }

    fn growth_demand(
        &mut self,
        spec: &PredictionSpec,
        check: &CheckSpec,
        settings: &Settings,
        line: &Line,
    ) -> Option<f64> {
        let Judging::AtMost(param) = &check.judge else { return None };
        let Some(ParamValue::Margin(margin)) = settings.values.get(param) else { return None };
        let refused = match (&spec.baseline, margin) {
            (None, _) => Some((
                format!("`{}` compares with a baseline, but none is configured", check.id),
                "name the other side's file under the model, as in `baseline_predictions: main/predictions.parquet`, and a `key`; or store \
                 its measurements with `mlgate bless`",
            )),
            (Some(BaselinePredictions::Apart(_)), _) => Some((
                format!("`{}` compares both sides row by row, and they are not paired", check.id),
                "pair the rows by a `key`, without `pairing: none`",
            )),
            (_, Margin::One(Amount::Absolute(amount))) if *amount < 1.0 => return Some(*amount),
            (_, Margin::One(Amount::Absolute(_))) => Some((
                format!("`{}` allows more than the number can change, so it could never fail", check.id),
                "set a small change, such as 0.02 or 2pp",
            )),
            _ => Some((
                format!("`{}` cannot be relative to the baseline's value, which may be near 0", check.id),
                "set a difference, such as 0.02 or 2pp",
            )),
        };
        if let Some((message, help)) = refused {
            self.problems.push(Diagnostic::new(message, line.key.span).with_help(help));
        }
        None
    }
}

/// Returns the measurement of the reference of a group metric, if the reference is not a group.
fn others(measure: GroupMeasure, reduction: &Reduction, state: &Measurement) -> Option<Measurement> {
    let GroupMeasure::Metric(metric) = measure else { return None };
    let Measurement::Predictions(rows, PredictionMeasure::Sliced(kind, SliceBy::Groups(by))) = state else {
        return None;
    };
    let measure = match reduction.reference()? {
        GroupReference::Rest => PredictionMeasure::Sliced(*kind, SliceBy::Others(by.clone())),
        GroupReference::Overall => PredictionMeasure::State(metric.state_kind()),
        GroupReference::Highest | GroupReference::Majority | GroupReference::Named(_) => return None,
    };
    Some(Measurement::Predictions(rows.clone(), measure))
}

fn crossed(by: &[GroupBy]) -> String {
    by.iter().map(|by| by.column.value.as_str()).collect::<Vec<_>>().join("+")
}

fn column(by: &GroupBy) -> GroupColumn {
    GroupColumn { name: by.column.value.clone(), edges: by.edges.iter().map(|edge| OrderedF64(*edge)).collect() }
}
