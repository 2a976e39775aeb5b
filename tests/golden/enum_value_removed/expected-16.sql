ALTER DOMAIN feeling DROP CONSTRAINT feeling_check;
ALTER DOMAIN feeling RENAME TO feeling__old;

DROP FUNCTION f(mood);

ALTER TABLE t ALTER COLUMN m DROP DEFAULT;
DROP INDEX glad;

DROP VIEW v;

-- removes the value 'so so' of type mood
ALTER TYPE mood RENAME TO mood__old;

CREATE TYPE mood AS ENUM ('sad', 'glad');

CREATE DOMAIN feeling AS mood
    CONSTRAINT feeling_check CHECK (VALUE <> 'glad'::mood);

CREATE FUNCTION f(mood)
RETURNS mood
LANGUAGE sql
AS $function$SELECT $1$function$;

ALTER TABLE t ALTER COLUMN m TYPE mood USING m::text::mood;
ALTER TABLE t ALTER COLUMN many TYPE mood[] USING many::text[]::mood[];
ALTER TABLE t ALTER COLUMN f TYPE feeling USING f::text::feeling;

DROP DOMAIN feeling__old;

DROP TYPE mood__old;

ALTER TABLE t ALTER COLUMN m SET DEFAULT 'sad'::mood;
CREATE INDEX glad ON t (m) WHERE m = 'glad'::mood;

CREATE VIEW v AS
SELECT m
   FROM t;
