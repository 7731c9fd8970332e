//! Whom to trust.

use ureq::tls::{Certificate, RootCerts};

/// Certificates that the machine trusts (or `SSL_CERT_FILE`/`SSL_CERT_DIR`), or without any those that
/// browsers trust, for clients made with `ureq`.
#[must_use]
pub fn system_certificates() -> RootCerts {
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::debug!(%error, "a system certificate could not be read");
    }
    if native.certs.is_empty() {
        return RootCerts::WebPki;
    }
    let certificates = native.certs.iter();
    RootCerts::from(certificates.map(|one| Certificate::from_der(one).to_owned()))
}
