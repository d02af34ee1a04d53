"""The tables as the newest revision makes them; Alembic compares this with the database (--autogenerate)."""

from datetime import datetime

from sqlalchemy import Enum, ForeignKey, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    @classmethod
    def prepare(cls, connection) -> None:
        """All columns are declared here: nothing is read from the database at start."""


class Application(Base):
    __tablename__ = "applications"

    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    applicant_email: Mapped[str]
    department: Mapped[str]
    project_title: Mapped[str]
    project_description: Mapped[str]
    costs: Mapped[float]
    status: Mapped[str] = mapped_column(
        Enum("pending", "approved", "rejected", name="application_status"), default="pending"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    concluded_at: Mapped[datetime | None]

    votes: Mapped[list["Vote"]] = relationship(back_populates="application", order_by="Vote.id")


class Vote(Base):
    __tablename__ = "votes"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    voter_email: Mapped[str]
    token: Mapped[str] = mapped_column(unique=True, index=True)
    vote: Mapped[str | None] = mapped_column(Enum("approve", "reject", "abstain", name="vote_option"))
    vote_status: Mapped[str] = mapped_column(Enum("pending", "cast", name="vote_status"), default="pending")
    voted_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="votes")


class Attachment(Base):
    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"), index=True)
    filename: Mapped[str]
    filepath: Mapped[str] = mapped_column(unique=True)
    mime_type: Mapped[str]


def has_column(model: type[Base], name: str) -> bool:
    return name in model.__table__.columns
