//! HTTP clients of the harness.

use std::sync::Once;
use std::time::Duration;

use crate::Outcome;

/// A client that gives up after `timeout`.
pub fn client(timeout: Duration) -> Outcome<reqwest::Client> {
    Ok(builder(timeout).build()?)
}

/// The same in the making: who calls from another address of this machine, or calls itself something, says so.
/// Everything here is loopback, yet the TLS of the build wants a provider of cryptography before any client is
/// made.
pub fn builder(timeout: Duration) -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another part of this process may have chosen one: that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().timeout(timeout).no_proxy()
}
