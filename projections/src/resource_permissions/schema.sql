-- Who co-owns which resource; its owner is no such row.
create table {build}.co_owners (
  tenant_id     uuid        not null,
  resource_kind text        not null,
  resource_id   uuid        not null,
  user_id       uuid        not null,
  granted_by    text        not null,
  granted_at    timestamptz not null,
  primary key (tenant_id, resource_kind, resource_id, user_id)
);

-- What those may do who neither own nor co-own it; null falls through to the next policy.
create table {build}.policies (
  tenant_id     uuid        not null,
  resource_kind text        not null,
  resource_id   uuid        not null,
  read          text,
  execute       text,
  share         text,
  set_by        text        not null,
  updated_at    timestamptz not null,
  primary key (tenant_id, resource_kind, resource_id)
);
