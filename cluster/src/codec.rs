//! Plans as bytes: a task with its measures and parameters, and the build that has written it.

use std::fmt;
use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, Result, TableReference};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use mlgate::cluster::Worker;
use prost::Message;

use crate::parts::PartsExec;
use crate::version;

/// The first bytes of a node of this crate; all others are Ballista's.
const MAGIC: &[u8] = b"mlgate-parts\0";

/// A node as it travels. The order of its fields never changes, so that any build can read the build of another one.
#[derive(Clone, PartialEq, Message)]
struct PartsNode {
    #[prost(string, tag = "1")]
    build: String,
    #[prost(bytes = "vec", tag = "2")]
    task: Vec<u8>,
    #[prost(string, tag = "3")]
    table: String,
    #[prost(bytes = "vec", tag = "4")]
    schema: Vec<u8>,
}

/// The codec of one process.
#[derive(Clone)]
pub struct Codec {
    role: &'static str,
    worker: Option<Arc<Worker>>,
    ballista: Arc<BallistaPhysicalExtensionCodec>,
}

impl Codec {
    /// Returns the codec of a process that passes plans on.
    pub fn passing(role: &'static str) -> Self {
        Self { role, worker: None, ballista: Arc::default() }
    }

    /// Returns the codec of a process that computes parts.
    pub fn computing(worker: Arc<Worker>) -> Self {
        Self { role: "executor", worker: Some(worker), ballista: Arc::default() }
    }
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codec").field("role", &self.role).finish_non_exhaustive()
    }
}

fn failed(why: impl fmt::Display) -> DataFusionError {
    DataFusionError::Execution(why.to_string())
}

impl PhysicalExtensionCodec for Codec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(own) = bytes.strip_prefix(MAGIC) else {
            return self.ballista.try_decode(bytes, inputs, context, converter);
        };
        let node =
            PartsNode::decode(own).map_err(|_| failed(format!("{}: the plan is unreadable", version::DIFFER)))?;
        version::check(self.role, &node.build).map_err(failed)?;
        let schema = datafusion_proto_common::Schema::decode(node.schema.as_slice()).map_err(failed)?;
        let schema: SchemaRef = Arc::new(Schema::try_from(&schema).map_err(failed)?);
        let [input] = inputs else { return Err(failed("a plan of parts without numbers")) };
        Ok(Arc::new(PartsExec::over(Arc::clone(input), node.task, node.table, schema, self.worker.clone())))
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let Some(parts) = node.downcast_ref::<PartsExec>() else {
            return self.ballista.try_encode(node, bytes, converter);
        };
        let schema: datafusion_proto_common::Schema = node.schema().as_ref().try_into().map_err(failed)?;
        let node = PartsNode {
            build: version::build(),
            task: parts.task.as_ref().clone(),
            table: parts.table.clone(),
            schema: schema.encode_to_vec(),
        };
        bytes.extend_from_slice(MAGIC);
        node.encode(bytes).map_err(failed)
    }
}

/// A codec of logical plans that knows none: this cluster computes parts of tasks and nothing else.
#[derive(Debug)]
pub(crate) struct NoLogicalPlans;

fn refused<T>() -> Result<T> {
    Err(failed("this cluster computes the tasks of mlgate and no other queries"))
}

impl LogicalExtensionCodec for NoLogicalPlans {
    fn try_decode(&self, _: &[u8], _: &[LogicalPlan], _: &TaskContext) -> Result<Extension> {
        refused()
    }

    fn try_encode(&self, _: &Extension, _: &mut Vec<u8>) -> Result<()> {
        refused()
    }

    fn try_decode_table_provider(
        &self,
        _: &[u8],
        _: &TableReference,
        _: SchemaRef,
        _: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        refused()
    }

    fn try_encode_table_provider(&self, _: &TableReference, _: Arc<dyn TableProvider>, _: &mut Vec<u8>) -> Result<()> {
        refused()
    }
}
