"""Alembic's environment: the database is DATABASE_URL, spelt as the application has it."""

import asyncio
import os
from logging.config import fileConfig

from alembic import context
from models import Base
from sqlalchemy import make_url, pool
from sqlalchemy.ext.asyncio import create_async_engine

# What pg-entrypoint gives to the sessions of a migrator: drivers on libpq read it by themselves, asyncpg does not.
OPTIONS = os.environ.get("PGOPTIONS")
SERVER_SETTINGS = {"application_name": "alembic"} | ({"options": OPTIONS} if OPTIONS else {})

url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg")
fileConfig(context.config.config_file_name)


def migrate(connection):
    context.configure(connection=connection, target_metadata=Base.metadata)
    with context.begin_transaction():
        context.run_migrations()


def migrate_offline():
    context.configure(url=url, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


async def migrate_online():
    engine = create_async_engine(url, poolclass=pool.NullPool, connect_args={"server_settings": SERVER_SETTINGS})
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
    await engine.dispose()


if context.is_offline_mode():
    migrate_offline()
else:
    asyncio.run(migrate_online())
