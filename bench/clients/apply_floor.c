/* The least that a client has to do to apply migrations: each file is one message, with its transaction and its two
 * rows in it. No lock, no profile, no place for an error, no stop.
 *   apply-floor URL DIRECTORY */
#include <dirent.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void run(PGconn* connection, const char* sql) {
  PGresult* result = PQexec(connection, sql);
  const ExecStatusType status = PQresultStatus(result);
  PQclear(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
  fprintf(stderr, "%s", PQerrorMessage(connection));
  exit(1);
}

static int is_sql(const struct dirent* entry) {
  const size_t length = strlen(entry->d_name);
  return length > 4 && strcmp(entry->d_name + length - 4, ".sql") == 0;
}

/* What stands before and behind the file's text, with the file's name in it. */
static const char head[] = "begin; insert into floor_history (version, state) values ('%s', 'running'); ";
static const char tail[] =
    "\n; update floor_history set state = 'applied', applied_at = clock_timestamp() where version = '%s'; commit";

static void apply(PGconn* connection, const char* directory, const char* name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE* file = fopen(path, "rb");
  if (file == NULL) exit(1);
  fseek(file, 0, SEEK_END);
  const size_t length = (size_t)ftell(file);
  rewind(file);
  const size_t room = length + sizeof head + sizeof tail + 2 * strlen(name);
  char* message = malloc(room);
  if (message == NULL) exit(1);
  const int begun = snprintf(message, room, head, name);
  const size_t at = (size_t)begun;
  if (fread(message + at, 1, length, file) != length) exit(1);
  snprintf(message + at + length, room - at - length, tail, name);
  fclose(file);
  run(connection, message);
  free(message);
}

int main(int count, char** words) {
  if (count != 3) return 2;
  struct dirent** names = NULL;
  const int files = scandir(words[2], &names, is_sql, alphasort);
  if (files < 0) return 1;
  PGconn* connection = PQconnectdb(words[1]);
  if (PQstatus(connection) != CONNECTION_OK) {
    fprintf(stderr, "%s", PQerrorMessage(connection));
    return 1;
  }
  run(connection,
      "create table if not exists floor_history (version text primary key, state text, applied_at timestamptz)");
  for (int index = 0; index < files; ++index) {
    apply(connection, words[2], names[index]->d_name);
    free(names[index]);
  }
  free(names);
  PQfinish(connection);
  return 0;
}
