"""Other tools that apply SQL files, as Debian has them: a project of so many files that each of them can read."""

from harness import world
from harness.measure import run

UP = "create table t{0} (id integer);\ncreate index on t{0} (id);\n"


class Project:
    """command: brings a database to head, in `folder`."""

    def __init__(self, name, folder, command):
        self.name, self.folder, self.command = name, folder, command

    def environment(self, database):
        url = world.url_of(database)
        return world.environment(url, HOME=str(self.folder), TARGET="db:" + url.replace("postgresql:", "pg:", 1))

    def apply(self, database):
        world.new_database(database)
        run(["sh", "-c", self.command], self.environment(database), cwd=self.folder)


def sql_migrate(session, count):
    """None where it is not installed."""
    if not world.installed("sql-migrate"):
        return None
    folder = session.directory(f"sql-migrate-{count}")
    (folder / "migrations").mkdir()
    for number in range(1, count + 1):
        (folder / "migrations" / f"{number:06}_t.sql").write_text(f"-- +migrate Up\n{UP.format(number)}-- +migrate Down\n")
    (folder / "dbconfig.yml").write_text(
        "production:\n  dialect: postgres\n  datasource: ${DATABASE_URL}?sslmode=disable\n  dir: migrations\n")
    return Project("sql-migrate", folder, "sql-migrate up -env=production")


def sqitch(session, count):
    """None where it is not installed."""
    if not world.installed("sqitch"):
        return None
    folder = session.directory(f"sqitch-{count}")
    (folder / "deploy").mkdir()
    plan = ["%syntax-version=1.0.0", "%project=bench", ""]
    for number in range(1, count + 1):
        (folder / "deploy" / f"t{number}.sql").write_text(f"begin;\n{UP.format(number)}commit;\n")
        plan.append(f"t{number} 2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z Bench <bench@example.org> # t")
    (folder / "sqitch.plan").write_text("\n".join(plan) + "\n")
    (folder / "sqitch.conf").write_text("[core]\n\tengine = pg\n[user]\n\tname = Bench\n\temail = bench@example.org\n")
    return Project("sqitch", folder, 'sqitch --quiet deploy --target "$TARGET"')
