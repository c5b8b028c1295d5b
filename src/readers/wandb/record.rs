//! Messages of the log, with the fields that are read (`wandb/proto/wandb_internal.proto`).

/// A record; all but one of its fields are empty.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct LogRecord {
    #[prost(message, optional, tag = "2")]
    pub(super) history: Option<HistoryRecord>,
    #[prost(message, optional, tag = "3")]
    pub(super) summary: Option<ChangeRecord>,
    #[prost(message, optional, tag = "5")]
    pub(super) config: Option<ChangeRecord>,
    #[prost(message, optional, tag = "8")]
    pub(super) artifact: Option<ArtifactRecord>,
    #[prost(message, optional, tag = "12")]
    pub(super) metric: Option<MetricRecord>,
    #[prost(message, optional, tag = "17")]
    pub(super) run: Option<RunDescription>,
    #[prost(message, optional, tag = "18")]
    pub(super) exit: Option<ExitRecord>,
    #[prost(message, optional, tag = "26")]
    pub(super) environment: Option<EnvironmentRecord>,
}

/// One call of `log`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HistoryRecord {
    #[prost(message, repeated, tag = "1")]
    pub(super) item: Vec<NamedValue>,
    #[prost(message, optional, tag = "2")]
    pub(super) step: Option<HistoryStep>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HistoryStep {
    #[prost(int64, tag = "1")]
    pub(super) num: i64,
}

/// A change of the summary, or of the config.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ChangeRecord {
    #[prost(message, repeated, tag = "1")]
    pub(super) update: Vec<NamedValue>,
    #[prost(message, repeated, tag = "2")]
    pub(super) remove: Vec<NamedValue>,
}

/// A value and its name, which is one key or the keys of several levels.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct NamedValue {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, repeated, tag = "2")]
    pub(super) nested_key: Vec<String>,
    /// JSON as Python writes it.
    #[prost(string, tag = "16")]
    pub(super) value_json: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ArtifactRecord {
    #[prost(string, tag = "4")]
    pub(super) kind: String,
    #[prost(string, tag = "5")]
    pub(super) name: String,
    #[prost(string, tag = "6")]
    pub(super) digest: String,
}

/// A call of `define_metric`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct MetricRecord {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) glob_name: String,
    #[prost(message, optional, tag = "7")]
    pub(super) summary: Option<MetricSummary>,
    /// 1: to be minimised; 2: to be maximised.
    #[prost(int32, tag = "8")]
    pub(super) goal: i32,
}

/// The statistics that `define_metric` asks for.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct MetricSummary {
    #[prost(bool, tag = "1")]
    pub(super) min: bool,
    #[prost(bool, tag = "2")]
    pub(super) max: bool,
    #[prost(bool, tag = "3")]
    pub(super) mean: bool,
    #[prost(bool, tag = "4")]
    pub(super) best: bool,
    #[prost(bool, tag = "5")]
    pub(super) last: bool,
    #[prost(bool, tag = "6")]
    pub(super) none: bool,
    #[prost(bool, tag = "8")]
    pub(super) first: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RunDescription {
    #[prost(string, tag = "1")]
    pub(super) run_id: String,
    #[prost(message, optional, tag = "4")]
    pub(super) config: Option<ChangeRecord>,
    #[prost(message, optional, tag = "5")]
    pub(super) summary: Option<ChangeRecord>,
    #[prost(string, tag = "8")]
    pub(super) display_name: String,
    #[prost(string, repeated, tag = "10")]
    pub(super) tags: Vec<String>,
    #[prost(message, optional, tag = "17")]
    pub(super) start_time: Option<Timestamp>,
    #[prost(message, optional, tag = "21")]
    pub(super) git: Option<GitRecord>,
}

#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct GitRecord {
    #[prost(string, tag = "2")]
    pub(super) commit: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ExitRecord {
    #[prost(int32, tag = "1")]
    pub(super) exit_code: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EnvironmentRecord {
    #[prost(message, optional, tag = "9")]
    pub(super) git: Option<GitRecord>,
}
