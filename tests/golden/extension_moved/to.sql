CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE TABLE t (e ext.citext UNIQUE, f ext.citext[], g varchar(3));
