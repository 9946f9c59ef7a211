//! Capabilities by name, and the one way to call them.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use cinatra_commands::Grant;
use cinatra_domain::authority::{Denied, Rule};
use cinatra_domain::kernel::ProjectId;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jsonschema::Validator;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::schema::JsonObject;
use super::{
    Alias, Backend, Call, Reply, Terms, access, authority, context, extension, instance, job,
    message, object_type, organization, permission, project, run, run_place, schema, secret,
    session, skill, template, user,
};
use crate::problem::{Problem, unreadable};
use crate::security::Principal;

/// What a primitive does to the world: the hints that MCP clients show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Reads,
    /// It changes something.
    Changes {
        /// Something is gone afterwards.
        destructive: bool,
        /// Doing it twice is doing it once.
        idempotent: bool,
    },
}

/// One capability without its handler. Who may call it is an argument, so that none inherits a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declaration {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    resource: &'static str,
    rule: Rule,
    effect: Effect,
    open_world: bool,
    sensitive: bool,
    within_project: bool,
    alias: Option<Alias>,
}

type Answer = BoxFuture<'static, Result<Reply<Bytes>, Problem>>;
type Handler = Box<dyn Fn(Arc<Backend>, Call, Value) -> Answer + Send + Sync>;

/// One capability.
pub struct Primitive {
    declaration: Declaration,
    input: Arc<JsonObject>,
    output: Arc<JsonObject>,
    validator: Validator,
    handler: Handler,
}

/// A declaration that cannot be served: a bug, found at start.
#[derive(Debug, thiserror::Error)]
#[error("primitive {name}: {reason}")]
pub struct CatalogueError {
    name: &'static str,
    reason: String,
}

impl Declaration {
    /// A change of `resource`, as the audit names it: reversible, and twice is once.
    pub(super) const fn command(name: &'static str, resource: &'static str, rule: Rule) -> Self {
        let effect = Effect::Changes {
            destructive: false,
            idempotent: true,
        };
        Self::of(name, resource, rule, effect)
    }

    /// A look at `resource`, as the audit names it.
    pub(super) const fn query(name: &'static str, resource: &'static str, rule: Rule) -> Self {
        Self::of(name, resource, rule, Effect::Reads)
    }

    const fn of(name: &'static str, resource: &'static str, rule: Rule, effect: Effect) -> Self {
        Self {
            name,
            title: "",
            description: "",
            resource,
            rule,
            effect,
            open_world: false,
            sensitive: false,
            within_project: false,
            alias: None,
        }
    }

    /// For people a few words; for people and models what it does and when it refuses.
    pub(super) const fn told(self, title: &'static str, description: &'static str) -> Self {
        Self {
            title,
            description,
            ..self
        }
    }

    /// Something is gone afterwards.
    pub(super) const fn destructive(self, idempotent: bool) -> Self {
        Self {
            effect: Effect::Changes {
                destructive: true,
                idempotent,
            },
            ..self
        }
    }

    /// Doing it twice is doing two things.
    pub(super) const fn repeated_is_another(self) -> Self {
        Self {
            effect: Effect::Changes {
                destructive: false,
                idempotent: false,
            },
            ..self
        }
    }

    /// Its input carries a secret: what is kept of a request for retries must not help to guess it.
    pub(super) const fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    /// What comes of it is in the project within which it is called, if it is: that is judged, too.
    pub(super) const fn within_project(self) -> Self {
        Self {
            within_project: true,
            ..self
        }
    }

    /// It reaches outside, a registry for example.
    pub(super) const fn open_world(self) -> Self {
        Self {
            open_world: true,
            ..self
        }
    }

    /// It can be called at this route too.
    pub(super) const fn also_at(self, alias: Alias) -> Self {
        Self {
            alias: Some(alias),
            ..self
        }
    }

