//! Mail that waits to be handed over. It commits with the fact that it tells of ([`crate::IdentityRow`]) and
//! is delivered at least once.

use std::fmt;

use cinatra_domain::kernel::{TenantId, UserId};
use jiff::Timestamp;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::{EventStore, ReadError, sql};

/// A mail to send.
#[derive(Clone)]
pub struct NewMail {
    /// Names it.
    pub mail_id: Uuid,
    /// Whom it goes to, where that is a person of this instance.
    pub user_id: Option<UserId>,
    /// Keyed hash of the address, by which it is found when its recipient is erased.
    pub recipient_key: String,
    /// The address.
    pub recipient: String,
    /// Its first line.
    pub subject: String,
    /// What it says, secrets included.
    pub body: String,
}

impl fmt::Debug for NewMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMail")
            .field("mail_id", &self.mail_id)
            .finish_non_exhaustive()
    }
}

/// A mail that its caller hands over.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// Names it.
    pub mail_id: Uuid,
    /// In whose name it is sent.
    pub tenant: TenantId,
    /// Whom it goes to, where that is a person of this instance.
    pub user_id: Option<UserId>,
    /// Fingerprint of the recipient's address.
    pub recipient_key: String,
    /// The address.
    pub recipient: String,
    /// Its first line.
    pub subject: String,
    /// What it says, secrets included.
    pub body: String,
    /// Since when it waits.
    pub created_at: Timestamp,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("mail_id", &self.mail_id)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl EventStore {
    /// The mails that have waited longest, at most `limit`. They are the caller's for a minute; whatever it
    /// has not deleted by then is given to the next who asks, so a mail may be sent twice but is never lost.
    pub async fn next_mails(&self, limit: i64) -> Result<Vec<Mail>, ReadError> {
        let rows = self.ask(sql::NEXT_MAILS, &[&limit]).await?;
        let mut mails: Vec<Mail> = rows.iter().map(mail_of).collect();
        mails.sort_by_key(|mail| (mail.created_at, mail.mail_id));
        Ok(mails)
    }

    /// Forgets a mail that was handed over; false when it was gone.
    pub async fn delete_mail(&self, mail_id: Uuid) -> Result<bool, ReadError> {
        Ok(!self.ask(sql::DELETE_MAIL, &[&mail_id]).await?.is_empty())
    }

    /// How many mails have not been handed over.
    pub async fn mails_waiting(&self) -> Result<u64, ReadError> {
        self.ask_count(sql::COUNT_MAILS, &[]).await
    }
}

fn mail_of(row: &Row) -> Mail {
    Mail {
        mail_id: row.get(0),
        tenant: TenantId::new(row.get(1)),
        user_id: row.get::<_, Option<Uuid>>(2).map(UserId),
        recipient: row.get(3),
        subject: row.get(4),
        body: row.get(5),
        created_at: row.get(6),
        recipient_key: row.get(7),
    }
}
