//! Routes of jobs and schedules, for those who manage the server: `/admin/jobs`, `/admin/schedules`.

use axum::extract::{FromRef, State};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    JobService,
    view::{Job, JobPage, JobQuery, ScheduleList},
};
use crate::{
    access::{Authorized, permission::InstanceManage},
    http::{Fault, Origin, Path, Query},
};

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    JobService: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(retry))
        .routes(routes!(cancel))
        .routes(routes!(schedules))
}

/// List jobs, the newest first.
#[utoipa::path(get, path = "/admin/jobs", tag = "jobs", params(JobQuery), responses((status = 200, body = JobPage)))]
async fn list(
    State(jobs): State<JobService>,
    _: Authorized<InstanceManage>,
    Query(query): Query<JobQuery>,
) -> Result<axum::Json<JobPage>, Fault> {
    Ok(axum::Json(jobs.list(query).await?))
}

/// Get a job.
#[utoipa::path(get, path = "/admin/jobs/{id}", tag = "jobs", params(("id" = String, Path, format = "uuid", description = "The job's id.")),
    responses((status = 200, body = Job), (status = 404)))]
async fn get(
    State(jobs): State<JobService>,
    _: Authorized<InstanceManage>,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Job>, Fault> {
    found(id, jobs.get(id).await?)
}

/// Try a job again at once: one that is dead, cancelled or waiting.
#[utoipa::path(post, path = "/admin/jobs/{id}/retry", tag = "jobs", params(("id" = String, Path, format = "uuid", description = "The job's id.")),
    responses((status = 200, body = Job), (status = 404), (status = 409, description = "It runs or is done.")))]
async fn retry(
    State(jobs): State<JobService>,
    authorized: Authorized<InstanceManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Job>, Fault> {
    found(id, jobs.retry(id, authorized.caller(), &origin).await?)
}

/// Cancel a job that waits or runs.
///
/// One that runs stops within seconds. It writes nothing to the database from now on; mail that it
/// has sent already stays sent.
#[utoipa::path(post, path = "/admin/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path, format = "uuid", description = "The job's id.")),
    responses((status = 200, body = Job), (status = 404), (status = 409, description = "It is over.")))]
async fn cancel(
    State(jobs): State<JobService>,
    authorized: Authorized<InstanceManage>,
    origin: Origin,
    Path(id): Path<Uuid>,
) -> Result<axum::Json<Job>, Fault> {
    found(id, jobs.cancel(id, authorized.caller(), &origin).await?)
}

/// List the schedules that queue jobs.
#[utoipa::path(get, path = "/admin/schedules", tag = "jobs", responses((status = 200, body = ScheduleList)))]
async fn schedules(
    State(jobs): State<JobService>,
    _: Authorized<InstanceManage>,
) -> Result<axum::Json<ScheduleList>, Fault> {
    let data = jobs.schedules().await?;
    Ok(axum::Json(ScheduleList { data }))
}

fn found(id: Uuid, job: Option<Job>) -> Result<axum::Json<Job>, Fault> {
    job.map(axum::Json).ok_or_else(|| {
        Fault::not_found(format!(
            "there is no job with the id {id}; finished jobs are deleted after some days"
        ))
    })
}
