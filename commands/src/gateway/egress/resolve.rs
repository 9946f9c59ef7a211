//! From a name to addresses, which are judged where they are used: in the client that connects to them.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::public::is_public;

/// Knows the addresses of names.
pub(super) trait Lookup: fmt::Debug + Send + Sync {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// Asks the operating system.
#[derive(Debug)]
pub(super) struct System;

impl Lookup for System {
    fn lookup(&self, host: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The name leads to an address that is not out in the world.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(super) struct NotPublic;

/// Gives the client no address but a public one.
///
/// What is judged is what the client connects to: nothing asks a second time in between. One closed
/// address among open ones refuses the name, or who owns the name could try until the order suits.
#[derive(Debug)]
pub(super) struct PublicOnly(pub(super) Arc<dyn Lookup>);

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.lookup(name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            if found.iter().copied().all(is_public) {
                Ok(sockets(found))
            } else {
                Err(NotPublic.into())
            }
        })
    }
}

/// Gives the client whatever there is, for peers that are exceptions.
#[derive(Debug)]
pub(super) struct Any(pub(super) Arc<dyn Lookup>);

impl Resolve for Any {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.0.lookup(name.as_str().to_owned());
        Box::pin(async move { Ok(sockets(found.await?)) })
    }
}

fn sockets(addresses: Vec<IpAddr>) -> Addrs {
    // The client puts the port of the address it calls in place of 0.
    Box::new(addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)))
}
