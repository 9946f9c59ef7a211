-- A login of somebody else's making.
create role guest login password 'guest'
