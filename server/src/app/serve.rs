//! The server from start to stop.

use std::{
    io::{ErrorKind, Write},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use metrics::counter;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
    time::interval,
};

use super::{
    DataFolder, Platform, build_engine, first_key, jobs, open_database,
    router::router,
    shutdown::{self, Signals},
    state::{State, assemble},
};
use crate::{
    config::Configuration,
    features::{
        access_rules::{self, AccessRuleService, Gate},
        live::Places,
        wyoming::{self, Admission, Wyoming},
    },
    http::{
        Edge, Measurements,
        serve::{ConnectionLimits, Server, Tls},
    },
    logging,
};

/// Time for cancelled work to notice, before the process ends anyway.
const CANCELLED_WORK: Duration = Duration::from_secs(2);

/// Serves until a signal asks to stop.
pub fn serve(configuration: Configuration) -> anyhow::Result<()> {
    let folder = DataFolder::prepare(&configuration.data.dir)?;
    let _lock = folder.lock()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(run(configuration, &folder));
    // Ends the tasks of connections that are still open, and with them their engine work.
    runtime.shutdown_timeout(CANCELLED_WORK);
    outcome
}

async fn run(configuration: Configuration, folder: &DataFolder) -> anyhow::Result<()> {
    // First what needs nothing but the configuration: a mistake there changes nothing.
    let gate = Gate::new(&configuration.access)?;
    let tls = Tls::open(&configuration.tls)?;
    configuration.wyoming.check_openness()?;
    let listener = listen(&configuration.server.listen, "--listen").await?;
    let assistants = match &configuration.wyoming.listen {
        Some(address) => Some(listen(address, "wyoming.listen").await?),
        None => None,
    };
    let database = open_database(&configuration, folder).await?;
    let engine = build_engine(&configuration.engine)?;
    let measurements = Measurements::install()?;
    keep_up(measurements.clone());
    let platform = Platform::build(&configuration, folder, &database)?;
    let new_key = first_key::ensure_admin_key(folder, &platform.keys).await?;
    let background = jobs::start(&configuration, &platform)?;
    let access_rules = access_rules(&platform, &gate);
    access_rules.refresh().await?;
    tokio::spawn(access_rules.clone().keep_current());
    let (leave, leaving) = watch::channel(false);
    let parts = (measurements, access_rules, leaving);
    let (state, indexer) = assemble(&configuration, folder, &platform, &engine, parts);
    let edge = Edge::new(&configuration, state.tokens.clone(), gate)?;
    let indexing = tokio::spawn(indexer.run());
    let (stop_usage, usage_stops) = oneshot::channel::<()>();
    let usage = platform.usage.clone().run(async {
        // Either way it is time to stop.
        usage_stops.await.ok();
    });
    let usage = tokio::spawn(usage);
    // Whoever reads that the server listens may ask it to stop at once.
    let signals = Signals::listen().context("listening to signals")?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    announce(folder, new_key.as_deref(), &listener, scheme)?;
    if let Some(tls) = tls.clone() {
        tokio::spawn(tls.keep_current());
    }
    let streams = state.listen.live.places.clone();
    let assistants = assistants
        .map(|listener| serve_assistants(listener, &configuration, &state))
        .transpose()?;
    let server = Server {
        listener,
        routes: router(state, &configuration.limits, &edge)?,
        tls,
        limits: ConnectionLimits {
            connections: configuration.server.connections.max(1),
            head: Duration::from_secs(configuration.server.header_seconds.max(1)),
        },
    };
    until_stopped(
        server,
        (assistants, streams),
        (signals, leave),
        &configuration,
    )
    .await;
    indexing.abort();
    background.stop().await;
    stop_usage.send(()).ok();
    usage.await.context("the sums of what was used")?;
    database.close().await.context("closing the database")
}

