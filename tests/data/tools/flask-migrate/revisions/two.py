from alembic import op

revision = "two"
down_revision = "one"


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("drop index concurrently if exists seen_setting")
        op.execute("create index concurrently seen_setting on seen (setting)")
