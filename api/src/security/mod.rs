//! Who is calling: credentials, and what may reach this server at all.
//!
//! A token is 32 random bytes; the database holds only their blake3. Tenant, actor and role come from
//! the token's row and from nowhere else (design.md D14). Hosts and origins are listed, against DNS
//! rebinding and foreign pages (settled.md 19, 20).

mod bootstrap;
mod file;
mod gate;
mod master_key;
mod origin;
mod principal;
mod token;

pub use bootstrap::{BootstrapError, TOKEN_FILE, bootstrap};
pub(crate) use file::create_private;
pub use gate::Gate;
pub use master_key::{MASTER_KEY_FILE, MasterKeyError, unlock};
pub use origin::{AllowedHosts, InvalidPublicUrl};
pub use principal::{Principal, Role};
pub use token::{InvalidToken, Token};