/// On a task of its own.
fn serve_assistants(
    listener: TcpListener,
    configuration: &Configuration,
    state: &State,
) -> anyhow::Result<JoinHandle<()>> {
    tracing::info!(address = %listener.local_addr()?, "listening to voice assistants");
    let (settings, live) = (&configuration.wyoming, &state.listen.live);
    let parts = wyoming::Parts {
        engine: state.listen.engine.clone(),
        models: state.models.clone(),
        places: wyoming::Places::new(settings.requests, live.places.clone()),
        limiting: state.limiting.clone(),
        stall: live.stall,
        speech_characters: configuration.limits.speech_characters,
    };
    let admission = Admission::new(settings, live.gate.clone(), state.limiting.clone());
    let assistants = Wyoming::new(listener, admission, parts, live.every);
    // Assistants wait a second for what can be asked for; the voice is a part of that.
    let engine = state.listen.engine.clone();
    tokio::task::spawn_blocking(move || engine.synthesizer(None).map(drop).ok());
    Ok(tokio::spawn(assistants.run(live.stopping.clone())))
}

fn access_rules(platform: &Platform, gate: &Gate) -> AccessRuleService {
    let foundation = &platform.foundation;
    AccessRuleService::new(access_rules::Parts {
        database: foundation.database.clone(),
        clock: Arc::clone(&foundation.clock),
        randomness: Arc::clone(&foundation.randomness),
        audit: Arc::clone(&foundation.audit),
        gate: gate.clone(),
    })
}

async fn listen(address: &str, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is in use by another process; stop that one or choose another port with {setting}, as ADDRESS:PORT"
        ),
        ErrorKind::PermissionDenied => anyhow::anyhow!(
            "this user may not listen on {address}; ports below 1024 need privileges, choose another with {setting}"
        ),
        _ => anyhow::anyhow!("cannot listen on `{address}`: {error}; {setting} takes ADDRESS:PORT, e.g. 127.0.0.1:8080"),
    })
}

/// The only lines on standard output; the log goes to standard error and never holds a key.
fn announce(
    folder: &DataFolder,
    new_key: Option<&str>,
    listener: &TcpListener,
    scheme: &str,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    let mut output = std::io::stdout().lock();
    let kept = folder.admin_key();
    match new_key {
        Some(key) => writeln!(
            output,
            "admin API key (shown only now, kept in {}): {key}",
            kept.display()
        )?,
        None => writeln!(output, "the admin API key is kept in {}", kept.display())?,
    }
    writeln!(output, "listening on {scheme}://{address}")?;
    output.flush()?;
    tracing::info!(%address, "listening");
    Ok(())
}

/// Serves until a signal, then gives running requests their time to finish.
async fn until_stopped(
    server: Server,
    (assistants, streams): (Option<JoinHandle<()>>, Places),
    (mut signals, leave): (Signals, watch::Sender<bool>),
    configuration: &Configuration,
) {
    let grace = Duration::from_secs(configuration.server.shutdown_seconds);
    let (stop, stopping) = oneshot::channel();
    let server = server.run(async move {
        signals.next().await;
        tracing::info!(
            seconds = grace.as_secs(),
            "stopping: running requests may finish"
        );
        tokio::spawn(shutdown::leave_when_requested_again(signals));
        stop.send(()).ok();
        leave.send(true).ok();
    });
    let all = async {
        server.await;
        if let Some(assistants) = assistants {
            assistants.await.ok();
        }
        // Live streams outlive their requests.
        streams.all_free().await;
    };
    let deadline = async {
        stopping.await.ok();
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        () = all => {}
        () = deadline => tracing::warn!("cancelling the requests that are still running"),
    }
}

fn keep_up(measurements: Measurements) {
    tokio::spawn(async move {
        let mut ticks = interval(Duration::from_secs(5));
        loop {
            ticks.tick().await;
            measurements.upkeep();
            counter!("locutor_log_lines_dropped_total").absolute(logging::dropped_lines());
        }
    });
}
