//! An executor of a cluster.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use mlgate::cluster::Worker;

use crate::arguments::ExecutorArguments;
use crate::client::MOST_BYTES;
use crate::codec::{Codec, NoLogicalPlans};
use crate::engine::PartsEngine;
use crate::{logger, say, version};

/// Seconds for which an executor looks for its scheduler before it gives up.
const CONNECT: u16 = 120;
/// Seconds after which results that nobody has fetched are removed.
const KEPT: u64 = 3600;
/// Seconds between two looks for such results.
const LOOK: u64 = 300;

/// Serves until the process ends.
///
/// # Errors
///
/// A folder does not exist, the port is taken, or the scheduler cannot be reached.
pub(crate) fn serve(arguments: ExecutorArguments) -> Result<(), String> {
    logger::start(arguments.log);
    let threads = arguments.threads.map_or_else(cores, std::num::NonZero::get);
    let worker = Worker::new(&arguments.data, threads);
    let worker = worker.map_err(|error| {
        let folders = arguments.data.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        format!("the executor cannot start with --data {folders}: {error}")
    })?;
    let port = match arguments.port {
        0 => free_port(&arguments).map_err(|error| format!("there is no free port: {error}"))?,
        port => port,
    };
    let host = arguments.host.unwrap_or_else(|| arguments.bind.to_string());
    let temporary = tempfile::Builder::new().prefix("mlgate-cluster-").tempdir();
    let temporary = temporary.map_err(|error| format!("there is no folder for results: {error}"))?;
    let work = arguments.work.unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&work).map_err(|error| format!("--work {} cannot be made: {error}", work.display()))?;
    let work_dir = Some(work.to_str().ok_or("the path of --work is not UTF-8")?.to_owned());
    let config = ExecutorProcessConfig {
        bind_host: arguments.bind.to_string(),
        external_host: Some(host.clone()),
        port,
        grpc_port: port,
        scheduler_host: arguments.cluster.host.clone(),
        scheduler_port: arguments.cluster.port,
        scheduler_connect_timeout_seconds: CONNECT,
        vcores: threads,
        task_scheduling_policy: TaskSchedulingPolicy::PullStaged,
        work_dir,
        job_data_ttl_seconds: KEPT,
        job_data_clean_up_interval_seconds: LOOK,
        grpc_max_decoding_message_size: MOST_BYTES,
        grpc_max_encoding_message_size: MOST_BYTES,
        memory_pool_size: arguments.memory_limit,
        override_execution_engine: Some(Arc::new(PartsEngine::default())),
        override_logical_codec: Some(Arc::new(NoLogicalPlans)),
        override_physical_codec: Some(Arc::new(Codec::computing(Arc::new(worker)))),
        ..ExecutorProcessConfig::default()
    };
    say(&format!(
        "mlgate-cluster {} computes for df://{}:{} at {host}:{port}",
        version::build(),
        arguments.cluster.host,
        arguments.cluster.port
    ));
    let serving = start_executor_process(Arc::new(config));
    crate::block_on(async { serving.await.map_err(|error| error.to_string()) })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn free_port(arguments: &ExecutorArguments) -> std::io::Result<u16> {
    Ok(TcpListener::bind((arguments.bind, 0))?.local_addr()?.port())
}
