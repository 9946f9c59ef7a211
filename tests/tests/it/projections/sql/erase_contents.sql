delete from contents
