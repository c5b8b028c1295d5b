//! The inside of the library, as far as tests and benchmarks ask for it; no part of it is for use elsewhere.

pub use crate::catalog::{Catalog, CheckSpec, Family, PAGES, TYPES, config_schema};
pub use crate::config::{Config, Node, ReadAs, Value, yaml};
pub use crate::engine::{Engine, MISSING_TOKENS, Resources};
pub use crate::gate::bind::bind;
pub use crate::gate::judge::{Evidence, Outcome, judge};
pub use crate::measurement::plan::plan;
pub use crate::measurement::{Measurements, TableId, TableKind};

/// Records of other tools.
pub mod readers {
    pub use crate::readers::{ReadEnvironment, ReadError, ReadLimits, RunSnapshot, RunStatus, read};
}

/// States, metrics, intervals and tests.
pub mod stats {
    pub use crate::stats::{
        Average, Columns, Contingency, CountedQuery, Direction, Estimate, GroupReference, Inference, Lacking, Loss,
        LossMoments, Measure, Metric, Needs, Null, Parameter, Predicted, Predictions, RESAMPLES, RankStatistics, Rate,
        Reduction, Resamples, Rows, Series, Side, State, Task, Truth, Undefined, estimate, holm, infer_change,
        infer_groups, infer_unpaired, mcnemar_exact, mcnemar_mid_p, named_tests, tango,
    };
}
