//! Database roles, one per kind of work. Source: settled.md 31.

use std::time::Duration;

use tokio_postgres::Config;

/// In which capacity a connection works. None of them owns a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The projection runner, which scans.
    Ledger,
    /// Append lanes, which only look up.
    Lane,
    /// Look-ups that are no caller's.
    Unscoped,
    /// Queries of requests, under the policy of one organization.
    Reader,
}

impl Role {
    /// Its name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ledger | Self::Lane | Self::Unscoped => "cinatra_ledger",
            Self::Reader => "cinatra_reader",
        }
    }

    /// What its connections call themselves.
    const fn application(self) -> &'static str {
        match self {
            Self::Ledger => "cinatra_ledger",
            Self::Lane => "cinatra_lane",
            Self::Unscoped => "cinatra_unscoped",
            Self::Reader => "cinatra_reader",
        }
    }

    /// The same server and user, in this role, with bounds on how long a session may hold things up.
    pub fn connect(self, config: &Config) -> Config {
        let mut config = config.clone();
        let given = config.get_options().unwrap_or_default().to_owned();
        let name = self.name();
        // Prepared on nearly empty tables, a generic plan would go on scanning them when they are large.
        let scans = match self {
            Self::Ledger => "",
            Self::Lane | Self::Unscoped | Self::Reader => " -c enable_seqscan=off",
        };
        config.options(format!(
            "{given} -c role={name} -c statement_timeout=30s -c lock_timeout=5s \
             -c idle_in_transaction_session_timeout=2s -c jit=off{scans}"
        ));
        config.application_name(self.application());
        config.keepalives_idle(Duration::from_secs(10));
        config.connect_timeout(Duration::from_secs(5));
        config
    }
}
