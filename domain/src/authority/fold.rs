//! Who may do what in one organization, folded from its ledger.

/// Everything that judgements look at, as of one position of one ledger.
#[derive(Clone, Debug, Default)]
pub struct AuthorityState {}
