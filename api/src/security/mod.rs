//! Who is calling: credentials, and what may reach this server at all.
//!
//! A token is 32 random bytes; the database holds only their blake3. Tenant and actor come from the credential's row
//! and from nowhere else; what they may do, the ledgers say (design.md D14). Hosts and origins are listed, against DNS
//! rebinding and foreign pages (settled.md 19, 20).

mod bootstrap;
mod cookie;
mod file;
mod gate;
mod master_key;
mod origin;
mod principal;

pub use bootstrap::{BootstrapError, TOKEN_FILE, bootstrap, retire};
pub use cinatra_commands::credential::{InvalidToken, Token, TokenKind};
pub(crate) use cookie::Cookies;
pub(crate) use file::create_private;
pub use gate::Gate;
pub use master_key::{MASTER_KEY_FILE, MasterKeyError, unlock};
pub use origin::{AllowedHosts, InvalidPublicUrl};
pub use principal::Principal;
