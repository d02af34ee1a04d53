#include "alembic/python_command.hpp"

namespace pge {
namespace {

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// python, python3, python3.13t, pypy3
bool is_python(std::string_view name) {
  for (const std::string_view stem : {"python", "pypy"}) {
    if (name.starts_with(stem)) return name.find_first_not_of("0123456789.t", stem.size()) == std::string_view::npos;
  }
  return false;
}

/// Reads the interpreter's own options (Python, "Command line and environment").
class InterpreterOptions {
 public:
  explicit InterpreterOptions(const std::vector<std::string>& words) : words_(words) {}

  std::optional<PythonProgram> read() {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word == "--") return at_ < words_.size() ? script(words_[at_++]) : std::nullopt;
      if (word == "-" || word.empty()) return std::nullopt;
      if (word.front() != '-') return script(word);
      if (word == "--check-hash-based-pycs") {
        ++at_;
      } else if (!letters(std::string_view(word).substr(1))) {
        return program_;
      }
    }
    return std::nullopt;
  }

 private:
  std::optional<PythonProgram> script(const std::string& path) {
    return PythonProgram{.name = last_part(path), .arguments = at_};
  }

  /// False when the options end here: with a module, or with something else.
  bool letters(std::string_view word) {
    for (std::size_t i = 0; i < word.size(); ++i) {
      const std::string_view value = word.substr(i + 1);
      if (word[i] == 'm') {
        const bool joined = !value.empty();
        if (!joined && at_ >= words_.size()) return false;
        std::string name = joined ? std::string(value) : words_[at_++];
        program_ = {.name = std::move(name), .is_module = true, .arguments = at_};
        return false;
      }
      if (word[i] == 'W' || word[i] == 'X') {
        if (value.empty()) ++at_;
        return true;
      }
      if (!std::string_view("bBdEiIOPqRsStuv").contains(word[i])) return false;
    }
    return true;
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 1;
  std::optional<PythonProgram> program_;
};

}  // namespace

std::optional<PythonProgram> find_python_program(const std::vector<std::string>& words) {
  if (words.empty()) return std::nullopt;
  const std::string name = last_part(words.front());
  if (!is_python(name)) return PythonProgram{.name = name, .arguments = 1};
  return InterpreterOptions(words).read();
}

}  // namespace pge
