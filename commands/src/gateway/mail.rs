//! Mail: rows that commit with their events, handed over to a folder by every node.
//!
//! The embedded default delivers into `<home>/mail`, one file a mail, its owner's only. A file's name begins with the
//! fingerprint of its recipient, so that an erasure finds it, on whichever node that was made
//! (`user/forget.rs`). Handing over twice is harmless: the file has the mail's id.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cinatra_domain::kernel::{InvitationId, UserId};
use cinatra_domain::user::EmailAddress;
use cinatra_eventstore::{ChallengePurpose, EventStore, IdentityRow, Mail, NewChallenge, NewMail};
use jiff::Timestamp;
use uuid::Uuid;

use crate::credential::Token;
use crate::draft::Draft;
use crate::{Error, mint};

/// Mails handed over at a time.
const ABREAST: i64 = 100;
/// How long a mailed secret that proves an address works.
const VERIFICATION_SECONDS: i64 = 3 * 24 * 3_600;
/// What was handed over.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// How many mails.
    pub(crate) count: usize,
    /// Recipients of what somebody else took meanwhile: another node, or an erasure.
    pub(crate) taken_back: BTreeSet<String>,
}

/// The folder that mail is delivered into. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Mailbox(Arc<Path>);

impl Mailbox {
    /// Makes the folder if there is none.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        Ok(Self(folder.into()))
    }

    /// Hands over what waits; answers to whom, by fingerprint, what was taken back meanwhile, and how many mails it
    /// were.
    pub(crate) async fn deliver(&self, store: &EventStore) -> Result<Delivered, Error> {
        let mails = store.next_mails(ABREAST).await?;
        let mut delivered = Delivered {
            count: mails.len(),
            taken_back: BTreeSet::new(),
        };
        for mail in mails {
            self.write(&mail).map_err(|source| Error::Mail { source })?;
            // Order: the row goes when the file is there; dying in between writes the same file again.
            if !store.delete_mail(mail.mail_id).await? {
                delivered.taken_back.insert(mail.recipient_key);
            }
        }
        Ok(delivered)
    }

    /// Forgets every mail to a recipient, by fingerprint; those that were made until a moment, if one is given.
    pub(crate) fn forget(&self, recipient_key: &str, until: Option<Timestamp>) -> io::Result<()> {
        for (path, key) in self.files()? {
            let is_later = until.is_some_and(|until| made_at(&path) > Some(until));
            if key == recipient_key && !is_later {
                remove(&path)?;
            }
        }
        Ok(())
    }

    /// Everybody whom mail was delivered to, by fingerprint.
    pub(crate) fn recipients(&self) -> io::Result<BTreeSet<String>> {
        Ok(self.files()?.into_iter().map(|(_, key)| key).collect())
    }

    /// Every mail, finished or not, with its recipient.
    fn files(&self) -> io::Result<Vec<(PathBuf, String)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if let Some((key, _)) = name.and_then(|name| name.split_once('-')) {
                files.push((path.clone(), key.to_owned()));
            }
        }
        Ok(files)
    }

    fn write(&self, mail: &Mail) -> io::Result<()> {
        let name = format!("{}-{}.eml", mail.recipient_key, mail.mail_id);
        let path = self.0.join(name);
        let draft: PathBuf = path.with_extension("part");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)?;
        let text = format!(
            "To: {}\r\nSubject: {}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
            mail.recipient, mail.subject, mail.body
        );
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    }
}

/// Somebody else may have removed the file meanwhile, or finished it: then whoever follows the erasure finds it.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// When a mail was made, as its id tells: a file may be much younger.
fn made_at(path: &Path) -> Option<Timestamp> {
    let (_, id) = path.file_stem()?.to_str()?.split_once('-')?;
    let (seconds, nanoseconds) = Uuid::try_parse(id).ok()?.get_timestamp()?.to_unix();
    let seconds = i64::try_from(seconds).ok()?;
    Timestamp::new(seconds, i32::try_from(nanoseconds).ok()?).ok()
}

