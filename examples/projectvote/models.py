"""The tables, as the first migration makes them; what later migrations add is read from the database at start.

Migrations run before the application starts, but during a rolling update the previous release still serves on the new
schema, and after a rollback this release may meet the old one. So the date columns of the second migration are used
where they exist and missed where they do not (expand first, contract in a later release, when nobody needs the old
form). The schema is read once: after a downgrade by hand, restart the application.
"""

from sqlalchemy import Enum, ForeignKey
from sqlalchemy.ext.declarative import DeferredReflection
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeferredReflection, DeclarativeBase):
    """`Base.prepare(connection)` adds the columns that only the database knows."""


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
    # 0002 adds created_at and concluded_at.

    votes: Mapped[list["Vote"]] = relationship(back_populates="application", order_by="Vote.id")


class Vote(Base):
    __tablename__ = "votes"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    voter_email: Mapped[str]
    token: Mapped[str]
    vote: Mapped[str | None] = mapped_column(Enum("approve", "reject", "abstain", name="vote_option"))
    vote_status: Mapped[str] = mapped_column(Enum("pending", "cast", name="vote_status"), default="pending")
    # 0002 adds voted_at.

    application: Mapped[Application] = relationship(back_populates="votes")


class Attachment(Base):
    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("applications.id"))
    filename: Mapped[str]
    filepath: Mapped[str]
    mime_type: Mapped[str]


def has_column(model: type[Base], name: str) -> bool:
    return name in model.__table__.columns
