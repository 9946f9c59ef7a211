-- What a build from before row-level security looks like, and one whose securing was left half done.
alter table p_extension_catalog_1.extensions disable row level security, no force row level security;
drop policy viewer on p_extension_catalog_1.extensions;
drop policy runner on p_extension_catalog_1.extensions;
drop policy viewer on p_audit_events_1.decisions
