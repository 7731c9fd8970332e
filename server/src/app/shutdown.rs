//! The signals that ask the server to stop.

/// Exit status of a process that a signal ended, as shells count it: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Resolves at Ctrl-C or SIGTERM.
pub async fn requested() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    tokio::signal::ctrl_c().await.ok();
}

/// Ends the process at the next signal: whoever asks twice does not want to wait. Nothing is lost
/// that was acknowledged; the database survives a kill.
pub async fn leave_when_requested_again() {
    requested().await;
    tracing::warn!("asked to stop again: leaving at once");
    std::process::exit(INTERRUPTED);
}
