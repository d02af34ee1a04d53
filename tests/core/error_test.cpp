#include "core/error.hpp"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <initializer_list>

using pge::Error;
using pge::ExitCode;
using pge::Next;

TEST_CASE("a location leaves out what is not known") {
  CHECK(pge::Location{}.to_string().empty());
  CHECK(pge::Location{.file = "a.sql"}.to_string() == "a.sql");
  CHECK(pge::Location{.file = "a.sql", .line = 3}.to_string() == "a.sql:3");
  CHECK(pge::Location{.file = "a.sql", .line = 3, .column = 7}.to_string() == "a.sql:3:7");
}

TEST_CASE("a stop ends with 128+n, unless the outcome is unknown") {
  Error error = pge::stopped_by(SIGTERM);
  CHECK(error.exit_status() == 143);
  CHECK(error.message == "stopped by SIGTERM");
  error.code = ExitCode::in_doubt;
  error.next = Next::outcome_unknown(SIGTERM);
  CHECK(error.exit_status() == 74);
  CHECK(Error{.code = ExitCode::usage, .message = ""}.exit_status() == 64);
}

TEST_CASE("what follows from an error is one thing, by name") {
  struct Case {
    const char* name;
    Next next;
    bool stop, reconnect, again, comes_back, transient, unknown;
  };
  for (const Case& expected : std::initializer_list<Case>{
           {"by default", {}, false, false, false, false, false, false},
           {"leave", Next::leave(), false, false, false, false, false, false},
           {"reconnect", Next::reconnect(), false, true, false, false, false, false},
           {"again", Next::again(), false, false, true, false, false, false},
           {"come back", Next::come_back(), false, false, false, true, false, false},
           {"transient", Next::transient(), false, false, false, false, true, false},
           {"stopped", Next::stopped(SIGTERM), true, false, false, false, false, false},
           {"unknown", Next::outcome_unknown(), false, true, false, false, false, true},
           {"unknown, stopped", Next::outcome_unknown(SIGTERM), true, false, false, false, false, true},
       }) {
    INFO(expected.name);
    const Error error{.message = "", .next = expected.next};
    CHECK(error.is_stop() == expected.stop);
    CHECK(error.may_reconnect() == expected.reconnect);
    CHECK(error.may_try_again() == expected.again);
    CHECK(error.comes_back() == expected.comes_back);
    CHECK(error.is_transient() == expected.transient);
    CHECK(error.outcome_unknown() == expected.unknown);
  }
  CHECK(Next::stopped(SIGINT).stop_signal() == SIGINT);
  CHECK(Next::stopped(SIGINT).is_plain_stop());
  CHECK_FALSE(Next::outcome_unknown(SIGINT).is_plain_stop());
  CHECK(Next::leave() != Next::reconnect());
}

TEST_CASE("an SQLSTATE is asked for by code or class, and there is none without an answer") {
  const Error error{.message = "disk full", .server = pge::ServerError{.sqlstate = "53100"}};
  CHECK(error.server_answered());
  CHECK(error.is_sqlstate("53100"));
  CHECK_FALSE(error.is_sqlstate("53"));
  CHECK(error.sqlstate_class("53"));
  CHECK_FALSE(error.sqlstate_class("54"));
  const Error silent{.message = "lost"};
  CHECK_FALSE(silent.server_answered());
  CHECK_FALSE(silent.is_sqlstate("53100"));
  CHECK_FALSE(silent.sqlstate_class("53"));
}

TEST_CASE("a message keeps the beginning of a statement, up to a space") {
  CHECK(pge::excerpt("select 1") == "select 1");
  const std::string words(16'380, 'x');
  CHECK(pge::excerpt(words + " postgresql://a:secret@b") == words + " ");
  CHECK(pge::excerpt(std::string(20'000, 'x')).size() == 16'384);
  const std::string word(16'370, 'x');
  CHECK(pge::excerpt(word + "postgresql://a:secret@b") == word + "postgresql");
}
