//! Everything that Cinatra can do, each declared once.
//!
//! Start with [`Catalogue`]. A capability is a name, a title, a description, who may use it, what it
//! does to the world, the types of its input and output, and a handler; REST, MCP, OpenAPI and the
//! command line derive from that (design.md D13). To add one, add an entry to its noun's file here;
//! a new noun adds one line to `Catalogue::build`.

mod access;
mod alias;
mod authority;
mod bulk_stop;
mod call;
mod catalogue;
mod context;
mod draft;
mod extension;
mod frame;
mod input;
mod instance;
mod job;
mod message;
mod object_type;
mod organization;
mod permission;
mod place;
mod project;
mod prompt;
mod route;
mod run;
mod run_place;
mod schema;
mod secret;
mod session;
mod skill;
mod template;
mod terms;
mod user;

pub(crate) use access::{check_bare, check_starter};
pub use alias::{Alias, Meant, Verb};
pub(crate) use call::problem;
pub use call::{Backend, Call, Reply, SessionCookie};
pub use catalogue::{Catalogue, CatalogueError, Effect, Primitive};
pub use place::{InvalidPlace, Place};
pub use schema::JsonObject;
pub(crate) use terms::project_in;
pub use terms::{HEADERS, META, RawTerms, TermNames, Terms};
