/*
 * The floor of a start: what every supervisor has to do that asks a database something before it starts its
 * application. Fork a child that connects and has one query answered, wait for it, spawn the application, wait for it,
 * and leave with its status.
 *
 *   DATABASE_URL=… start-floor APPLICATION [ARGUMENT…]
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpq-fe.h>

extern char** environ;

static int ask(const char* url) {
  PGconn* connection = PQconnectdb(url);
  PGresult* answer = PQstatus(connection) == CONNECTION_OK ? PQexec(connection, "select 1") : NULL;
  int failed = PQresultStatus(answer) != PGRES_TUPLES_OK;
  if (failed) fprintf(stderr, "start-floor: %s", PQerrorMessage(connection));
  PQclear(answer);
  PQfinish(connection);
  return failed;
}

/* The status of a child, 127 when it did not end by itself. */
static int status_of(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 127;
  return WEXITSTATUS(status);
}

int main(int count, char** words) {
  const char* url = getenv("DATABASE_URL");
  pid_t child = 0;
  int status = 0;
  if (count < 2 || url == NULL) {
    fputs("usage: DATABASE_URL=URL start-floor APPLICATION [ARGUMENT...]\n", stderr);
    return 64;
  }
  child = fork();
  if (child == 0) _exit(ask(url));
  status = child < 0 ? 127 : status_of(child);
  if (status != 0) return status;
  if (posix_spawnp(&child, words[1], NULL, NULL, words + 1, environ) != 0) return 127;
  return status_of(child);
}
