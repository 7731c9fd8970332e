//! Word that the server stops, for what outlives its request: live streams and assistants' connections.

use tokio::sync::watch;

/// Who wants to know; clones hear of it too.
pub type Stopping = watch::Receiver<bool>;

/// Once the server stops, or nobody could say so any more.
pub async fn stopped(stopping: &mut Stopping) {
    stopping.wait_for(|stops| *stops).await.ok();
}
