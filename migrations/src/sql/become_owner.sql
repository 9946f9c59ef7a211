-- Objects that migrations create belong to the owner role.
set role cinatra_owner
