//! The three commands: what each gathers, what it seals, and what keeps that true until the append.

use std::sync::Arc;

use cinatra_domain::kernel::{Decider as _, Position, StreamId, TenantId};
use cinatra_domain::secret::{
    Delete, KEYS, RotateKeys, Secret, SecretCommand, SecretName, SecretState, Set, vault_tag,
};
use cinatra_eventstore::{
    AppendError, Condition, Expected, KeyPurpose, Loaded, NewEvent, SideRow, StreamAppend, VaultRow,
};
use secrecy::SecretString;

use super::output::{SecretDeleted, SecretKeysRotated, SecretSet};
use super::{Secrets, open};
use crate::dispatch::{Attempt, Task};
use crate::{Error, ErrorBody};

/// What a decision about secrets stands on.
struct Basis {
    /// Nothing about the organization's secrets may have changed since.
    at: Position,
    /// Which stream is written to.
    stream: StreamId,
    state: Loaded<SecretState>,
}

impl Basis {
    /// Order: the position is read before anything else, so that what is read is never older than it.
    async fn gather(
        secrets: &Secrets,
        tenant: TenantId,
        id: &str,
        number: u32,
    ) -> Result<Self, Error> {
        let store = &secrets.store;
        let at = store.head(tenant).await?;
        let at = at.ok_or(AppendError::UnknownLedger(tenant))?;
        let state = if number == 0 {
            store.load::<Secret>(tenant, id).await?
        } else {
            store.load_cold::<Secret>(tenant, id).await?
        };
        let stream = StreamId::new(Secret::CATEGORY, id);
        Ok(Self { at, stream, state })
    }

    /// Decides; answers what is to be appended. Rows go with events only.
    fn decide<T>(
        self,
        command: SecretCommand,
        rows: Vec<VaultRow>,
        answer: impl FnOnce(bool) -> T,
    ) -> Result<Attempt<T>, Error> {
        let tag = vault_tag()?;
        let (events, answer) = match Secret::decide(&self.state.state, command) {
            Ok(events) => {
                let answer = answer(!events.is_empty());
                (events, Ok(answer))
            }
            Err(rejection) => (Vec::new(), Err(ErrorBody::of(&rejection))),
        };
        let (mut after, mut encoded) = (*self.state.state, Vec::with_capacity(events.len()));
        for event in &events {
            after = Secret::evolve(after, event).map_err(|source| Error::Undecidable { source })?;
            encoded.push(NewEvent::encode(event, vec![tag.clone()])?);
        }
        let side = if events.is_empty() {
            Vec::new()
        } else {
            rows.into_iter().map(SideRow::Vault).collect()
        };
        let expected = self.state.revision.map_or(Expected::NoStream, Expected::At);
        Ok(Attempt {
            streams: vec![StreamAppend {
                stream: self.stream,
                expected,
                events: encoded,
                state: Some(Arc::new(after)),
            }],
            conditions: vec![Condition {
                tags: vec![tag],
                after: self.at,
                proof: None,
            }],
            side,
            answer,
        })
    }
}

/// Keeps a value.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) tenant: TenantId,
    pub(super) name: SecretName,
    pub(super) value: &'a SecretString,
}

impl Task for Setting<'_> {
    type Output = SecretSet;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<SecretSet>, Error> {
        let (secrets, tenant, name) = (self.secrets, self.tenant, &self.name);
        let basis = Basis::gather(secrets, tenant, name.as_str(), number).await?;
        let kept = secrets
            .store
            .secret_key(tenant, KeyPurpose::Secrets)
            .await?;
        let mut rows = Vec::new();
        let key = if let Some(wrapped) = kept {
            secrets.vault.unwrap(tenant, &wrapped)?
        } else {
            let (key, wrapped) = secrets.vault.create_key(tenant)?;
            rows.push(VaultRow::PutKey(wrapped));
            key
        };
        rows.push(VaultRow::Put {
            name: name.to_string(),
            key_id: key.id(),
            sealed: key.seal(name, self.value)?,
        });
        let command = SecretCommand::Set(Set {
            name: name.clone(),
            key_id: key.id(),
            secrets: secrets.store.count_secrets(tenant).await?,
        });
        basis.decide(command, rows, |_| SecretSet {
            success: true,
            name: name.to_string(),
        })
    }
}

/// Forgets a value.
#[derive(Debug)]
pub(super) struct Deletion<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) tenant: TenantId,
    pub(super) name: SecretName,
}

impl Task for Deletion<'_> {
    type Output = SecretDeleted;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<SecretDeleted>, Error> {
        let name = &self.name;
        let basis = Basis::gather(self.secrets, self.tenant, name.as_str(), number).await?;
        let rows = vec![VaultRow::Delete {
            name: name.to_string(),
        }];
        let command = SecretCommand::Delete(Delete { name: name.clone() });
        basis.decide(command, rows, |deleted| SecretDeleted {
            success: true,
            name: name.to_string(),
            deleted,
        })
    }
}

/// Puts every value under another data key.
#[derive(Debug)]
pub(super) struct Rotation<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) tenant: TenantId,
}

impl Task for Rotation<'_> {
    type Output = SecretKeysRotated;

    async fn attempt(&mut self, number: u32) -> Result<Attempt<SecretKeysRotated>, Error> {
        let (secrets, tenant) = (self.secrets, self.tenant);
        let basis = Basis::gather(secrets, tenant, KEYS, number).await?;
        let from = secrets
            .store
            .secret_key(tenant, KeyPurpose::Secrets)
            .await?;
        let (key, wrapped) = secrets.vault.create_key(tenant)?;
        let mut rows = vec![VaultRow::PutKey(wrapped)];
        let mut count = 0;
        for stored in secrets.store.secrets(tenant).await? {
            let name = super::stored_name(&stored)?;
            let value = open(&secrets.vault, tenant, &name, &stored)?;
            rows.push(VaultRow::Reseal {
                name: stored.name,
                key_id: key.id(),
                sealed: key.seal(&name, &value)?,
            });
            count += 1;
        }
        let command = SecretCommand::RotateKeys(RotateKeys {
            from_key_id: from.map(|wrapped| wrapped.key_id),
            to_key_id: key.id(),
            secrets: count,
        });
        basis.decide(command, rows, |rotated| SecretKeysRotated {
            success: true,
            rotated,
            secrets: count,
        })
    }
}
