//! Names under which everything is found that changes what somebody may do.

use crate::kernel::{InvalidId, ServiceAccountId, Tag, TeamId, UserId};

/// Carried by every event of an organization's ledger that changes anybody's authority: the fold is read by it.
pub fn every_authority_tag() -> Result<Tag, InvalidId> {
    Tag::new("authority", "*")
}

/// Carried by every event that changes what one person may do.
pub fn authority_tag(user: UserId) -> Result<Tag, InvalidId> {
    Tag::new("authority", &user.to_string())
}

/// Carried by every event that changes what one service account may do.
pub fn service_authority_tag(account: ServiceAccountId) -> Result<Tag, InvalidId> {
    Tag::new("authority", &account.to_string())
}

/// Carried by every event that changes who is in a team, or whether there is one.
pub fn team_tag(team: TeamId) -> Result<Tag, InvalidId> {
    Tag::new("acl:team", &team.to_string())
}