    /// Derives schemas and check from the handler's types.
    pub(super) fn handled_by<I, O, F, Fut>(self, handler: F) -> Result<Primitive, CatalogueError>
    where
        I: DeserializeOwned + JsonSchema + Send + 'static,
        O: Serialize + JsonSchema + 'static,
        F: Fn(Arc<Backend>, Call, I) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Reply<O>, Problem>> + Send + 'static,
    {
        let input = schema::of_input::<I>();
        let validator = schema::compile(&input).map_err(|reason| CatalogueError {
            name: self.name,
            reason,
        })?;
        let is_query = self.effect == Effect::Reads;
        let flaw = self.alias.and_then(|it| it.flaw(is_query, &input));
        if let Some(reason) = flaw {
            let name = self.name;
            return Err(CatalogueError { name, reason });
        }
        let handler: Handler = Box::new(move |backend, call, input| {
            let Ok(input) = serde_json::from_value::<I>(input) else {
                let problem = Problem::invalid_input("input", "not of the declared types");
                return std::future::ready(Err(problem)).boxed();
            };
            handler(backend, call, input).map(encode).boxed()
        });
        Ok(Primitive {
            declaration: self,
            input,
            output: schema::of_output::<O>(),
            validator,
            handler,
        })
    }
}

/// Written once, as the text that goes out: most answers are never looked at again.
fn encode<O: Serialize>(answer: Result<Reply<O>, Problem>) -> Result<Reply<Bytes>, Problem> {
    let reply = answer?;
    let output = serde_json::to_vec(&reply.output).map_err(|error| unreadable(&error))?;
    Ok(Reply {
        output: output.into(),
        at: reply.at,
        stale: reply.stale,
        session: reply.session,
    })
}

impl Primitive {
    /// Stable; the same over every surface.
    pub const fn name(&self) -> &'static str {
        self.declaration.name
    }

    /// For people, a few words.
    pub const fn title(&self) -> &'static str {
        self.declaration.title
    }

    /// What it does and when it refuses.
    pub const fn description(&self) -> &'static str {
        self.declaration.description
    }

    /// What it is about, as the audit names the noun.
    pub(crate) const fn resource(&self) -> &'static str {
        self.declaration.resource
    }

    /// Who may call it.
    pub const fn rule(&self) -> Rule {
        self.declaration.rule
    }

    /// The same as clients read it.
    pub fn access(&self) -> String {
        access::describe(self.rule())
    }

    /// What it does to the world.
    pub const fn effect(&self) -> Effect {
        self.declaration.effect
    }

    /// Whether it reaches outside.
    pub const fn open_world(&self) -> bool {
        self.declaration.open_world
    }

    /// Whether it is called within a project, if the call names one.
    pub const fn is_within_project(&self) -> bool {
        self.declaration.within_project
    }

    /// The route at which it can be called too.
    pub const fn alias(&self) -> Option<Alias> {
        self.declaration.alias
    }

    /// Schema of what a caller sends.
    pub const fn input_schema(&self) -> &Arc<JsonObject> {
        &self.input
    }

    /// Schema of what a caller gets.
    pub const fn output_schema(&self) -> &Arc<JsonObject> {
        &self.output
    }

    /// As `GET /api/primitives` lists it.
    pub fn describe(&self) -> Value {
        let (read_only, destructive, idempotent) = self.hints();
        json!({
            "name": self.name(),
            "title": self.title(),
            "description": self.description(),
            "access": self.access(),
            "annotations": {
                "readOnlyHint": read_only,
                "destructiveHint": destructive,
                "idempotentHint": idempotent,
                "openWorldHint": self.open_world(),
            },
            "inputSchema": *self.input,
            "outputSchema": *self.output,
        })
    }

    /// Read-only, destructive, idempotent.
    pub const fn hints(&self) -> (bool, bool, bool) {
        match self.declaration.effect {
            Effect::Reads => (true, false, true),
            Effect::Changes {
                destructive,
                idempotent,
            } => (false, destructive, idempotent),
        }
    }
}

impl fmt::Debug for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Primitive")
            .field("declaration", &self.declaration)
            .finish_non_exhaustive()
    }
}

/// Every capability of this build.
#[derive(Debug)]
pub struct Catalogue {
    primitives: Vec<Primitive>,
    by_name: HashMap<&'static str, usize>,
}

impl Catalogue {
    /// Gathers the nouns, one line each.
    pub fn build() -> Result<Self, CatalogueError> {
        let mut primitives = Vec::new();
        primitives.extend(authority::primitives()?);
        primitives.extend(context::primitives()?);
        primitives.extend(extension::primitives()?);
        primitives.extend(instance::primitives()?);
        primitives.extend(job::primitives()?);
        primitives.extend(message::primitives()?);
        primitives.extend(object_type::primitives()?);
        primitives.extend(organization::primitives()?);
        primitives.extend(permission::primitives()?);
        primitives.extend(project::primitives()?);
        primitives.extend(run::primitives()?);
        primitives.extend(run_place::primitives()?);
        primitives.extend(secret::primitives()?);
        primitives.extend(session::primitives()?);
        primitives.extend(skill::primitives()?);
        primitives.extend(template::primitives()?);
        primitives.extend(user::primitives()?);
        primitives.sort_by_key(Primitive::name);
        let by_name = primitives
            .iter()
            .enumerate()
            .map(|(place, primitive)| (primitive.name(), place))
            .collect();
        Ok(Self {
            primitives,
            by_name,
        })
    }

