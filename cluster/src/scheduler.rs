//! The scheduler of a cluster.

use std::net::SocketAddr;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::utils::{default_config_producer, default_session_builder};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;

use crate::arguments::SchedulerArguments;
use crate::client::MOST_BYTES;
use crate::codec::{Codec, NoLogicalPlans};
use crate::{logger, say, version};

/// Seconds between two looks for executors that are lost.
const LOOK: u64 = 2;
/// Attempts at a part before its job fails.
const ATTEMPTS: usize = 4;
/// Seconds for which results stay, so that a run can fetch them.
const KEPT: u64 = 300;

/// Serves until the process ends.
///
/// # Errors
///
/// The address is taken.
pub(crate) fn serve(arguments: &SchedulerArguments) -> Result<(), String> {
    logger::start(arguments.log);
    crate::block_on(schedule(arguments))
}

async fn schedule(arguments: &SchedulerArguments) -> Result<(), String> {
    let address = SocketAddr::from((arguments.bind, arguments.port));
    let listener = TcpListener::bind(address).await.map_err(|error| format!("cannot listen at {address}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let config = SchedulerConfig {
        external_host: address.ip().to_string(),
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        // Executors ask for work: none has to be reachable from the scheduler.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        executor_timeout_seconds: arguments.executor_timeout,
        expire_dead_executor_interval_seconds: LOOK.min(arguments.executor_timeout / 2).max(1),
        no_executors_grace_period_seconds: arguments.executor_timeout,
        task_max_failures: ATTEMPTS,
        stage_max_failures: ATTEMPTS,
        finished_job_data_clean_up_interval_seconds: KEPT,
        finished_job_state_clean_up_interval_seconds: KEPT,
        grpc_server_max_decoding_message_size: MOST_BYTES,
        grpc_server_max_encoding_message_size: MOST_BYTES,
        grpc_client_max_message_size: MOST_BYTES,
        override_physical_codec: Some(Arc::new(Codec::passing("scheduler"))),
        override_logical_codec: Some(Arc::new(NoLogicalPlans)),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_memory(
        config.scheduler_endpoint(),
        Arc::new(default_session_builder),
        Arc::new(default_config_producer),
    );
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config))
        .await
        .map_err(|error| error.to_string())?;
    say(&format!("mlgate-cluster {} schedules at df://{address}", version::build()));
    start_grpc_service_with_listener(listener, scheduler).await.map_err(|error| error.to_string())
}
