#include "core/sha256.hpp"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("the checksum is SHA-256 in lower-case hex") {
  CHECK(pge::sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(pge::sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a checksum can be read between the pieces, and for one text after the other") {
  pge::Sha256 hash;
  for (int round = 0; round < 2; ++round) {
    CHECK(hash.hex() == pge::sha256_hex(""));
    hash.add("a");
    CHECK(hash.hex() == pge::sha256_hex("a"));
    hash.add("bc");
    CHECK(hash.hex() == pge::sha256_hex("abc"));
    CHECK(hash.hex() == pge::sha256_hex("abc"));
    hash.restart();
  }
}
