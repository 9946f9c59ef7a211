//! What a person signs in with, and how often that failed.

use std::fmt;

use cinatra_domain::kernel::UserId;
use jiff::Timestamp;
use tokio_postgres::types::ToSql;

use crate::{EventStore, ReadError, sql};

/// A password as it is kept.
#[derive(Clone)]
pub struct StoredPassword {
    /// Salt, parameters and hash in one text, as the Password Hashing Competition writes it.
    pub phc: String,
    /// When it was set; with it a session is opened ([`crate::NewSession::password_set_at`]).
    pub set_at: Timestamp,
}

impl fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredPassword(hidden)")
    }
}

/// Whom failures to sign in are counted against: keyed hashes of account and address, from which neither
/// can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptKey {
    /// Of what was typed for a name.
    pub account: [u8; 32],
    /// Of where it was typed.
    pub address: [u8; 32],
}

impl EventStore {
    /// A person's password; absent for whoever has none.
    pub async fn password(&self, user: UserId) -> Result<Option<StoredPassword>, ReadError> {
        let rows = self.ask(sql::READ_PASSWORD, &[&user.0]).await?;
        Ok(rows.first().map(|row| StoredPassword {
            phc: row.get(0),
            set_at: row.get(1),
        }))
    }

    /// Notes one more failure and answers how many there are in the window, this one included. Of many at
    /// once each gets another number. At most a thousand are kept and answered.
    pub async fn record_attempt(
        &self,
        key: &AttemptKey,
        window_seconds: i64,
    ) -> Result<i64, ReadError> {
        let (account, address): (&[u8], &[u8]) = (&key.account, &key.address);
        let params: [&(dyn ToSql + Sync); 3] = [&account, &address, &window_seconds];
        let rows = self.ask(sql::RECORD_ATTEMPT, &params).await?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }

    /// Failures in the window, without another one.
    pub async fn count_attempts(
        &self,
        key: &AttemptKey,
        window_seconds: i64,
    ) -> Result<i64, ReadError> {
        let (account, address): (&[u8], &[u8]) = (&key.account, &key.address);
        let params: [&(dyn ToSql + Sync); 3] = [&account, &address, &window_seconds];
        let rows = self.ask(sql::COUNT_ATTEMPTS, &params).await?;
        Ok(rows.first().map_or(0, |row| row.get(0)))
    }

    /// Forgets the failures: whoever it was has signed in.
    pub async fn clear_attempts(&self, key: &AttemptKey) -> Result<(), ReadError> {
        let (account, address): (&[u8], &[u8]) = (&key.account, &key.address);
        self.ask(sql::CLEAR_ATTEMPTS, &[&account, &address]).await?;
        Ok(())
    }

    /// Forgets one failure: it was none. One that would be the last may stay.
    pub async fn take_attempt_back(&self, key: &AttemptKey) -> Result<(), ReadError> {
        let (account, address): (&[u8], &[u8]) = (&key.account, &key.address);
        let params: [&(dyn ToSql + Sync); 2] = [&account, &address];
        self.ask(sql::TAKE_ATTEMPT_BACK, &params).await?;
        Ok(())
    }

    /// Forgets the failures of an account, wherever they were made: there is nobody any more to protect.
    pub async fn clear_account_attempts(&self, account: &[u8; 32]) -> Result<(), ReadError> {
        let account: &[u8] = account;
        self.ask(sql::CLEAR_ATTEMPTS_OF_ACCOUNT, &[&account])
            .await?;
        Ok(())
    }

    /// Forgets whoever has not failed within the window; answers how many.
    pub async fn sweep_attempts(&self, window_seconds: i64) -> Result<u64, ReadError> {
        self.ask_count(sql::SWEEP_ATTEMPTS, &[&window_seconds])
            .await
    }
}
