#include "postgres/classify.hpp"

#include <catch2/catch_test_macros.hpp>
#include <initializer_list>

using pge::ExitCode;
using pge::Next;

TEST_CASE("an SQLSTATE says with what code we end, and what may be tried before") {
  struct Case {
    const char* sqlstate;
    ExitCode code;
    Next next;
  };
  for (const auto& [sqlstate, code, next] : std::initializer_list<Case>{
           {"28000", ExitCode::refused, Next::transient()},       // no pg_hba.conf entry
           {"28P01", ExitCode::refused, Next::transient()},       // wrong password
           {"3D000", ExitCode::refused, Next::transient()},       // no such database
           {"42501", ExitCode::refused, Next::transient()},       // permission denied
           {"55P03", ExitCode::gave_way, Next::again()},          // lock_timeout
           {"40P01", ExitCode::gave_way, Next::again()},          // deadlock
           {"40001", ExitCode::gave_way, Next::again()},          // could not serialize
           {"57P01", ExitCode::unavailable, Next::reconnect()},   // shutting down
           {"57P03", ExitCode::unavailable, Next::reconnect()},   // starting up
           {"57014", ExitCode::migration_failed, Next::leave()},  // cancelled
           {"25006", ExitCode::migration_failed, Next::leave()},  // read-only: whose fault, the caller knows
           {"40002", ExitCode::migration_failed, Next::leave()},  // a constraint at COMMIT
           {"55000", ExitCode::migration_failed, Next::leave()},  // object not in the right state
           {"53100", ExitCode::migration_failed, Next::leave()},  // disk full
           {"42601", ExitCode::migration_failed, Next::leave()},  // syntax error
           {"3D", ExitCode::migration_failed, Next::leave()},     // a part of a code is none
           {"", ExitCode::migration_failed, Next::leave()},       // libpq's own failure
       }) {
    INFO(sqlstate);
    const pge::Classification verdict = pge::classify(sqlstate);
    CHECK(verdict.code == code);
    CHECK(verdict.next == next);
  }
}

TEST_CASE("a session that somebody ends says who does that") {
  CHECK(pge::session_end_hint("57P01").contains("pg_terminate_backend"));
  CHECK(pge::session_end_hint("57P05").contains("idle_session_timeout"));
  CHECK(pge::session_end_hint("25P03").contains("idle_in_transaction_session_timeout"));
  CHECK(pge::session_end_hint("25P04").contains("transaction_timeout"));
  CHECK(pge::session_end_hint("57014").empty());
  CHECK(pge::session_end_hint("").empty());
}
