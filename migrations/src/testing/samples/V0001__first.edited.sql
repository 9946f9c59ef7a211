create table first (edited integer);
