\set number random(1, 1000)
INSERT INTO entry (name) VALUES ('entry ' || :number) RETURNING id, name;
