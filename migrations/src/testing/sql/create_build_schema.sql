-- What a read model needs.
create schema p_catalog_1
