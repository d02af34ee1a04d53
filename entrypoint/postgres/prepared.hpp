#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "postgres/own_statement.hpp"

namespace pge {

class Session;

/// The repeated statements of pg-entrypoint's own that the server keeps parsed and planned for one session (ADR 20).
/// They are the session's, and a transaction that is rolled back does not undo them. What a migration does to them
/// (DEALLOCATE ALL, say) is noticed by the server's answer: then the migration is run again without them.
class PreparedStatements {
 public:
  /// Nothing is kept from now on, or again; what has been kept is forgotten. A pooler gives each transaction another
  /// session, so that nothing can be kept there.
  void keep(bool wanted) noexcept;
  /// Nothing is ever kept: this role may not look for a migration's prepared statements.
  void give_up() noexcept;
  bool keeps() const noexcept { return keeps_; }

  /// The server has been told to deallocate all of them.
  void forget() noexcept { names_.clear(); }

  /// Its name at the server; empty when the server does not have it.
  std::string name_of(std::string_view sql) const;
  /// A name that none has had, for one that is about to be prepared; empty when there are enough of them.
  std::string new_name();
  /// The server has prepared it.
  void add(std::string_view sql, std::string name);

  /// A migration has done something to the prepared statements of the session: what is known of them is not so.
  void notice_change() noexcept { changed_ = true; }
  /// Whether that has been noticed since the last call.
  bool take_change() noexcept;

 private:
  std::map<std::string, std::string, std::less<>> names_;  ///< by text
  std::size_t made_ = 0;
  bool keeps_ = false;
  bool given_up_ = false;
  bool changed_ = false;
};

/// Fails, and has the session notice it, when the session has prepared statements besides ours: a migration has left
/// them, and they are not to be seen by the next one. The same when this role may not look.
OwnStatement no_others_proof(Session& session);

}  // namespace pge
