//! `locutor serve`.

use clap::Args;

use super::Settings;
use crate::{app, config::Overrides};

/// Run the server until it is asked to stop (Ctrl-C or SIGTERM).
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, env = "LOCUTOR_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl Serve {
    pub fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let (configuration, _log) = settings.load_server(Overrides {
            listen: self.listen,
            ..Overrides::default()
        })?;
        app::serve(configuration)
    }
}
