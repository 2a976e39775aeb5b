SET standard_conforming_strings = off;
SELECT '\';', E'a\\''b' -- c
  'd\'', "e"";", $$;$$, $f$ $g$ ; $f$, U&'x', 1e'y' /* ; /* */ */;
SET standard_conforming_strings = on;
INSERT INTO public.t VALUES (1, 'it''s; a', NULL);
CREATE OR REPLACE PROCEDURE public.p() BEGIN ATOMIC; SELECT CASE 1 WHEN 2 THEN 3 END; END;
CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);
COPY t (a) FROM stdin WITH (FORMAT csv);
\N	\\.
\.x
\.
\connect -reuse-previous=on "dbname='a b'"
\restrict k
\unrestrict k
