update p_extension_catalog_1.extensions set display_name = 'another' where ctid = (
  select min(ctid) from p_extension_catalog_1.extensions)
