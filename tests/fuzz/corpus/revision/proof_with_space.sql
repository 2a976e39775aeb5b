-- add $itBems
--
-- revision: 3f2a9c41b7de
-- revises: 9b1c0n, x
-- created: 4052-11-22 18:30:00 UTC
-- proof :upgrBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBade, downgrade; witness pg_dump 15.20; 5f0c2d9e

-- upgrade
 ADD b int;D b int;

-- downgrade
;
