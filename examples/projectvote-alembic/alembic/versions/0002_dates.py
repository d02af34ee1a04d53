"""when applications were filed and decided, and votes cast

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows that exist get the moment of this upgrade: the default is evaluated once, and the table is not rewritten.
    op.add_column("applications", sa.Column("created_at", sa.DateTime(), server_default=sa.func.now(), nullable=False))
    op.add_column("applications", sa.Column("concluded_at", sa.DateTime(), nullable=True))
    op.add_column("votes", sa.Column("voted_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("votes", "voted_at")
    op.drop_column("applications", "concluded_at")
    op.drop_column("applications", "created_at")
