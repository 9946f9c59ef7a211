//! Everything that Cinatra can do, each declared once.
//!
//! Start with [`Catalogue`]. A capability is a name, a title, a description, who may use it, what it
//! does to the world, the types of its input and output, and a handler; REST, MCP, OpenAPI and the
//! command line derive from that (design.md D13). To add one, add an entry to its noun's file here;
//! a new noun adds one line to `Catalogue::build`.

mod access;
mod authority;
mod call;
mod catalogue;
mod extension;
mod input;
mod place;
mod schema;
mod secret;
mod skill;
mod terms;

pub use access::Access;
pub use call::{Backend, Call, Reply};
pub use catalogue::{Catalogue, CatalogueError, Effect, Primitive};
pub use place::{InvalidPlace, Place};
pub use schema::JsonObject;
pub use terms::{HEADERS, META, RawTerms, TermNames, Terms};
