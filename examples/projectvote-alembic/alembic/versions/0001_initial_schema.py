"""initial schema

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ENUMS = ("application_status", "vote_option", "vote_status")


def upgrade() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("applicant_email", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("project_title", sa.String(), nullable=False),
        sa.Column("project_description", sa.String(), nullable=False),
        sa.Column("costs", sa.Float(), nullable=False),
        sa.Column("status", sa.Enum("pending", "approved", "rejected", name="application_status"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("filepath", sa.String(), nullable=False),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("filepath"),
    )
    op.create_index(op.f("ix_attachments_application_id"), "attachments", ["application_id"], unique=False)
    op.create_table(
        "votes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("voter_email", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("vote", sa.Enum("approve", "reject", "abstain", name="vote_option"), nullable=True),
        sa.Column("vote_status", sa.Enum("pending", "cast", name="vote_status"), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_votes_application_id"), "votes", ["application_id"], unique=False)
    op.create_index(op.f("ix_votes_token"), "votes", ["token"], unique=True)


def downgrade() -> None:
    op.drop_table("votes")
    op.drop_table("attachments")
    op.drop_table("applications")
    # Autogenerate forgets the types; the next upgrade would find them in its way.
    for name in ENUMS:
        op.execute(f"DROP TYPE {name}")
