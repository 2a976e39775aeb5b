CREATE SCHEMA "Odd ""one"; CREATE TABLE "Odd ""one"."select" ("a b" int, "ä" text);
