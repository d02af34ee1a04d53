#include "history/note.hpp"

#include <algorithm>
#include <utility>

#include "core/strings.hpp"

namespace pge {
namespace {

constexpr std::string_view started = "begun";
constexpr std::string_view indexes = "indexes";
constexpr std::string_view detach = "detach";

}  // namespace

std::string make_note(const Note& note) {
  if (note.kind == NoteKind::none) return {};
  if (note.kind == NoteKind::started) return std::string(started);
  std::vector<std::string> words = note.oids;
  words.emplace(words.begin(), note.kind == NoteKind::indexes ? indexes : detach);
  return joined(words, " ");
}

Note parse_note(std::string_view text) {
  if (text.empty()) return {};
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  std::vector<std::string> oids = split(text.substr(end), " ");
  if (word == indexes) return {.kind = NoteKind::indexes, .oids = std::move(oids)};
  if (word == detach && oids.size() == 1) return {.kind = NoteKind::detach, .oids = std::move(oids)};
  return {.kind = NoteKind::started};
}

}  // namespace pge