    /// The same capabilities, one of them under another rule: with it a test proves that the rule is noticed.
    #[must_use]
    pub fn with_rule(mut self, name: &str, rule: Rule) -> Self {
        if let Some(place) = self.by_name.get(name)
            && let Some(primitive) = self.primitives.get_mut(*place)
        {
            primitive.declaration.rule = rule;
        }
        self
    }

    /// By name, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = &Primitive> {
        self.primitives.iter()
    }

    /// Every other way to call one of them.
    pub fn aliases(&self) -> impl Iterator<Item = (&Primitive, Alias)> {
        let primitives = self.primitives.iter();
        primitives.filter_map(|primitive| Some((primitive, primitive.alias()?)))
    }

    /// One of them, or the refusal. Whoever shows no credential learns nothing, not even what there is.
    pub fn require_for(&self, principal: &Principal, name: &str) -> Result<&Primitive, Problem> {
        match self.get(name) {
            Some(primitive) if primitive.rule() == Rule::Public => Ok(primitive),
            Some(_) | None if principal.is_anonymous() => {
                metrics::counter!("cinatra_unauthenticated_total").increment(1);
                Err(Problem::of(&Denied::Unauthenticated))
            }
            Some(primitive) => Ok(primitive),
            None => Err(Problem::not_found("There is no such primitive.")),
        }
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Primitive> {
        self.by_name
            .get(name)
            .and_then(|place| self.primitives.get(*place))
    }

    /// Judges a caller by a primitive's rule, for a surface that shows the same in another way; a denial is on record.
    pub async fn admit(
        &self,
        backend: &Arc<Backend>,
        name: &str,
        principal: &Arc<Principal>,
        terms: &Terms,
        input: &Value,
    ) -> Result<Grant, Problem> {
        let primitive = self.require_for(principal, name)?;
        let denied = |grant| {
            let call = Call {
                request_hash: [0; 32],
                grant,
                principal: principal.clone(),
                terms: terms.clone(),
                primitive: primitive.name(),
            };
            call.invocation()
        };
        let about = (primitive.declaration.resource, input);
        let (rule, within) = (primitive.rule(), primitive.within(terms));
        access::check_within(within, rule, backend, principal, denied, about).await
    }

    /// Whether a caller would be let in; nothing is put on record.
    pub async fn would_admit(
        &self,
        backend: &Arc<Backend>,
        name: &str,
        principal: &Arc<Principal>,
        input: &Value,
    ) -> bool {
        let Ok(primitive) = self.require_for(principal, name) else {
            return false;
        };
        access::passes(primitive.rule(), backend, principal, input).await
    }

    /// Checks the input, authorizes and acts; answers JSON. Every surface comes through here.
    pub async fn call(
        &self,
        backend: &Arc<Backend>,
        name: &str,
        principal: Arc<Principal>,
        terms: Terms,
        mut input: Value,
    ) -> Result<Reply<Bytes>, Problem> {
        let primitive = self.require_for(&principal, name)?;
        schema::normalize(&mut input);
        let name = primitive.name();
        let within = primitive.within(&terms);
        let call = Call {
            request_hash: request_hash(primitive.hasher(backend), name, &input, within),
            grant: Grant::of_system("not judged yet"),
            principal,
            terms,
            primitive: name,
        };
        let answer = primitive.act(backend, call, input).await;
        let outcome = match &answer {
            Ok(_) => "ok".to_owned(),
            Err(problem) => problem.code().to_owned(),
        };
        metrics::counter!("cinatra_primitive_calls_total", "primitive" => name, "outcome" => outcome)
            .increment(1);
        answer
    }
}

impl Primitive {
    /// The project within which it is called on these terms.
    fn within(&self, terms: &Terms) -> Option<ProjectId> {
        terms.project.filter(|_| self.is_within_project())
    }

    fn hasher(&self, backend: &Backend) -> blake3::Hasher {
        if self.declaration.sensitive {
            backend.secrets.request_hasher()
        } else {
            blake3::Hasher::new()
        }
    }

