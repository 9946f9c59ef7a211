//! The rules of Cinatra as pure functions: commands in, events or a rejection out.
//!
//! Start with [`kernel::Decider`], then read one noun, for example [`extension`]. Nothing here is
//! async, reads a clock, draws a random number or knows PostgreSQL and HTTP (docs/ARCHITECTURE.md).

pub mod authority;
pub mod extension;
#[cfg(test)]
mod fixtures;
pub mod instance;
pub mod kernel;
pub mod organization;
pub mod permission;
pub mod project;
pub mod run;
pub mod secret;
pub mod template;
pub mod user;

/// Joins the events of all aggregates into [`Fact`]: one alphabetical line per noun.
macro_rules! aggregates {
    ($($noun:ident => $event:ty),+ $(,)?) => {
        /// Any event of any noun: what a read model across nouns receives.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Fact {
            $(#[doc = concat!("A fact of `", stringify!($noun), "`.")] $noun($event),)+
        }
        $(impl From<$event> for Fact {
            fn from(event: $event) -> Self { Self::$noun(event) }
        })+
        impl kernel::Event for Fact {
            const WIRE_NAMES: &'static [&'static str] = &[];
            fn wire_name(&self) -> &'static str {
                match self { $(Self::$noun(event) => event.wire_name(),)+ }
            }
            fn serialize_body<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$noun(event) => event.serialize_body(s),)+ }
            }
            fn deserialize_body<'de, D: serde::Deserializer<'de>>(
                wire_name: &str,
                d: D,
            ) -> Result<Option<Self>, D::Error> {
                $(if <$event as kernel::Event>::WIRE_NAMES.contains(&wire_name) {
                    return Ok(<$event>::deserialize_body(wire_name, d)?.map(Self::$noun));
                })+
                Ok(None)
            }
            fn upcast(wire_name: &str) -> Option<kernel::Upcast> {
                $(if let Some(step) = <$event as kernel::Event>::upcast(wire_name) {
                    return Some(step);
                })+
                None
            }
        }
        /// Every current wire name of every noun.
        pub fn wire_names() -> impl Iterator<Item = &'static str> {
            [$(<$event as kernel::Event>::WIRE_NAMES),+].into_iter().flatten().copied()
        }
    };
}

aggregates! {
    Authority => authority::AuthorityEvent,
    Extension => extension::ExtensionEvent,
    Instance => instance::InstanceEvent,
    Organization => organization::OrganizationEvent,
    Permission => permission::PermissionEvent,
    Project => project::ProjectEvent,
    Run => run::RunEvent,
    Secret => secret::SecretEvent,
    Template => template::TemplateEvent,
    User => user::UserEvent,
}
