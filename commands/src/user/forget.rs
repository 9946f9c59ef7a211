//! Every node's own part of an erasure: mail that it delivered to whoever is gone.
//!
//! A node hears of an erasure by its event, whichever node made it, and however late: one that was down looks at
//! the whole history when it starts. Mail that was made after the erasure is somebody else's, and stays.

use std::time::Duration;

use cinatra_domain::kernel::{Position, TenantId};
use cinatra_domain::user::{UserEvent, administrator_tag, email_tag};
use cinatra_eventstore::{ReadError, Recorded};

use super::Users;
use crate::Error;

/// How often mail is handed over.
const DELIVERY: Duration = Duration::from_millis(500);

impl Users {
    /// Hands mail over as it comes, and follows erasures, for ever.
    pub async fn deliver(self) {
        let mut followed = Position::START;
        loop {
            match self.deliver_once(&mut followed).await {
                // More may wait than was taken.
                Ok(count) if count > 0 => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "mail waits"),
            }
            tokio::time::sleep(DELIVERY).await;
        }
    }

    async fn deliver_once(&self, followed: &mut Position) -> Result<usize, Error> {
        let delivered = self.mailbox.deliver(&self.store).await?;
        for recipient in &delivered.taken_back {
            self.forget_erased(recipient).await?;
        }
        // Order: after the mails of this turn, so that none is delivered behind the back of an erasure.
        let tags = [administrator_tag()?];
        let system = TenantId::SYSTEM;
        let (events, at) = self
            .store
            .events_by_tag_after(system, &tags, *followed)
            .await?;
        let mut is_anybody_gone = false;
        for recorded in &events {
            is_anybody_gone |= is_erasure(recorded)?;
        }
        if is_anybody_gone {
            let recipients = self.mailbox.recipients();
            for recipient in recipients.map_err(|source| Error::Mail { source })? {
                self.forget_erased(&recipient).await?;
            }
        }
        *followed = at;
        Ok(delivered.count)
    }

    /// Forgets what was delivered to somebody until they were erased; nothing, if they were not.
    async fn forget_erased(&self, recipient_key: &str) -> Result<(), Error> {
        let tags = [email_tag(recipient_key)?];
        let (events, _) = self.store.events_by_tag(TenantId::SYSTEM, &tags).await?;
        let mut gone_at = None;
        for recorded in &events {
            if is_erasure(recorded)? {
                gone_at = Some(recorded.recorded_at);
            }
        }
        let Some(gone_at) = gone_at else {
            return Ok(());
        };
        let forgotten = self.mailbox.forget(recipient_key, Some(gone_at));
        forgotten.map_err(|source| Error::Mail { source })
    }
}

/// Whether an event is the receipt of an erasure.
fn is_erasure(recorded: &Recorded) -> Result<bool, Error> {
    let event = recorded.decode::<UserEvent>();
    let event = event.map_err(|source| ReadError::Decode {
        tenant: recorded.tenant,
        position: recorded.position,
        source,
    })?;
    Ok(matches!(event, Some(UserEvent::Erased(_))))
}
