from alembic import op

revision = "one"
down_revision = None


def upgrade():
    op.execute("create table seen as select current_setting('client_connection_check_interval') as setting")
