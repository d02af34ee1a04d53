#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pge {

/// A command that runs Alembic, as Alembic's own command line reads it (alembic.config.CommandLine), or
/// Flask-Migrate's.
struct AlembicCommand {
  std::string doubt = {};           ///< why it is not understood with certainty; nothing else counts then
  std::string ini = {};             ///< the last -c that is no pyproject.toml; empty: ALEMBIC_CONFIG, alembic.ini
  std::string pyproject = {};       ///< the last -c that is one; Alembic 1.16 may have both
  bool flask = false;               ///< Flask-Migrate: -c, -n and ALEMBIC_CONFIG mean nothing to it
  std::string directory = {};       ///< its -d: the folder of alembic.ini, and the script location
  std::string section = "alembic";  ///< -n
  std::vector<std::string> x_arguments = {};  ///< -x, all of them
  std::string subcommand = {};
  std::vector<std::string> targets = {};  ///< what `upgrade` shall reach; not read for other subcommands
  bool sql = false;                       ///< `upgrade --sql`: nothing is applied
  std::string tag = {};                   ///< `upgrade --tag`: env.py may ask for it

  /// Whether it is `upgrade TARGET` and nothing but its configuration (-c, -n, -x) and its messages are chosen.
  bool upgrades_to(std::string_view target) const;
  /// `upgrade head` or `upgrade heads`: what is pending, and nothing else, is applied. Of any other command the
  /// revisions cannot say whether it has something to do.
  bool is_plain_upgrade() const { return upgrades_to("head") || upgrades_to("heads"); }
};

/// Read `alembic …`, `python3 -m alembic …` and `python3 /usr/bin/alembic …`; `flask … db …` likewise. Nothing when the
/// words start something else, a shell for instance.
std::optional<AlembicCommand> parse_alembic_command(const std::vector<std::string>& words);

/// Whether the program `alembic` stands anywhere in a command, also inside the line of a shell: it may start Alembic
/// where parse_alembic_command() finds none.
bool mentions_alembic(const std::vector<std::string>& words);

}  // namespace pge
