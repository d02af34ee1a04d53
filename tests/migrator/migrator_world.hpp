#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "alembic/revision_graph.hpp"
#include "history/facts.hpp"
#include "migrator/judgement.hpp"

namespace pge::test {

/// A set of revisions, one bit each.
using Revisions = std::uint8_t;

/// How the migrator of a world behaves.
enum class Kind : std::uint8_t {
  graph,    ///< Alembic: judged by its revisions; fails on a revision that it does not know
  strict,   ///< no graph; fails on a revision that it does not know
  lenient,  ///< no graph; applies what is missing of its files and ignores all else
};

/// What was released: every revision with what it rests on, and the images with their files. The world calculates with
/// these alone, and does not know how the code under test reads them.
struct Releases {
  std::vector<Revision> revisions;
  std::map<std::string, std::vector<std::string>> images;
};

/// v1, v2 and v3 follow each other; `hotfix` has 2h in place of 2.
Releases one_line();
/// A and B have a branch each, M has both and merges them.
Releases two_branches();
/// P has two lines; the second depends on the end of the first. Q goes on with the first.
Releases dependent_lines();

/// What a database is, and what our tables say of it.
struct Database {
  Revisions schema = 0;  ///< which revisions' changes are in it: the truth
  Revisions other = 0;   ///< the same for another application
  std::vector<std::uint16_t> records = {};

  bool operator==(const Database&) const = default;
};

/// What one start or job has come to.
struct Outcome {
  Judgement judgement = {};
  bool ran = false;
  bool failed = false;
  bool reached = true;  ///< by the plain model: nothing that was to be there is missing, nothing to be gone is there
};

/// Images, databases and operators' doings, without a server. An event is a text:
///   v2             the image v2 starts
///   v2 up 1        a job of that image: `upgrade 1`
///   v2 down 0      a job of that image: `downgrade 0`
///   hand 1         a downgrade to 1 by hand
///   other v2       the other application, with files of the same names, starts
///   whole 1        the dump that was taken after the first event is restored; 0: before it
///   tables 1       the same, but only the application's tables
class World {
 public:
  World(Releases releases, Kind kind);

  struct Past {
    Database now = {};
    std::vector<Database> dumps = {Database{}};  ///< after each event
  };

  /// The events that are possible next.
  std::vector<std::string> events(const Past& past) const;
  /// The past with one more event. `outcome`: when the event is a start or a job.
  Past after(Past past, const std::string& event, Outcome* outcome = nullptr);
  /// What an image's head command is told, without running anything.
  Outcome look(const Database& database, const std::string& image) const;

  const Releases& releases() const { return releases_; }

 private:
  struct Run;
  struct Record {
    bool is_ancestry;
    Fact fact;
    Ancestry ancestry;
  };

  Revisions bit(const std::string& id) const;
  Revisions files(const std::string& image) const;
  Revisions below(Revisions of) const;
  std::vector<std::string> version_rows(Revisions schema) const;
  std::string state(Revisions schema) const;
  bool migrate(Revisions& schema, const Run& run) const;
  bool reached(Revisions schema, const Run& run) const;
  Judgement judge(const Database& database, Revisions schema, const Run& run) const;
  void remember(Database& database, Record record);
  Outcome start(Database& database, Revisions& schema, const Run& run);

  Releases releases_;
  Kind kind_;
  std::map<std::string, RevisionGraph> graphs_;
  std::vector<Record> records_;               ///< of all databases that there were; each has the numbers of its own
  std::map<std::string, std::uint16_t> ids_;  ///< of each record's text
  // One database is asked many questions.
  mutable std::vector<std::uint16_t> cached_for_;
  mutable std::vector<Fact> cached_;
};

}  // namespace pge::test
