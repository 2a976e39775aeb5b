CREATE SCHEMA ext; CREATE EXTENSION citext; CREATE TABLE t (e citext UNIQUE, f citext[], g text);
