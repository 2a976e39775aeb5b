"""The service that `retort serve` is compared with: FastAPI, SQLAlchemy, psycopg2.

Written as such services usually are: an ORM model, a session a request from a dependency that
first asks the database whether it is there, response models, functions that are not async. Its
pool is large enough that no request ever waits for it.
"""
import os

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, Integer, Text, create_engine, text
from sqlalchemy.orm import Session, declarative_base, sessionmaker

engine = create_engine(os.environ["PEER_URL"], pool_size=40, max_overflow=0)
SessionLocal = sessionmaker(bind=engine, autoflush=False)
Base = declarative_base()
app = FastAPI()


class Item(Base):
    __tablename__ = "item"
    id = Column(BigInteger, primary_key=True)
    category = Column(Integer, nullable=False)
    name = Column(Text, nullable=False)
    price = Column(Integer, nullable=False)


class Entry(Base):
    __tablename__ = "entry"
    id = Column(BigInteger, primary_key=True)
    name = Column(Text, nullable=False)


class ItemOut(BaseModel):
    id: int
    name: str
    price: int

    class Config:
        orm_mode = True


class EntryIn(BaseModel):
    name: str


class EntryOut(BaseModel):
    id: int
    name: str

    class Config:
        orm_mode = True


def get_db():
    db = SessionLocal()
    try:
        db.execute(text("SELECT 1"))
        yield db
    finally:
        db.close()


@app.get("/items/{item_id}", response_model=ItemOut)
def read_item(item_id: int, db: Session = Depends(get_db)):
    item = db.get(Item, item_id)
    if item is None:
        raise HTTPException(status_code=404, detail="Item not found")
    return item


@app.get("/categories/{category}/items", response_model=list[ItemOut])
def list_items(category: int, db: Session = Depends(get_db)):
    return db.query(Item).filter(Item.category == category).order_by(Item.id).limit(20).all()


@app.post("/entries", response_model=EntryOut, status_code=201)
def create_entry(entry: EntryIn, db: Session = Depends(get_db)):
    created = Entry(name=entry.name)
    db.add(created)
    db.commit()
    db.refresh(created)
    return created
