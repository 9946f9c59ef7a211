//! x
use super::catalogue::{CatalogueError, Primitive, Declaration, Effect, Reply};
use super::Access;
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all="camelCase", deny_unknown_fields)]
struct In { #[schemars(length(max=20))] name: String }
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Out { hello: String }
pub(super) fn primitives() -> Result<Vec<Primitive>, CatalogueError> { Ok(vec![Declaration{name:"hello", title:"Hello", description:"x", access: Access::Admin, effect: Effect::Reads, open_world:false}.handled_by(|_b,_c,i: In| async move { Ok(Reply{output: Out{hello:i.name}, at:None, stale:Some(false)}) })?]) }
