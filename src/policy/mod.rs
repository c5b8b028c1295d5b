//! Policies: an organisation's demands beside those of a repository.
//!
//! Pure: independent of files, of the network and of the clock. A demand is bound like a line of the config, and then held
//! against the repository's own gate of the same id, which may be tighter and may not be looser.

mod apply;

use chrono::Days;

pub use apply::apply;

use crate::catalog::{Catalog, Severity};
use crate::config::{Config, Diagnostic, Pattern, Policy, PolicyDemand, PolicySubject, Span, line_column};
use crate::gate::waiver::day;
use crate::gate::{Blocked, FromPolicy, Gate, Gates};
use crate::guard::{DemandChange, DemandChangeKind, Demands, of_gate};
use crate::plural::counted;

/// Adds a policy's gates to the repository's own, and returns the gates of the repository that are looser.
pub fn hold(
    own: &mut Gates,
    held: Gates,
    (config, demanded): (&Config, &Config),
    catalog: &Catalog,
    policy: &Policy,
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for mut gate in held.gates {
        // A pattern that matches no column of this repository demands nothing here.
        if gate.task.is_err() && gate.subject.get("column").is_some_and(|column| !Pattern::new(column).is_exact()) {
            continue;
        }
        let origin = origin(policy, gate.at);
        let Some(place) = own.gates.iter().position(|other| other.id == gate.id) else {
            if gate.subject.contains_key("by") && gate.min_n < config.min_cell {
                let message = format!(
                    "`min_cell: {}` leaves out smaller groups, and the policy demands `{}` of groups of at least {}",
                    config.min_cell,
                    gate.id,
                    counted(gate.min_n, "row")
                );
                let help = format!("lower `min_cell` to {}: {} demands it", gate.min_n, self::place(&origin));
                problems.push(Diagnostic::new(message, config.min_cell_at).with_help(help));
            }
            gate.from_policy = Some(FromPolicy { is_own: false, ..origin });
            own.gates.push(gate);
            continue;
        };
        let ours = &own.gates[place];
        let sides = [(demanded, &held.specs), (config, &own.specs)];
        let [theirs, here] =
            sides.map(|(config, specs)| Demands { config, catalog, gates: &[], specs, template: None, policies: &[] });
        let weaker: Vec<DemandChange> = of_gate((theirs, &gate), (here, ours))
            .into_iter()
            .filter(|change| matches!(change.kind, DemandChangeKind::Loosened | DemandChangeKind::Changed))
            .collect();
        match weaker.first() {
            Some(change) => problems.push(conflict(ours, change, &origin)),
            None => own.gates[place].from_policy = Some(FromPolicy { is_own: true, ..origin }),
        }
    }
    for (model, spec) in held.specs {
        own.specs.entry(model).or_insert(spec);
    }
    problems
}

fn origin(policy: &Policy, at: Span) -> FromPolicy {
    let (line, column) = line_column(&policy.text, policy.place(at).start);
    FromPolicy { policy: policy.name.clone(), line, column, is_own: false }
}

fn place(origin: &FromPolicy) -> String {
    format!("{}:{}:{}", origin.policy, origin.line, origin.column)
}

fn conflict(gate: &Gate, change: &DemandChange, origin: &FromPolicy) -> Diagnostic {
    let sides = [&change.from, &change.to].map(|side| side.as_deref().unwrap_or("nothing"));
    let message = format!(
        "`{}` is looser than the policy allows: {}; the policy demands {}, and this is {}",
        gate.id, change.why, sides[0], sides[1]
    );
    Diagnostic::new(message, gate.at).with_help(format!("tighten it, or take it out: {} demands it", place(origin)))
}

