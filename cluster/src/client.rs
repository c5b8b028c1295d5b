//! The run's side: submits the parts of a table, waits for their states, and fetches them.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ballista_core::client::BallistaClient;
use ballista_core::extension::SessionConfigExt;
use ballista_core::serde::protobuf::execute_query_params::Query;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{
    CancelJobParams, CleanJobDataParams, ExecuteQueryParams, GetJobStatusParams, KeyValuePair, PartitionLocation,
    execute_query_failure_result, execute_query_result, job_status,
};
use ballista_core::version::insert_version_header;
use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionConfig;
use datafusion_proto::physical_plan::AsExecutionPlan;
use datafusion_proto::protobuf::PhysicalPlanNode;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use mlgate::cluster::{Cluster as Computes, ClusterError, ScanWork};
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::arguments::Cluster;
use crate::codec::Codec;
use crate::parts::PartsExec;
use crate::{http, say, version};

/// The largest message, in bytes: a task with all measures of a wide table, or the states of a part.
pub(crate) const MOST_BYTES: u32 = 1 << 30;
/// The time in which a connection is made.
const CONNECT: Duration = Duration::from_secs(5);
/// The time in which a scheduler answers a call.
const ANSWER: Duration = Duration::from_secs(60);
/// Attempts at a job whose scheduler or results were lost.
const ATTEMPTS: usize = 3;
/// The shortest and the longest time between two questions for a job's state.
const PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));
/// The time between two questions for executors.
const LOOK: Duration = Duration::from_secs(5);

/// A cluster, as a run sees it.
#[derive(Debug)]
pub struct Client {
    cluster: Cluster,
    /// Why the cluster cannot be used, once that is known: other tables do not wait for it again.
    unusable: Mutex<Option<String>>,
}

/// The end of one attempt at a job.
enum Ended {
    /// The scheduler or the results were lost, so another attempt may succeed.
    Lost(String),
    /// A part failed.
    Failed(String),
    /// No further attempt can succeed.
    Unusable(String),
}

fn lost(why: impl Display) -> Ended {
    Ended::Lost(why.to_string())
}

