//! Why a server does not start.

use std::io;
use std::net::IpAddr;

use cinatra_commands::gateway::blobs::BlobError;
use cinatra_commands::gateway::egress::OpenError;
use cinatra_commands::gateway::model;
use cinatra_commands::gateway::registry::SettingError;
use cinatra_domain::kernel::Coded;
use cinatra_eventstore::ReadError;
use cinatra_migrations::{MigrateError, PrivilegeError};

use crate::primitive::CatalogueError;
use crate::security::{BootstrapError, InvalidPublicUrl, MasterKeyError};

/// Why a server does not start. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `DATABASE_URL` cannot be read.
    #[error("DATABASE_URL is not a PostgreSQL URL")]
    DatabaseUrl,
    /// The schema cannot be brought up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The home folder cannot be written.
    #[error("cannot write to the home folder {0}; set CINATRA_HOME to one that you may write to")]
    Home(String, #[source] io::Error),
    /// The ledgers cannot be opened.
    #[error("cannot open the ledgers")]
    Store(#[source] ReadError),
    /// The user of the database could change the ledgers.
    #[error(transparent)]
    Privileged(#[from] PrivilegeError),
    /// The read models cannot be opened.
    #[error(transparent)]
    Projections(cinatra_projections::Error),
    /// The registry cannot be used.
    #[error(transparent)]
    Registry(#[from] SettingError),
    /// Fetched packages cannot be kept.
    #[error(transparent)]
    Blobs(BlobError),
    /// The first credential cannot be made.
    #[error(transparent)]
    Bootstrap(#[from] BootstrapError),
    /// Who there is cannot be read, or the instance cannot begin.
    #[error("cannot open what is known of persons and organizations")]
    Identity(#[source] cinatra_commands::Error),
    /// Mail cannot be handed over.
    #[error("cannot write to the mail folder")]
    Mail(#[source] io::Error),
    /// Runs could call nobody outside.
    #[error("cannot open the client for calls of agents")]
    Egress(#[source] OpenError),
    /// No model could be asked.
    #[error("cannot open the client of the language model")]
    Model(#[source] model::OpenError),
    /// What is kept secret cannot be opened.
    #[error(transparent)]
    Vault(#[from] MasterKeyError),
    /// `CINATRA_PUBLIC_URL` cannot be read.
    #[error("CINATRA_PUBLIC_URL: {0}")]
    PublicUrl(#[from] InvalidPublicUrl),
    /// The port is taken.
    #[error("port {port} is in use; set CINATRA_PORT to another one, or to 0 for any free one")]
    PortInUse {
        /// Which.
        port: u16,
    },
    /// The address belongs to another machine.
    #[error("CINATRA_BIND: {0} is not an address of this machine")]
    NotOurAddress(IpAddr),
    /// The port is not for this user.
    #[error("CINATRA_PORT: this user may not listen on port {port}")]
    PortForbidden {
        /// Which.
        port: u16,
    },
    /// The socket cannot be opened.
    #[error("cannot listen")]
    Listen(#[source] io::Error),
    /// The catalogue is broken: a bug.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The operating system gives no random bytes.
    #[error("no randomness")]
    Randomness(#[source] getrandom::Error),
}

impl StartError {
    /// Whether a setting has to be changed before another try can succeed.
    pub const fn is_setting(&self) -> bool {
        matches!(
            self,
            Self::DatabaseUrl
                | Self::Registry(_)
                | Self::PublicUrl(_)
                | Self::NotOurAddress(_)
                | Self::PortForbidden { .. }
        )
    }

    /// The code of the layer that refused, where it has one.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Store(error) => Some(error.code()),
            Self::Projections(error) => Some(error.code()),
            Self::Identity(error) => Some(error.code()),
            Self::DatabaseUrl
            | Self::Migrate(_)
            | Self::Privileged(_)
            | Self::Home(..)
            | Self::Registry(_)
            | Self::Blobs(_)
            | Self::Bootstrap(_)
            | Self::Vault(_)
            | Self::Mail(_)
            | Self::Egress(_)
            | Self::Model(_)
            | Self::PublicUrl(_)
            | Self::PortInUse { .. }
            | Self::NotOurAddress(_)
            | Self::PortForbidden { .. }
            | Self::Listen(_)
            | Self::Catalogue(_)
            | Self::Randomness(_) => None,
        }
    }
}
