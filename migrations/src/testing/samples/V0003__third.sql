create table third ();
