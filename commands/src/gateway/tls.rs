//! Whom clients believe when a server shows a certificate.

use rustls::{ClientConfig, Error, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Believes whom this machine believes. Fails on a machine without any certificates.
pub(super) fn platform() -> Result<ClientConfig, Error> {
    let builder = builder()?.with_platform_verifier()?;
    Ok(builder.with_no_client_auth())
}

/// Believes nobody: enough where plain http is all that is spoken, and on any machine.
pub(super) fn nobody() -> Result<ClientConfig, Error> {
    let builder = builder()?.with_root_certificates(RootCertStore::empty());
    Ok(builder.with_no_client_auth())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, Error> {
    let provider = rustls::crypto::ring::default_provider();
    ClientConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions()
}
