--
-- PostgreSQL database cluster dump
--

\restrict 7g9Aoap5950HvX8HR9BMhTDDZnzmo59P55lF8zlheLyTbkZlijb61MaEiVjemVb

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--


--
-- User Configurations
--








\unrestrict 7g9Aoap5950HvX8HR9BMhTDDZnzmo59P55lF8zlheLyTbkZlijb61MaEiVjemVb

--
-- PostgreSQL database cluster dump complete
--

