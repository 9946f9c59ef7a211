//! The rules. Source: spec/workspace.md 1.6, spec/extensions.md 4.5.

use super::{
    AdministratorAppointed, Initialized, InstanceCommand, InstanceEvent, InstanceState, Namespace,
    NamespaceChosen, NamespaceFrozen, NamespaceRenamed, OrganizationRegistered,
    RegisterOrganization, Rejection, Running,
};
use crate::kernel::UserId;

type Decision = Result<Vec<InstanceEvent>, Rejection>;

pub(super) fn decide(state: &InstanceState, command: InstanceCommand) -> Decision {
    let running = || state.running().ok_or(Rejection::NotInitialized);
    match command {
        InstanceCommand::Initialize {
            instance_id,
            default_organization_id,
        } => Ok(match state {
            InstanceState::Running(_) => Vec::new(),
            InstanceState::Absent => vec![
                Initialized {
                    instance_id,
                    default_organization_id,
                }
                .into(),
            ],
        }),
        InstanceCommand::AppointAdministrator(user_id) => Ok(appoint(running()?, user_id)),
        InstanceCommand::ChooseNamespace(namespace) => choose_namespace(running()?, namespace),
        InstanceCommand::FreezeNamespace => freeze_namespace(running()?),
        InstanceCommand::RenameNamespace(namespace) => rename_namespace(running()?, namespace),
        InstanceCommand::RegisterOrganization(command) => register(running()?, command),
    }
}

/// Of two who register first at the same time, one is; the other is nobody's administrator.
fn appoint(running: &Running, user_id: UserId) -> Vec<InstanceEvent> {
    match running.administrator {
        Some(_) => Vec::new(),
        None => vec![AdministratorAppointed { user_id }.into()],
    }
}

fn choose_namespace(running: &Running, namespace: Namespace) -> Decision {
    match running.namespace.as_deref() {
        Some(chosen) if chosen == namespace.as_str() => Ok(Vec::new()),
        Some(chosen) => Err(Rejection::NamespaceAlreadyChosen {
            namespace: chosen.to_owned(),
        }),
        None => {
            let namespace = namespace.into();
            Ok(vec![NamespaceChosen { namespace }.into()])
        }
    }
}

fn freeze_namespace(running: &Running) -> Decision {
    if running.namespace.is_none() {
        return Err(Rejection::NamespaceNotConfigured);
    }
    if running.is_namespace_frozen {
        return Ok(Vec::new());
    }
    Ok(vec![NamespaceFrozen {}.into()])
}

/// Frozen or not: whoever renames knows what was published. A former name may be taken up again.
fn rename_namespace(running: &Running, namespace: Namespace) -> Decision {
    let Some(from) = running.namespace.clone() else {
        return Err(Rejection::NamespaceNotConfigured);
    };
    let to = String::from(namespace);
    if from == to {
        return Ok(Vec::new());
    }
    Ok(vec![NamespaceRenamed { from, to }.into()])
}

fn register(running: &Running, command: RegisterOrganization) -> Decision {
    let organization_id = command.organization_id;
    let slug = String::from(command.slug);
    if let Some(registration) = running.registrations.get(&organization_id) {
        if registration.slug == slug {
            return Ok(Vec::new());
        }
        let slug = registration.slug.clone();
        return Err(Rejection::OrganizationAlreadyRegistered {
            organization_id,
            slug,
        });
    }
    if running.organizations.contains_key(&slug) {
        return Err(Rejection::SlugTaken { slug });
    }
    let registered = OrganizationRegistered {
        organization_id,
        slug,
        name: command.name,
        owner: command.owner,
    };
    Ok(vec![registered.into()])
}
