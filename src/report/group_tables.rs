//! Tables of groups. Gates on the same numbers of the same groups share one, whatever each of them demands.

use std::collections::BTreeMap;

use super::document::{GateResult, GroupEstimate, Unit};
use super::figures::GroupFigures;

/// The groups of some gates, whose numbers are the same.
#[derive(Debug, Clone)]
pub(super) struct GroupTable<'a> {
    /// The gates, in the order in which they are shown.
    pub(super) gates: Vec<&'a GateResult>,
}

impl<'a> GroupTable<'a> {
    /// The tables of these gates, in their order.
    pub(super) fn all(gates: impl Iterator<Item = &'a GateResult>) -> Vec<Self> {
        let mut tables: Vec<Self> = Vec::new();
        let mut of_subject = BTreeMap::<_, Vec<usize>>::new();
        for gate in gates.filter(|gate| !gate.groups.is_empty()) {
            let known = of_subject.entry(&gate.subject).or_default();
            match known.iter().find(|at| tables[**at].fits(gate)) {
                Some(at) => tables[*at].gates.push(gate),
                None => {
                    known.push(tables.len());
                    tables.push(Self { gates: vec![gate] });
                }
            }
        }
        tables
    }

    /// The groups, as the first gate has them.
    pub(super) fn groups(&self) -> &'a [GroupEstimate] {
        self.gates.first().map_or(&[], |gate| &gate.groups)
    }

    /// The unit of the numbers.
    pub(super) fn unit(&self) -> Unit {
        self.gates.first().map_or(Unit::Metric, |gate| gate.group_unit.unwrap_or(gate.unit))
    }

    /// The head of the table; without a baseline there is no column for it.
    pub(super) fn head(&self) -> GroupFigures {
        self.row(GroupFigures::head)
    }

    /// The figures of the first groups.
    pub(super) fn rows(&self, most: usize) -> Vec<GroupFigures> {
        let places = 0..self.groups().len().min(most);
        places.map(|at| self.row(|gate| GroupFigures::of(&gate.groups[at], gate))).collect()
    }

    /// A row with the columns of all gates: the baseline's number where one of them has it, and each way in which they compare.
    fn row(&self, of: impl Fn(&GateResult) -> GroupFigures) -> GroupFigures {
        let Some(first) = self.gates.first() else { return GroupFigures::default() };
        let mut compared = self.compared();
        let gap = compared.next().map_or_else(String::new, |gate| of(gate).gap);
        let more = compared.next().map_or_else(String::new, |gate| {
            let mut figures = of(gate);
            figures.drop_bar();
            figures.gap
        });
        let baseline =
            self.gates.iter().find(|gate| has_baseline(gate)).map_or_else(String::new, |gate| of(gate).baseline);
        GroupFigures { baseline, gap, more, ..of(first) }
    }

    /// One gate for each way to compare, by a difference and by a ratio.
    fn compared(&self) -> impl Iterator<Item = &'a GateResult> {
        let is_ratio = |gate: &GateResult| gate.unit == Unit::Ratio;
        let own = |wanted: bool| self.gates.iter().position(|gate| is_compared(gate) && is_ratio(gate) == wanted);
        let mut places: Vec<usize> = [own(false), own(true)].into_iter().flatten().collect();
        places.sort_unstable();
        places.into_iter().map(|at| self.gates[at])
    }

    /// True of a gate whose numbers are those of the table, as far as both have them.
    fn fits(&self, gate: &GateResult) -> bool {
        self.gates.iter().all(|known| {
            let same_way =
                is_compared(known) && is_compared(gate) && (known.unit == Unit::Ratio) == (gate.unit == Unit::Ratio);
            let both_compare = has_baseline(known) && has_baseline(gate);
            let pairs = known.groups.iter().zip(&gate.groups);
            known.group_unit.unwrap_or(known.unit) == gate.group_unit.unwrap_or(gate.unit)
                && known.groups.len() == gate.groups.len()
                && pairs.into_iter().all(|(one, other)| {
                    (&one.group, &one.measure, &one.candidate, &one.left_out)
                        == (&other.group, &other.measure, &other.candidate, &other.left_out)
                        && (!both_compare || one.baseline == other.baseline)
                        && (!same_way
                            || one.against.as_ref().map(|it| it.value) == other.against.as_ref().map(|it| it.value))
                })
        })
    }
}

fn is_compared(gate: &GateResult) -> bool {
    gate.groups.iter().any(|group| group.against.is_some())
}

fn has_baseline(gate: &GateResult) -> bool {
    gate.groups.iter().any(|group| group.baseline.is_some())
}
