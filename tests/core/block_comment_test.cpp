#include "core/block_comment.hpp"

#include <catch2/catch_test_macros.hpp>

TEST_CASE("block comments nest") {
  CHECK(pge::block_comment_end("/**/x", 0) == 4);
  CHECK(pge::block_comment_end("a/* b */c", 1) == 8);
  CHECK(pge::block_comment_end("/* a /* b */ c */d", 0) == 17);
  CHECK(pge::block_comment_end("/*/**/*/x", 0) == 8);
}

TEST_CASE("a block comment that is never closed has no end") {
  for (const char* text : {"/*", "/*/", "/* /* */", "/* *", "/***"}) {
    CHECK(pge::block_comment_end(text, 0) == std::string_view::npos);
  }
}
