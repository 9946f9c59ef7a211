//! Large bytes outside the ledger, found by what they are.
//!
//! A blob is stored before the append that refers to it; one that no event refers to is legal until it is
//! collected. Source: settled.md 25, 45.

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use cinatra_domain::kernel::{Class, Coded, TenantId};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, path};
use serde_json::{Value, json};

use super::digest::sha256_hex;

/// Why a blob could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The folder cannot be used.
    #[error("could not open the blob store")]
    Open {
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store did not do what was asked.
    #[error("the blob store failed while {doing}")]
    Unavailable {
        /// `writing` or `reading`.
        doing: &'static str,
        /// Why.
        source: object_store::Error,
    },
    /// No such blob, though something refers to it.
    #[error("blob {sha256} is missing")]
    Missing {
        /// Which one.
        sha256: String,
    },
    /// The stored bytes are not those that the key promises.
    #[error("blob {sha256} holds other bytes")]
    Damaged {
        /// Which one.
        sha256: String,
    },
}

impl Coded for BlobError {
    fn class(&self) -> Class {
        match self {
            Self::Open { .. } | Self::Unavailable { .. } => Class::Unavailable,
            Self::Missing { .. } | Self::Damaged { .. } => Class::Corrupt,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Open { .. } | Self::Unavailable { .. } => "BLOB_STORE_UNAVAILABLE",
            Self::Missing { .. } => "BLOB_MISSING",
            Self::Damaged { .. } => "BLOB_DAMAGED",
        }
    }

    fn details(&self) -> Value {
        match self {
            Self::Open { .. } | Self::Unavailable { .. } => json!({}),
            Self::Missing { sha256 } | Self::Damaged { sha256 } => json!({ "sha256": sha256 }),
        }
    }
}

/// Blobs of every organization, each under its own prefix.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Opens a folder, and creates it when it is not there.
    pub fn open(folder: &Path) -> Result<Self, BlobError> {
        let open = |source: io::Error| BlobError::Open {
            source: source.into(),
        };
        std::fs::create_dir_all(folder).map_err(open)?;
        // An event may refer to a blob for ever, so it has to be on disk before the event is.
        let store = LocalFileSystem::new_with_prefix(folder)
            .map_err(|source| BlobError::Open {
                source: source.into(),
            })?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// Stores bytes and answers their lower-case hex sha256. Storing the same bytes again changes nothing.
    pub async fn put(&self, tenant: TenantId, bytes: Bytes) -> Result<String, BlobError> {
        let sha256 = sha256_hex(&bytes);
        let written = self.write(tenant, &sha256, &bytes, PutMode::Create).await;
        match written {
            Ok(()) => Ok(sha256),
            Err(object_store::Error::AlreadyExists { .. }) => {
                self.mend(tenant, sha256, bytes).await
            }
            Err(source) => Err(BlobError::Unavailable {
                doing: "writing",
                source,
            }),
        }
    }

    /// Reads a blob back, compared with its key.
    pub async fn get(&self, tenant: TenantId, sha256: &str) -> Result<Bytes, BlobError> {
        let unread = |source| {
            if matches!(source, object_store::Error::NotFound { .. }) {
                let sha256 = sha256.to_owned();
                return BlobError::Missing { sha256 };
            }
            BlobError::Unavailable {
                doing: "reading",
                source,
            }
        };
        let key = key(tenant, sha256);
        let found = self.store.get(&key).await.map_err(unread)?;
        let bytes = found.bytes().await.map_err(unread)?;
        if sha256_hex(&bytes) == sha256 {
            Ok(bytes)
        } else {
            Err(BlobError::Damaged {
                sha256: sha256.to_owned(),
            })
        }
    }

    /// The key is taken; it may be by what a crash or a failing disk left of the same bytes.
    async fn mend(
        &self,
        tenant: TenantId,
        sha256: String,
        bytes: Bytes,
    ) -> Result<String, BlobError> {
        match self.get(tenant, &sha256).await {
            Ok(_) => return Ok(sha256),
            Err(BlobError::Damaged { .. } | BlobError::Missing { .. }) => {}
            Err(error @ (BlobError::Open { .. } | BlobError::Unavailable { .. })) => {
                return Err(error);
            }
        }
        tracing::warn!(%tenant, sha256, "replacing a damaged blob by the bytes it should have had");
        self.write(tenant, &sha256, &bytes, PutMode::Overwrite)
            .await
            .map_err(|source| BlobError::Unavailable {
                doing: "writing",
                source,
            })?;
        Ok(sha256)
    }

    async fn write(
        &self,
        tenant: TenantId,
        sha256: &str,
        bytes: &Bytes,
        mode: PutMode,
    ) -> Result<(), object_store::Error> {
        let options = PutOptions::from(mode);
        let payload = bytes.clone().into();
        self.store
            .put_opts(&key(tenant, sha256), payload, options)
            .await
            .map(|_| ())
    }
}

fn key(tenant: TenantId, sha256: &str) -> path::Path {
    path::Path::from(format!("orgs/{tenant}/blobs/sha256/{sha256}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId::SYSTEM;
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn file_of(folder: &Path) -> std::path::PathBuf {
        folder.join(format!("orgs/{TENANT}/blobs/sha256/{ABC}"))
    }

    #[tokio::test]
    async fn a_blob_is_found_by_its_digest_in_its_organization_only() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&folder.path().join("new")).unwrap();
        for _ in 0..2 {
            let sha256 = blobs.put(TENANT, Bytes::from_static(b"abc")).await.unwrap();
            assert_eq!(sha256, ABC);
        }
        assert_eq!(blobs.get(TENANT, ABC).await.unwrap(), "abc");
        assert!(file_of(&folder.path().join("new")).exists());
        let other = "0b0e5d0c-5a4f-4b39-9d56-6f0f2b7a9d11".parse().unwrap();
        let missing = blobs.get(other, ABC).await.unwrap_err();
        assert_eq!(missing.code(), "BLOB_MISSING");
    }

    #[tokio::test]
    async fn a_damaged_blob_is_never_served_and_is_mended_by_storing_it_again() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        blobs.put(TENANT, Bytes::from_static(b"abc")).await.unwrap();
        std::fs::write(file_of(folder.path()), "ab").unwrap();
        let damaged = blobs.get(TENANT, ABC).await.unwrap_err();
        assert_eq!(damaged.code(), "BLOB_DAMAGED");
        blobs.put(TENANT, Bytes::from_static(b"abc")).await.unwrap();
        assert_eq!(blobs.get(TENANT, ABC).await.unwrap(), "abc");
    }
}
