//! Judged groups.

use super::super::GroupDemand;
use super::absence::Absence;
use super::units::Units;
use crate::measurement::Measurement;
use crate::stats::{Estimate, GroupComparison, GroupMeasure, Impact, Reduction};

/// A comparison of groups, with its limit.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedGroups {
    /// The rate or metric of each group.
    pub measure: GroupMeasure,
    /// The reduction of the groups' numbers to one number.
    pub reduction: Reduction,
    /// The limit.
    pub demand: GroupDemand,
    /// The candidate's groups.
    pub candidate: GroupComparison,
    /// The baseline's groups, if there is a baseline.
    pub baseline: Option<GroupComparison>,
    /// The estimate of candidate − baseline of the reduced number, if the change is judged.
    pub change: Option<Estimate>,
    /// The smallest change that this number of rows shows in 4 of 5 samples.
    pub detectable: Option<f64>,
    /// The ratio of each group to the highest, for the tests of adverse impact.
    pub impacts: Vec<Impact>,
    /// The groups that take no part, by their positions among the candidate's, with the reason for each.
    pub left_out: Vec<(usize, Absence)>,
    /// The reason the groups could not be compared; only the numbers of each group are available then.
    pub trouble: Option<String>,
    /// True: the groups that take part satisfy the limit, and a group that should have taken part does not.
    pub is_held_back: bool,
    /// The units from which the judged interval is computed.
    pub units: Units,
    /// The approximate number of units that would be enough to decide.
    pub enough: Option<u64>,
    /// The number of gates on the same rows, if this gate fails on its own but not after Holm's correction for that
    /// number.
    pub one_of: Option<usize>,
}

/// The task of a group gate, in parts.
pub(super) struct GroupQuery<'a> {
    pub(super) measure: GroupMeasure,
    pub(super) reduction: &'a Reduction,
    pub(super) state: &'a Measurement,
    pub(super) others: Option<&'a Measurement>,
    pub(super) demand: GroupDemand,
}