impl Client {
    /// Returns a client; nothing is connected yet.
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, unusable: Mutex::new(None) }
    }

    fn named(&self) -> String {
        format!("df://{}:{}", self.cluster.place.host, self.cluster.place.port)
    }

    async fn computed(&self, work: ScanWork) -> Result<Vec<RecordBatch>, ClusterError> {
        let known = self.unusable.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(why) = known {
            return Err(ClusterError::Unusable(why));
        }
        let plan = encoded(&work).map_err(ClusterError::Failed)?;
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            match self.attempt(plan.clone()).await {
                Ok(states) => return Ok(states),
                Err(Ended::Lost(why)) => last = why,
                Err(Ended::Failed(why)) if why.contains(version::DIFFER) => return Err(self.give_up(&why)),
                Err(Ended::Failed(why)) => {
                    let table = &work.table;
                    say(&format!("cluster: `{table}` is read by this process alone, because a part failed: {why}"));
                    return Err(ClusterError::Failed(why));
                }
                Err(Ended::Unusable(why)) => return Err(self.give_up(&why)),
            }
        }
        Err(self.give_up(&last))
    }

    fn give_up(&self, why: &str) -> ClusterError {
        let first = why.lines().next().unwrap_or_default();
        let why = format!("cannot be measured: the cluster {} cannot be used: {first}", self.named());
        *self.unusable.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
        ClusterError::Unusable(why)
    }

    /// Waits until the scheduler has an executor.
    async fn ready(&self) -> Result<(), Ended> {
        let (host, port, since) = (&self.cluster.place.host, self.cluster.place.port, Instant::now());
        let patience = self.cluster.patience;
        loop {
            let why = match http::has_executors(host, port).await {
                Ok(true) => return Ok(()),
                Ok(false) => format!("it has no executor within {} s", patience.as_secs()),
                Err(why) => format!("no scheduler answers within {} s ({why})", patience.as_secs()),
            };
            if since.elapsed() > patience {
                return Err(Ended::Unusable(why));
            }
            tokio::time::sleep(PAUSE.1).await;
        }
    }

    async fn attempt(&self, plan: Vec<u8>) -> Result<Vec<RecordBatch>, Ended> {
        self.ready().await?;
        let address = format!("http://{}:{}", self.cluster.place.host, self.cluster.place.port);
        let endpoint = Endpoint::from_shared(address).map_err(lost)?.connect_timeout(CONNECT).timeout(ANSWER);
        let channel = endpoint.connect().await.map_err(lost)?;
        let most = MOST_BYTES as usize;
        let mut scheduler =
            SchedulerGrpcClient::new(channel).max_encoding_message_size(most).max_decoding_message_size(most);
        let job = submit(&mut scheduler, plan).await?;
        let ended = self.finished(&mut scheduler, &job).await;
        let states = match ended {
            Ok(locations) => fetched(locations).await,
            Err(why) => Err(why),
        };
        // Nobody needs the results any more; a scheduler that is gone has none.
        if states.is_err() {
            let _ = scheduler.cancel_job(CancelJobParams { job_id: job.clone() }).await;
        }
        let _ = scheduler.clean_job_data(CleanJobDataParams { job_id: job, remove_stage_ids: Vec::new() }).await;
        states
    }

    /// Waits for the end of a job, and returns the places of its results.
    async fn finished(
        &self,
        scheduler: &mut SchedulerGrpcClient<Channel>,
        job: &str,
    ) -> Result<Vec<PartitionLocation>, Ended> {
        let since = Instant::now();
        let (mut pause, mut looked, mut ready, mut known) = (PAUSE.0, since, since, since);
        loop {
            if since.elapsed() > self.cluster.limit {
                return Err(Ended::Unusable(format!("a table took longer than {} s", self.cluster.limit.as_secs())));
            }
            let asked = scheduler.get_job_status(GetJobStatusParams { job_id: job.to_owned() }).await.map_err(lost)?;
            match asked.into_inner().status.and_then(|status| status.status) {
                Some(job_status::Status::Successful(done)) => return Ok(done.partition_location),
                Some(job_status::Status::Failed(failed)) => return Err(Ended::Failed(failed.error)),
                Some(job_status::Status::Queued(_) | job_status::Status::Running(_)) => known = Instant::now(),
                // A scheduler that was started again does not know the job.
                None if known.elapsed() > LOOK => return Err(lost("the scheduler lost the job")),
                None => {}
            }
            if looked.elapsed() > LOOK {
                looked = Instant::now();
                let (host, port) = (&self.cluster.place.host, self.cluster.place.port);
                if http::has_executors(host, port).await.is_ok_and(|is_ready| is_ready) {
                    ready = Instant::now();
                } else if ready.elapsed() > self.cluster.patience {
                    return Err(Ended::Unusable(format!(
                        "it has had no executor for {} s",
                        self.cluster.patience.as_secs()
                    )));
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }
}

impl Computes for Client {
    fn compute(&self, work: ScanWork) -> BoxFuture<'_, Result<Vec<RecordBatch>, ClusterError>> {
        self.computed(work).boxed()
    }

    fn most_parts(&self) -> usize {
        self.cluster.parts
    }

    fn least_bytes(&self) -> u64 {
        self.cluster.least_bytes
    }
}

fn encoded(work: &ScanWork) -> Result<Vec<u8>, String> {
    let plan = PartsExec::of(work).map_err(|error| error.to_string())?;
    let node = PhysicalPlanNode::try_from_physical_plan(plan, &Codec::passing("run"));
    let mut bytes = Vec::new();
    node.and_then(|node| node.try_encode(&mut bytes)).map_err(|error| error.to_string())?;
    Ok(bytes)
}

async fn submit(scheduler: &mut SchedulerGrpcClient<Channel>, plan: Vec<u8>) -> Result<String, Ended> {
    let settings = SessionConfig::new_with_ballista();
    let entries = settings.options().entries().into_iter();
    let query = ExecuteQueryParams {
        query: Some(Query::PhysicalPlan(plan)),
        settings: entries.map(|entry| KeyValuePair { key: entry.key, value: entry.value }).collect(),
        session_id: Uuid::now_v7().to_string(),
        operation_id: Uuid::now_v7().to_string(),
    };
    let mut request = tonic::Request::new(query);
    insert_version_header(request.metadata_mut());
    let answer = scheduler.execute_query(request).await;
    let answer = answer.map_err(|status| match status.code() {
        tonic::Code::Unavailable | tonic::Code::Cancelled | tonic::Code::DeadlineExceeded | tonic::Code::Unknown => {
            lost(status.message())
        }
        _ => Ended::Unusable(status.message().to_owned()),
    })?;
    match answer.into_inner().result {
        Some(execute_query_result::Result::Success(accepted)) => Ok(accepted.job_id),
        Some(execute_query_result::Result::Failure(refused)) => Err(Ended::Unusable(match refused.failure {
            Some(
                execute_query_failure_result::Failure::PlanParsingFailure(why)
                | execute_query_failure_result::Failure::SessionNotFound(why)
                | execute_query_failure_result::Failure::SqlParsingFailure(why),
            ) => why,
            None => "it refuses the task".to_owned(),
        })),
        None => Err(lost("the scheduler sent an empty answer")),
    }
}

/// Fetches the states of all parts from the executors that have computed them.
async fn fetched(locations: Vec<PartitionLocation>) -> Result<Vec<RecordBatch>, Ended> {
    let mut states = Vec::with_capacity(locations.len());
    for location in locations {
        let layout = location.layout();
        let executor = location.executor_meta.ok_or_else(|| lost("a result without a place"))?;
        let partition = location.partition_id.ok_or_else(|| lost("a result without a name"))?.into();
        let port = u16::try_from(executor.port).map_err(lost)?;
        let most = MOST_BYTES as usize;
        let client = BallistaClient::try_new(&executor.host, port, most, false, None, 3, 500, 0, 0).await;
        let mut client = client.map_err(lost)?;
        let fetch = client.fetch_partition_proxied(
            &executor.id,
            &partition,
            location.file_id,
            layout,
            &executor.host,
            port,
            false,
        );
        let mut batches = fetch.await.map_err(lost)?;
        while let Some(batch) = batches.next().await {
            states.push(batch.map_err(lost)?);
        }
    }
    Ok(states)
}
