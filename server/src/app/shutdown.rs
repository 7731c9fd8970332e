//! The signals that ask the server to stop.

/// Exit status of a process that a signal ended, as shells count it: 128 + SIGINT.
const INTERRUPTED: i32 = 130;

/// Ctrl-C and SIGTERM, from [`Signals::listen`] on: none that comes before somebody waits is lost.
#[cfg(unix)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Starts to listen; until then the system does with the signals what it does by itself.
    ///
    /// # Errors
    /// When the system does not let this process listen.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Resolves at the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C, from [`Signals::listen`] on: none that comes before somebody waits is lost.
#[cfg(windows)]
pub struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// When the system does not let this process listen.
    pub fn listen() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    /// Resolves at the next one.
    pub async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// Ends the process at the next signal: whoever asks twice does not want to wait. Nothing is lost
/// that was acknowledged; the database survives a kill.
pub async fn leave_when_requested_again(mut signals: Signals) {
    signals.next().await;
    // The log may not be written any more.
    eprintln!("asked to stop again: leaving at once");
    std::process::exit(INTERRUPTED);
}

#[cfg(all(test, unix))]
mod tests {
    use std::{process::Command, time::Duration};

    use super::*;

    /// As after a start that took long: the signal is there before anybody waits for it.
    #[tokio::test]
    async fn a_signal_that_came_early_is_not_lost() {
        let mut signals = Signals::listen().unwrap();
        for name in ["-TERM", "-INT"] {
            let sent = Command::new("kill")
                .args([name, &std::process::id().to_string()])
                .status();
            assert!(sent.unwrap().success());
            let found = tokio::time::timeout(Duration::from_secs(10), signals.next()).await;
            assert!(found.is_ok(), "{name}");
        }
    }
}