    async fn act(
        &self,
        backend: &Arc<Backend>,
        mut call: Call,
        input: Value,
    ) -> Result<Reply<Bytes>, Problem> {
        // Order: input that means nothing is refused before anything is decided or put on record.
        schema::judge(&self.validator, &self.input, &input)?;
        let (rule, resource) = (self.rule(), self.declaration.resource);
        let judged = call.clone();
        let denied = |grant| {
            Call {
                grant,
                ..judged.clone()
            }
            .invocation()
        };
        let principal = &judged.principal;
        let within = self.within(&judged.terms);
        let judging = (resource, &input);
        let grant = access::check_within(within, rule, backend, principal, denied, judging);
        call.grant = grant.await?;
        let about = access::about(None, &input);
        let answer = (self.handler)(backend.clone(), call, input).await;
        if let Err(problem) = &answer {
            access::record_without_session(rule, backend, denied, resource, about, problem).await;
        }
        answer
    }
}

/// Object keys are sorted (`serde_json` without `preserve_order`), so equal inputs hash alike. Within another project it
/// is another request.
fn request_hash(
    mut hasher: blake3::Hasher,
    primitive: &str,
    input: &Value,
    within: Option<ProjectId>,
) -> [u8; 32] {
    hasher.update(
        &u64::try_from(primitive.len())
            .unwrap_or(u64::MAX)
            .to_be_bytes(),
    );
    hasher.update(primitive.as_bytes());
    // Order: straight into the hasher, which cannot fail; a text of it would stay in memory.
    let _ = serde_json::to_writer(&mut hasher, input);
    if let Some(project) = within {
        hasher.update(project.0.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_fields_does_not_change_the_request() {
        let one = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":3}}"#).unwrap();
        let other = serde_json::from_str(r#"{"b":{"d":3,"c":2},"a":1}"#).unwrap();
        let hash = |primitive: &str, input: &Value| {
            request_hash(blake3::Hasher::new(), primitive, input, None)
        };
        assert_eq!(hash("p", &one), hash("p", &other));
        assert_ne!(hash("p", &one), hash("q", &one));
        assert_ne!(hash("p", &one), hash("p", &json!({ "a": 1 })));
        let keyed = request_hash(blake3::Hasher::new_keyed(&[1; 32]), "p", &one, None);
        assert_ne!(hash("p", &one), keyed);
        let within = |project| {
            let project = ProjectId(uuid::Uuid::from_u128(project));
            request_hash(blake3::Hasher::new(), "p", &one, Some(project))
        };
        assert_ne!(hash("p", &one), within(1));
        assert_ne!(within(1), within(2));
    }

    #[test]
    fn every_primitive_is_fully_declared() {
        let catalogue = Catalogue::build().unwrap();
        assert!(catalogue.iter().count() >= 60);
        for primitive in catalogue.iter() {
            let described = primitive.describe();
            assert!(
                primitive
                    .name()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_')
            );
            assert!(!primitive.title().is_empty() && !primitive.description().is_empty());
            for schema in ["inputSchema", "outputSchema"] {
                assert_eq!(described[schema]["type"], "object", "{}", primitive.name());
                assert_eq!(described[schema]["additionalProperties"], false);
                let text = described[schema].to_string();
                assert!(!text.contains("$ref") && !text.contains("uint"), "{text}");
            }
        }
    }

    #[test]
    fn every_string_a_caller_sends_is_bounded() {
        for primitive in Catalogue::build().unwrap().iter() {
            let properties = primitive.input_schema()["properties"].as_object().cloned();
            for (field, schema) in properties.unwrap_or_default() {
                let bounded = schema.get("maxLength").is_some() || schema.get("enum").is_some();
                assert!(
                    schema["type"] != "string" || bounded,
                    "{}.{field}",
                    primitive.name()
                );
            }
        }
    }

    #[test]
    fn a_name_is_declared_once_and_so_is_a_route() {
        let catalogue = Catalogue::build().unwrap();
        assert_eq!(catalogue.by_name.len(), catalogue.primitives.len());
        let mut routes = std::collections::HashSet::new();
        for (primitive, alias) in catalogue.aliases() {
            let is_first = routes.insert((alias.verb(), alias.path()));
            assert!(is_first, "{}: {}", primitive.name(), alias.path());
        }
    }
}
