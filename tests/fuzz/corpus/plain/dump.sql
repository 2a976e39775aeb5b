--
-- PostgreSQL database dump
--

\restrict bnGj4jInQ2clt170s6NFBl4b1AY4EJofuDpjaP7iJkOVHVvcGr2Y78SHHPVUQdW


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: odd schema; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA "odd schema";


ALTER SCHEMA "odd schema" OWNER TO postgres;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f() RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN true THEN 1
             ELSE 2
         END AS "case";
 SELECT 3;
END;


ALTER FUNCTION public.f() OWNER TO postgres;

--
-- Name: FUNCTION f(); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON FUNCTION public.f() IS 'x
y';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: t "x" y; Type: TABLE; Schema: odd schema; Owner: postgres
--

CREATE TABLE "odd schema"."t ""x""
y" (
    id integer NOT NULL,
    "b;c" text DEFAULT 'a''b'::text
);


ALTER TABLE "odd schema"."t ""x""
y" OWNER TO postgres;

--
-- Name: t "x" y_id_seq; Type: SEQUENCE; Schema: odd schema; Owner: postgres
--

CREATE SEQUENCE "odd schema"."t ""x""
y_id_seq"
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE "odd schema"."t ""x""
y_id_seq" OWNER TO postgres;

--
-- Name: t "x" y_id_seq; Type: SEQUENCE OWNED BY; Schema: odd schema; Owner: postgres
--

ALTER SEQUENCE "odd schema"."t ""x""
y_id_seq" OWNED BY "odd schema"."t ""x""
y".id;


--
-- Name: m; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.m AS
 SELECT 1 AS a
  WITH NO DATA;


ALTER TABLE public.m OWNER TO postgres;

--
-- Name: t "x" y id; Type: DEFAULT; Schema: odd schema; Owner: postgres
--

ALTER TABLE ONLY "odd schema"."t ""x""
y" ALTER COLUMN id SET DEFAULT nextval('"odd schema"."t ""x""
y_id_seq"'::regclass);


--
-- Name: 4711; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('4711');


ALTER LARGE OBJECT 4711 OWNER TO postgres;

--
-- Data for Name: t "x" y; Type: TABLE DATA; Schema: odd schema; Owner: postgres
--

COPY "odd schema"."t ""x""
y" (id, "b;c") FROM stdin;
\.


--
-- Name: t "x" y_id_seq; Type: SEQUENCE SET; Schema: odd schema; Owner: postgres
--

SELECT pg_catalog.setval('"odd schema"."t ""x""
y_id_seq"', 1, false);


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('4711', 131072);
SELECT pg_catalog.lowrite(0, '\x00ff');
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: m; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: postgres
--

REFRESH MATERIALIZED VIEW public.m;


--
-- PostgreSQL database dump complete
--

\unrestrict bnGj4jInQ2clt170s6NFBl4b1AY4EJofuDpjaP7iJkOVHVvcGr2Y78SHHPVUQdW