/// Asks somebody to prove an address: the mail, and what its secret is for.
pub(crate) fn verification(
    draft: &mut Draft,
    now_us: i64,
    user_id: UserId,
    email: &EmailAddress,
    recipient_key: &str,
    secret: &Token,
) {
    draft.beside(IdentityRow::PutChallenge(NewChallenge {
        challenge_hash: secret.hash(),
        purpose: ChallengePurpose::Email,
        user_id: Some(user_id),
        invitation_id: None,
        expires_at: moment(now_us + VERIFICATION_SECONDS * 1_000_000),
    }));
    draft.beside(IdentityRow::PutMail(NewMail {
        mail_id: mint::id(),
        user_id: Some(user_id),
        recipient_key: recipient_key.to_owned(),
        recipient: email.as_str().to_owned(),
        subject: "Prove that this address is yours".to_owned(),
        body: format!(
            "Somebody registered with this address. If that was you:\r\n\r\n    cinatra call \
             users_verify_email '{{\"token\":\"{}\"}}'\r\n\r\nOtherwise do nothing.",
            secret.reveal()
        ),
    }));
}

fn moment(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).unwrap_or(Timestamp::MAX)
}

/// Invites somebody: the mail, and what its secret is for.
pub(crate) fn invitation(
    draft: &mut Draft,
    invitation_id: InvitationId,
    (email, recipient_key): (&EmailAddress, &str),
    secret: &Token,
    expires_at_us: i64,
) {
    draft.beside(IdentityRow::PutChallenge(NewChallenge {
        challenge_hash: secret.hash(),
        purpose: ChallengePurpose::Invitation,
        user_id: None,
        invitation_id: Some(invitation_id),
        expires_at: moment(expires_at_us),
    }));
    draft.beside(IdentityRow::PutMail(NewMail {
        mail_id: mint::id(),
        user_id: None,
        recipient_key: recipient_key.to_owned(),
        recipient: email.as_str().to_owned(),
        subject: "You are invited to an organization".to_owned(),
        body: format!(
            "You are invited. Sign up or sign in with this address, then:\r\n\r\n    cinatra call \
             invitations_accept '{{\"token\":\"{}\"}}'",
            secret.reveal()
        ),
    }));
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mail(key: &str) -> Mail {
        Mail {
            mail_id: mint::id(),
            tenant: cinatra_domain::kernel::TenantId::SYSTEM,
            user_id: None,
            recipient_key: key.repeat(64),
            recipient: "a@b.test".to_owned(),
            subject: "s".to_owned(),
            body: "b".to_owned(),
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_mail_is_its_owners_only_and_an_erasure_finds_it() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("mail");
        let mailbox = Mailbox::open(&folder).unwrap();
        for key in ["a", "b"] {
            mailbox.write(&mail(key)).unwrap();
        }
        let count = || fs::read_dir(&folder).unwrap().count();
        assert_eq!(count(), 2);
        for entry in fs::read_dir(&folder).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let (gone, stays) = ("a".repeat(64), "b".repeat(64));
        mailbox.forget(&gone, Some(Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(count(), 2, "both came later");
        mailbox.forget(&gone, None).unwrap();
        assert_eq!(count(), 1);
        assert_eq!(mailbox.recipients().unwrap(), BTreeSet::from([stays]));
    }

    #[test]
    fn of_several_who_forget_at_once_none_fails() {
        let home = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::open(&home.path().join("mail")).unwrap();
        for _ in 0..100 {
            mailbox.write(&mail("a")).unwrap();
        }
        let gone = "a".repeat(64);
        std::thread::scope(|threads| {
            let forget = || mailbox.forget(&gone, None);
            let all = [(); 4].map(|()| threads.spawn(forget));
            for one in all {
                one.join().unwrap().unwrap();
            }
        });
        assert!(mailbox.recipients().unwrap().is_empty());
    }
}
