//! The HTTP client that the command line calls servers with.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebError {
    /// The machine's certificates cannot be used.
    #[error("cannot use this machine's certificates")]
    Tls(#[from] rustls::Error),
    /// The client cannot be set up.
    #[error("cannot set up an HTTP client")]
    Client(#[from] reqwest::Error),
}

/// A client for the server at `url`, straight and without a proxy.
pub(crate) fn client(url: &str, patience: Duration) -> Result<Client, WebError> {
    let provider = rustls::crypto::ring::default_provider();
    let builder = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?;
    // Over plain http no certificate is ever looked at, so a machine without any will do.
    let builder = if url.starts_with("https:") {
        builder.with_platform_verifier()?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    let client = Client::builder()
        .tls_backend_preconfigured(builder.with_no_client_auth())
        .timeout(patience)
        .redirect(Policy::none())
        .no_proxy();
    Ok(client.build()?)
}
