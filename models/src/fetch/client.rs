//! The HTTP client: the system's certificates (or `SSL_CERT_FILE`/`SSL_CERT_DIR`), proxies
//! from the environment, and a limit on silence rather than on the whole download.

use std::time::Duration;

use ureq::tls::TlsConfig;

use super::certificates::system_certificates;

/// A connection that is silent for this long is given up and resumed.
const SILENCE: Duration = Duration::from_mins(1);
const CONNECT: Duration = Duration::from_secs(30);

/// A client that reports every status as a response.
pub(super) fn agent() -> ureq::Agent {
    let tls = TlsConfig::builder()
        .root_certs(system_certificates())
        .build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .http_status_as_error(false)
        .user_agent(concat!("locutor-models/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}
