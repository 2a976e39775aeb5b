"""The quick service that `retort serve` is compared with: FastAPI and asyncpg.

Written as such services usually are: a pool, a connection a request from a dependency that first
asks the database whether it is there, response models. asyncpg prepares its statements itself.
"""
import os

import asyncpg
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class ItemOut(BaseModel):
    id: int
    name: str
    price: int


class EntryIn(BaseModel):
    name: str


class EntryOut(BaseModel):
    id: int
    name: str


@app.on_event("startup")
async def connect():
    app.state.pool = await asyncpg.create_pool(os.environ["PEER_URL"], min_size=10, max_size=10)


@app.on_event("shutdown")
async def disconnect():
    await app.state.pool.close()


async def get_db():
    async with app.state.pool.acquire() as db:
        await db.fetchval("SELECT 1")
        yield db


@app.get("/items/{item_id}", response_model=ItemOut)
async def read_item(item_id: int, db: asyncpg.Connection = Depends(get_db)):
    row = await db.fetchrow("SELECT id, name, price FROM item WHERE id = $1", item_id)
    if row is None:
        raise HTTPException(status_code=404, detail="Item not found")
    return dict(row)


@app.get("/categories/{category}/items", response_model=list[ItemOut])
async def list_items(category: int, db: asyncpg.Connection = Depends(get_db)):
    rows = await db.fetch("SELECT id, name, price FROM item WHERE category = $1"
                          " ORDER BY id LIMIT 20", category)
    return [dict(row) for row in rows]


@app.post("/entries", response_model=EntryOut, status_code=201)
async def create_entry(entry: EntryIn, db: asyncpg.Connection = Depends(get_db)):
    row = await db.fetchrow("INSERT INTO entry (name) VALUES ($1) RETURNING id, name", entry.name)
    return dict(row)
