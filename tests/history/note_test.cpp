#include "history/note.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using pge::Note;
using pge::NoteKind;

TEST_CASE("a note is read as it was written") {
  const struct {
    std::string text;
    Note note;
  } table[] = {
      {"", {}},
      {"begun", {.kind = NoteKind::started}},
      {"indexes", {.kind = NoteKind::indexes}},
      {"indexes 16391 16402", {.kind = NoteKind::indexes, .oids = {"16391", "16402"}}},
      {"detach 16391", {.kind = NoteKind::detach, .oids = {"16391"}}},
  };
  for (const auto& [text, note] : table) {
    INFO(text);
    CHECK(pge::make_note(note) == text);
    CHECK(pge::parse_note(text) == note);
  }
}

TEST_CASE("a note that is not known leaves a doubt") {
  for (const std::string text : {"something else", "detach", "detach 1 2", "indexes,1", " ", "Begun"}) {
    INFO(text);
    CHECK(pge::parse_note(text) == Note{.kind = NoteKind::started});
  }
}
