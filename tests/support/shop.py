"""A small shop: tables, rows and endpoints of the usual kinds, for tests of the server."""
from support.project import Project
from support.serving import serve_as

TABLES = """
create type state as enum ('new', 'sold', 'gone');

create table item (
    id bigint generated always as identity primary key,
    name text not null check (name <> ''),
    price numeric(10, 2) not null check (price >= 0),
    tags text[] not null default '{}',
    state state not null default 'new',
    made timestamptz not null default now()
);

create table review (
    id bigint generated always as identity primary key,
    item_id bigint not null references item,
    author text not null,
    stars smallint not null check (stars between 1 and 5),
    text text,
    unique (item_id, author)
);

insert into item (name, price, tags)
select 'item ' || n, n / 10.0, array['tag ' || n % 3, 'all'] from generate_series(1, 250) n;
"""

ENDPOINTS = """
-- GET /items
-- summary: All items, by their ids.
-- returns: many
SELECT id, name, price, tags, state, made FROM item ORDER BY id;

-- GET /items/{id}
-- summary: One item by its id.
-- returns: one
SELECT id, name, price, tags, state, made FROM item WHERE id = :id;

-- POST /items
-- summary: A new item.
-- returns: one 201
INSERT INTO item (name, price, tags)
VALUES (:name, :price, coalesce(:tags?::text[], '{}')) RETURNING id, name, price, tags, state, made;

-- PUT /items/{id}
-- summary: Another name, price and state.
-- returns: one
UPDATE item SET name = :name, price = :price, state = :state WHERE id = :id
RETURNING id, name, price, tags, state, made;

-- DELETE /items/{id}
-- summary: No longer an item.
-- returns: none
DELETE FROM item WHERE id = :id;

-- POST /items/{item_id}/reviews
-- summary: What somebody thinks of an item.
-- returns: one 201
INSERT INTO review (item_id, author, stars, text) VALUES (:item_id, :author, :stars, :text?)
RETURNING id, item_id, author, stars, text;

-- GET /reviews
-- summary: Reviews with few or many stars, by author if one is named.
-- returns: many
SELECT id, item_id, author, stars, text FROM review
 WHERE stars >= coalesce(:least?::smallint, 1) AND author = coalesce(:author?, author) ORDER BY id;

-- GET /count
-- summary: How many items there are.
-- returns: scalar
SELECT count(*) FROM item;

-- GET /large
-- summary: A text that is worth compressing.
-- returns: one
SELECT repeat('all work and no play ', 5000) AS text;
"""


def make_shop(folder, database, settings=""):
    """The project, whose server connects by a role that owns nothing."""
    database.execute(TABLES)
    project = Project(folder, database.url)
    project.write("api/shop.sql", ENDPOINTS)
    project.configure(f"[serve]\n{settings}\n")
    serve_as(project, database)
    return project