/// Returns the demands of a policy that have no gate, and the models that a demand on several does not reach: by another
/// name or another task, a subject evades a demand. Where all is reached, there is nothing to say.
pub fn unreached(policy: &Policy, config: &Config, gates: &[Gate]) -> Vec<String> {
    let reaches = |demand: &PolicyDemand, gate: &Gate| {
        let lines = demand.lines.iter().map(|line| origin(policy, line.key.span));
        let from = gate.from_policy.as_ref().filter(|from| from.policy == policy.name);
        from.is_some_and(|from| lines.into_iter().any(|line| (line.line, line.column) == (from.line, from.column)))
    };
    let mut told = Vec::new();
    for demand in &policy.demands {
        let place = origin(policy, demand.at);
        let named = policy.place(demand.at);
        let subject = policy.text.get(named.start..named.end).unwrap_or_default().trim_matches(['"', '\'']);
        let name = format!("`{subject}` ({}:{})", place.line, place.column);
        let of: Vec<&Gate> = gates.iter().filter(|gate| reaches(demand, gate)).collect();
        if of.is_empty() {
            told.push(format!("{name} reaches nothing"));
            continue;
        }
        let (PolicySubject::Metric { model: pattern, .. } | PolicySubject::Fairness { model: pattern, .. }) =
            &demand.subject
        else {
            continue;
        };
        let models = config.models.iter().map(|model| &model.name.value);
        let models = models.chain(config.reported.iter().map(|model| &model.name.value));
        let missed: Vec<String> = models
            .filter(|model| Pattern::new(pattern).matches(model))
            .filter(|model| of.iter().all(|gate| gate.subject.get("model") != Some(model)))
            .map(|model| format!("`{model}`"))
            .collect();
        if !missed.is_empty() {
            told.push(format!("{name} does not reach {}", missed.join(", ")));
        }
    }
    told
}

/// Returns what a policy requires besides gates and the repository does not have.
pub fn required(policy: &Policy, config: &Config, gates: &[Gate], now: i64) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let by = |span: Span| format!("{} demands it", place(&origin(policy, span)));
    if let Some(span) = policy.baseline {
        let compares = |path: bool| path || config.baseline.as_ref().is_some_and(|baseline| baseline.required);
        let is_apart = config.data.iter().all(|dataset| dataset.baseline_path.is_some())
            && config.models.iter().all(|model| model.baseline_predictions.is_some() || model.baseline.is_some())
            && config.reported.iter().all(|model| model.baseline_metrics_file.is_some());
        if !compares(is_apart) {
            let at = config.baseline.as_ref().map_or(Span { start: 0, end: 0 }, |baseline| baseline.span);
            let message = format!("the policy `{}` requires a baseline", policy.name);
            problems.push(Diagnostic::new(message, at).with_help(by(span)));
        }
    }
    if let Some(attributes) = &policy.fairness_by {
        for model in &config.reported {
            let message = format!(
                "the policy `{}` requires a fairness line of `{}`, and a `metrics_file` has no groups",
                policy.name, model.name.value
            );
            let help = format!("name the model's `predictions`: {}", by(attributes.span));
            problems.push(Diagnostic::new(message, model.name.span).with_help(help));
        }
        for model in &config.models {
            // A note stops nothing, and neither does a gate that does not apply.
            let counts =
                |gate: &Gate| gate.severity != Severity::Note && !matches!(gate.task, Err(Blocked::NotApplicable(_)));
            let is_compared = |gate: &&Gate| {
                counts(gate)
                    && gate.subject.get("model") == Some(&model.name.value)
                    && gate
                        .subject
                        .get("by")
                        .is_some_and(|by| by.split('+').any(|by| attributes.value.iter().any(|name| name == by)))
            };
            if !gates.iter().any(|gate| is_compared(&gate)) {
                let message = format!(
                    "the policy `{}` requires a fairness line of `{}` by {}",
                    policy.name,
                    model.name.value,
                    attributes.value.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
                );
                problems.push(Diagnostic::new(message, model.name.span).with_help(by(attributes.span)));
            }
        }
    }
    if let Some(days) = &policy.longest_waiver {
        let latest = day(now).and_then(|today| today.checked_add_days(Days::new(days.value)));
        for waiver in gates.iter().filter_map(|gate| gate.waiver.as_ref()) {
            if latest.is_some_and(|latest| waiver.until > latest)
                && problems.iter().all(|known| known.span != waiver.at)
            {
                let message = format!(
                    "this waiver ends on {}, and the policy `{}` allows at most {}",
                    waiver.until,
                    policy.name,
                    counted(days.value, "day")
                );
                problems.push(Diagnostic::new(message, waiver.at).with_help(by(days.span)));
            }
        }
    }
    problems
}
