#include "migrations/checksum.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "migrations/parsing.hpp"

namespace {

std::string found(const std::string& text, const std::vector<std::string>& accepted) {
  INFO(text);
  pge::ChecksumFinder finder;
  return finder.find(text, accepted);
}

/// Texts with everything that looks like the line which ends the up part.
const std::vector<std::string> texts{
    "SELECT 1;",
    "SELECT 1;\n",
    "SELECT 1;\n-- migrate:down\nDROP TABLE a;\n",
    "SELECT 1;\n\n \t\n-- migrate:down\nDROP TABLE a;\n",
    "-- migrate:up\nSELECT 1;\n--  migrate:down transaction:true\nDROP TABLE a;",
    "-- nothing to do\n-- migrate:down\n",
    "-- migrate:up\n-- nothing to do\n-- migrate:down",
    "SELECT '\n-- migrate:down\n';\nSELECT 2;\n-- migrate:down\nSELECT 3;\n",
    "SELECT '\n-- migrate:down\n-- migrate:down\n\n-- migrate:down\n';\n",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\nSELECT '\n-- migrate:down\n'\n$$;\n-- migrate:down\nDROP "
    "FUNCTION f;",
    "/*\n-- migrate:down\n*/\nSELECT 1;\n-- migrate:down\nSELECT 2;",
    "CREATE TABLE a (x text);\nCOPY a FROM stdin;\n-- migrate:down\n\\.\n-- migrate:down\nDROP TABLE a;\n",
    "-- pg-entrypoint: no-transaction\nVACUUM;\n-- migrate:down\nVACUUM;",
    "SELECT 1; -- migrate:down\n-- a remark\n-- migrate:down\nSELECT 2;",
};

}  // namespace

TEST_CASE("the checksum of the up part is found wherever it ends") {
  for (const std::string& text : texts) CHECK(found(text, {parsing::parsed(text).checksum.text()}) != "");
}

TEST_CASE("one of several accepted checksums is found") {
  for (const std::string& text : texts) {
    const std::string checksum = parsing::parsed(text).checksum.text();
    CHECK(found(text, {pge::checksum_of("SELECT 9;"), checksum}) == checksum);
  }
}

TEST_CASE("a text with another up part has none") {
  for (const std::string& text : texts) {
    for (const std::string& other : texts) {
      const std::string accepted = parsing::parsed(other).checksum.text();
      CHECK((found(text, {accepted}) != "") == (accepted == parsing::parsed(text).checksum.text()));
    }
    const std::string checksum = parsing::parsed(text).checksum.text();
    CHECK(found("SELECT 0;\n" + text, {checksum}) == "");
    CHECK(found(text, {}) == "");
  }
}

TEST_CASE("the down part and white space above it may change") {
  const std::string checksum = parsing::parsed("SELECT 1;").checksum.text();
  CHECK(found("SELECT 1;\n\n\n-- migrate:down\nSELECT 'never closed", {checksum}) == checksum);
  CHECK(found("SELECT 1; \n", {checksum}) == checksum);
  CHECK(found(" SELECT 1;\n", {checksum}) == "");
  CHECK(found("SELECT 1;\n-- migrate:Down\nSELECT 2;", {checksum}) == "");
  CHECK(found("SELECT 1;\n -- migrate:down\nSELECT 2;", {checksum}) == "");
}

TEST_CASE("one finder serves one text after the other") {
  pge::ChecksumFinder finder;
  for (int round = 0; round < 2; ++round) {
    for (const std::string& text : texts) {
      CHECK(finder.find(text, std::vector{parsing::parsed(text).checksum.text()}) ==
            parsing::parsed(text).checksum.text());
    }
  }
}
