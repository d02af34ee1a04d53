#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace pge {

/// What a migrator's result depends on.
struct MigratorInputs {
  std::vector<std::string> words;  ///< the command
  std::string state_query;
  std::vector<std::string> paths;  ///< files and folders
};

/// SHA-256 in hex over the command, the state query, and the names and contents of all files. Links are followed.
/// Left out: what Python makes on the way (__pycache__, *.pyc), what editors and file managers leave (*.swp, *.swo, *~,
/// .#*, #*#, .DS_Store), .git, names that begin with ".." (Kubernetes' own in a mounted ConfigMap). Fails with
/// `no_input` for what cannot be read, for links that lead to a folder around them, and for too many files.
Result<std::string> digest_inputs(const MigratorInputs& inputs);

}  // namespace pge
