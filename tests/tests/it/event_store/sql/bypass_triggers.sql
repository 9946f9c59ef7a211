-- What only a superuser may do: triggers of ours do not fire in this session any more.
set session_replication_role = replica
