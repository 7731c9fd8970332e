//! `/health/live`, `/health/ready`, `/metrics`.

use std::time::Duration;

use axum::{
    Json,
    extract::{FromRef, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use locutor::{Engine, engine::LaneName};
use metrics::gauge;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    access::{Authorized, permission::InstanceManage},
    adapters::RedisLink,
    database::Database,
    http::Measurements,
};

/// What these routes look at.
#[derive(Clone)]
pub struct HealthState {
    /// The database.
    pub database: Database,
    /// The engine, for its queues.
    pub engine: Engine,
    /// What was measured.
    pub measurements: Measurements,
    /// Redis, where it is configured.
    pub redis: Option<RedisLink>,
}

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Live {
    /// Always `live`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

/// Whether requests can be served.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// `ready` or `unready`.
    status: &'static str,
    /// `ok`, or `away`: what is wrong with it is in the log.
    database: &'static str,
    /// `ok`; `away`, while limits and the cache work in each process by itself; `unused` without one.
    redis: &'static str,
    /// Default models that are not installed; requests for them fail until they are pulled.
    missing_models: Vec<String>,
}

/// The routes of this slice.
pub fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    HealthState: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(live))
        .routes(routes!(ready))
        .routes(routes!(measurements))
}

/// Whether the process runs.
#[utoipa::path(get, path = "/health/live", tag = "health", security(()), responses((status = 200, body = Live)))]
async fn live() -> Json<Live> {
    Json(Live {
        status: "live",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Whether requests can be served.
#[utoipa::path(get, path = "/health/ready", tag = "health", security(()),
    responses((status = 200, body = Ready), (status = 503, body = Ready)))]
async fn ready(State(health): State<HealthState>) -> (StatusCode, Json<Ready>) {
    let (code, status, database) = match database_state(&health.database).await {
        Ok(()) => (StatusCode::OK, "ready", "ok"),
        Err(error) => {
            tracing::warn!(error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "unready", "away")
        }
    };
    let redis = match &health.redis {
        None => "unused",
        Some(link) if link.ping().await => "ok",
        Some(_) => "away",
    };
    let missing_models = crate::features::models::missing_defaults(&health.engine);
    (
        code,
        Json(Ready {
            status,
            database,
            redis,
            missing_models,
        }),
    )
}

/// Whether the database answers, told in time for whoever asks.
async fn database_state(database: &Database) -> Result<(), String> {
    match timeout(PATIENCE, database.ping()).await {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}

/// Longest wait for the database's answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Measurements of requests and queues as Prometheus text.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn measurements(
    State(health): State<HealthState>,
    _caller: Authorized<InstanceManage>,
) -> Response {
    for (name, lane) in LANES {
        let status = health.engine.status(lane);
        gauge!("locutor_lane_waiting", "lane" => name).set(status.waiting as f64);
        gauge!("locutor_lane_running", "lane" => name).set(status.running as f64);
        gauge!("locutor_lane_capacity", "lane" => name).set(status.capacity as f64);
    }
    gauge!("locutor_loaded_model_bytes").set(health.engine.loaded_bytes() as f64);
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    (kind, health.measurements.render()).into_response()
}

const LANES: [(&str, LaneName); 6] = [
    ("transcribe", LaneName::Transcribe),
    ("live", LaneName::Live),
    ("embed", LaneName::Embed),
    ("generate", LaneName::Generate),
    ("speak", LaneName::Speak),
    ("ingest", LaneName::Ingest),
];
