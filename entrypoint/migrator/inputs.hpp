#pragma once

#include <string>
#include <vector>

#include "core/environment_list.hpp"
#include "core/error.hpp"

namespace pge {

/// What a migrator's result depends on, besides its command and the database.
struct MigratorInputs {
  std::vector<std::string> paths = {};      ///< files and folders
  std::vector<std::string> variables = {};  ///< names of environment variables

  bool empty() const noexcept { return paths.empty() && variables.empty(); }
};

/// As --migrator-inputs names them: "env:NAME" is a variable, anything else a path.
MigratorInputs inputs_of(const std::vector<std::string>& named);

/// SHA-256 in hex over the values of the variables, and the names and contents of all files. A variable that is not set
/// is not one that is empty. Links are followed. Left out: what Python makes on the way (__pycache__, *.pyc), what
/// editors and file managers leave (*.swp, *.swo, *~, .#*, #*#, .DS_Store), .git, names that begin with ".."
/// (Kubernetes' own in a mounted ConfigMap). Fails with `no_input` for what cannot be read, for links that lead to a
/// folder around them, and for too many files.
Result<std::string> digest_inputs(const MigratorInputs& inputs, const EnvironmentList& environment);

/// SHA-256 in hex over a list of words.
std::string digest_words(const std::vector<std::string>& words);

}  // namespace pge
