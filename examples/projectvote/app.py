"""ProjectVote: members file funding applications, a board votes by links.

    DATABASE_URL   where the database is (postgresql+asyncpg://user:password@host/name), or DATABASE_URL_FILE, a file with it
    BOARD          the board members' e-mail addresses, separated by commas
    DATA_DIR       where attachments are stored (/app/data)
"""

import os
import uuid
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy import func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import selectinload

from models import Application, Attachment, Base, Vote, has_column

BOARD = [member.strip() for member in os.environ.get("BOARD", "").split(",") if member.strip()]
DATA_DIR = Path(os.environ.get("DATA_DIR", "/app/data"))


def database_url() -> str:
    file = os.environ.get("DATABASE_URL_FILE")
    return Path(file).read_text().strip() if file else os.environ["DATABASE_URL"]


engine = create_async_engine(make_url(database_url()).set(drivername="postgresql+asyncpg"))
new_session = async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def lifespan(_: FastAPI):
    async with engine.connect() as connection:
        await connection.run_sync(Base.prepare)
    yield
    await engine.dispose()


async def session():
    async with new_session() as one:
        yield one


Session = Annotated[AsyncSession, Depends(session)]
app = FastAPI(title="ProjectVote", lifespan=lifespan)


class NewApplication(BaseModel):
    first_name: str
    last_name: str
    applicant_email: str
    department: str
    project_title: str
    project_description: str
    costs: float


class Ballot(BaseModel):
    vote: Literal["approve", "reject", "abstain"]


def now() -> datetime:
    """The columns are `timestamp` without a zone, in UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def date_if_known(row: Base, column: str, value: datetime) -> None:
    if has_column(type(row), column):
        setattr(row, column, value)


def as_json(row: Base) -> dict:
    """Every column that this database has, the dates only where the schema knows them."""
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


@app.get("/health")
async def health(db: Session):
    await db.execute(text("select 1"))
    return {"status": "ok"}


@app.post("/applications", status_code=201)
async def file_application(new: NewApplication, db: Session):
    application = Application(**new.model_dump(), status="pending")
    date_if_known(application, "created_at", now())
    application.votes = [
        Vote(voter_email=member, token=str(uuid.uuid4()), vote_status="pending") for member in BOARD
    ]
    db.add(application)
    await db.commit()
    # A real deployment would mail each member a link; here the caller gets the tokens.
    return as_json(application) | {
        "votes": [{"voter_email": vote.voter_email, "token": vote.token} for vote in application.votes]
    }


@app.get("/applications")
async def list_applications(db: Session):
    everything = select(Application).options(selectinload(Application.votes)).order_by(Application.id)
    return [
        as_json(application)
        | {"votes": [{"voter_email": vote.voter_email, "vote": vote.vote} for vote in application.votes]}
        for application in await db.scalars(everything)
    ]


@app.post("/votes/{token}")
async def cast_vote(token: str, ballot: Ballot, db: Session):
    vote = await db.scalar(select(Vote).where(Vote.token == token))
    if vote is None:
        raise HTTPException(404, "no such vote")
    # One at a time per application: two members who cast the last two votes at once must not both see one missing.
    application = await db.scalar(
        select(Application).where(Application.id == vote.application_id).with_for_update()
    )
    await db.refresh(vote)
    if vote.vote_status == "cast":
        raise HTTPException(409, "this vote has been cast")

    vote.vote = ballot.vote
    vote.vote_status = "cast"
    date_if_known(vote, "voted_at", now())
    await db.flush()
    await conclude_when_complete(application, db)
    await db.commit()
    return {"vote": vote.vote, "application": as_json(application)}


async def conclude_when_complete(application: Application, db: AsyncSession) -> None:
    """More approvals than rejections approve; abstentions count for neither."""
    of_this = select(func.count()).select_from(Vote).where(Vote.application_id == application.id)
    if await db.scalar(of_this.where(Vote.vote_status == "pending")):
        return
    approvals = await db.scalar(of_this.where(Vote.vote == "approve"))
    rejections = await db.scalar(of_this.where(Vote.vote == "reject"))
    application.status = "approved" if approvals > rejections else "rejected"
    date_if_known(application, "concluded_at", now())


@app.put("/applications/{application_id}/attachments/{filename}", status_code=201)
async def attach(application_id: int, filename: str, request: Request, db: Session):
    if await db.get(Application, application_id) is None:
        raise HTTPException(404, "no such application")
    path = DATA_DIR / str(uuid.uuid4())
    path.write_bytes(await request.body())
    attachment = Attachment(
        application_id=application_id,
        filename=filename,
        filepath=str(path),
        mime_type=request.headers.get("content-type", "application/octet-stream"),
    )
    db.add(attachment)
    await db.commit()
    return as_json(attachment)
