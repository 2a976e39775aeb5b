CREATE TYPE mood AS ENUM ('sad', 'so so', 'glad', 'it''s great');
