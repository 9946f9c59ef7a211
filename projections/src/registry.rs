//! Every read model, one alphabetical line each.

use futures_util::future::BoxFuture;

use crate::projection::{Delivered, OnPoison, Poison, Projection, WriteError, Writer};

macro_rules! projections {
    ($($projection:path),+ $(,)?) => {
        /// In the order of their names.
        pub(crate) static REGISTERED: &[Registered] = &[$(Registered::of::<$projection>()),+];
    };
}

projections![
    crate::audit_events::AuditEvents,
    crate::extension_catalog::ExtensionCatalog,
    crate::extension_lifecycle_audit::ExtensionLifecycleAudit,
    crate::extension_timeline::ExtensionTimeline,
    crate::organization_directory::OrganizationDirectory,
    crate::people::People,
    crate::project_list::ProjectList,
    crate::resource_permissions::ResourcePermissions,
    crate::run_list::RunList,
];

/// blake3 of each folder, computed by the build script.
static CODE_HASHES: &[(&str, [u8; 32])] = include!(concat!(env!("OUT_DIR"), "/code_hashes.rs"));

/// A read model as the runner sees it: a name, an identity, and a way to fold and write.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) name: &'static str,
    pub(crate) version: i32,
    pub(crate) schema: &'static str,
    pub(crate) on_poison: OnPoison,
    pub(crate) holds_content: bool,
    begin: fn() -> Box<dyn Folding>,
}

impl Registered {
    const fn of<P: Projection>() -> Self {
        Self {
            name: P::NAME,
            version: P::VERSION,
            schema: P::SCHEMA,
            on_poison: P::ON_POISON,
            holds_content: P::HOLDS_CONTENT,
            begin: begin::<P>,
        }
    }

    /// An empty batch.
    pub(crate) fn begin(&self) -> Box<dyn Folding> {
        (self.begin)()
    }

    /// blake3 of the folder's code; zeros when the folder is not named like the projection.
    pub(crate) fn code_hash(&self) -> [u8; 32] {
        CODE_HASHES
            .iter()
            .find_map(|(folder, hash)| (*folder == self.name).then_some(*hash))
            .unwrap_or_default()
    }

    /// blake3 of the tables' definition.
    pub(crate) fn ddl_hash(&self) -> [u8; 32] {
        *blake3::hash(self.schema.as_bytes()).as_bytes()
    }
}

/// A batch whose type the runner need not know.
pub(crate) trait Folding: Send {
    fn fold(&mut self, event: &Delivered) -> Result<(), Poison>;
    fn rows(&self) -> usize;
    fn write<'a>(self: Box<Self>, writer: &'a Writer<'a>) -> BoxFuture<'a, Result<(), WriteError>>;
}

struct Fold<P: Projection>(P::Batch);

impl<P: Projection> Folding for Fold<P> {
    fn fold(&mut self, event: &Delivered) -> Result<(), Poison> {
        P::fold(&mut self.0, event)
    }

    fn rows(&self) -> usize {
        P::rows(&self.0)
    }

    fn write<'a>(self: Box<Self>, writer: &'a Writer<'a>) -> BoxFuture<'a, Result<(), WriteError>> {
        Box::pin(P::write(self.0, writer))
    }
}

fn begin<P: Projection>() -> Box<dyn Folding> {
    Box::new(Fold::<P>(P::Batch::default()))
}

#[cfg(test)]
mod tests {
    use super::{CODE_HASHES, REGISTERED};

    #[test]
    fn names_are_in_order_and_are_folders() {
        let names: Vec<_> = REGISTERED.iter().map(|each| each.name).collect();
        let folders: Vec<_> = CODE_HASHES.iter().map(|(folder, _)| *folder).collect();
        assert_eq!(names, folders);
    }

    #[test]
    fn every_table_is_in_the_build() {
        for each in REGISTERED {
            for line in each
                .schema
                .lines()
                .filter(|line| line.starts_with("create table"))
            {
                assert!(line.contains("{build}."), "{}: {line}", each.name);
            }
        }
    }
}
