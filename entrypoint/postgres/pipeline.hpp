#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/stop.hpp"
#include "postgres/prepared.hpp"
#include "postgres/request.hpp"
#include "postgres/waiting.hpp"

namespace pge {

/// One series of requests on a raw connection, in libpq's pipeline mode: sent ahead of the results, answered in order,
/// with one synchronisation at the end. What is under way at a time is limited, because the server's answers and our
/// texts are kept in memory meanwhile.
class Pipeline {
 public:
  struct Surroundings {
    StopToken& stop;
    Events& events;
    Overseer* overseer;      ///< may be null
    int tolerated;           ///< stops that do not end the series
    milliseconds own_limit;  ///< for each request of the form `one`, from when the server comes to it
    PreparedStatements& prepared;
  };

  Pipeline(PGconn* raw, RequestSeries& series, const Surroundings& around)
      : raw_(raw), series_(series), around_(around) {}

  /// Until everything is answered, or the first failure. The connection is in pipeline mode no longer, unless it cannot
  /// be used any more. An error of the server's, of the connection or a stop has yet to be handed to the series: see
  /// `is_judged`.
  Result<> run();

  /// The error that `run` has returned is the series' own judgement of an answer.
  bool is_judged() const noexcept { return judged_; }

 private:
  Result<> exchange();
  Result<> fill();
  bool send(const Request& request);
  Result<> synchronise();
  Result<> wait();
  Result<> take_stop();
  bool take(PGresult* result);
  void finish_oldest();
  void reach();
  void cancel_the_rest();

  struct Ahead {
    std::string_view sql;
    Request::Form form;
    std::string prepares = {};  ///< the name that this gives to its text; it has no answer for the series
    bool is_prepared = false;   ///< sent by its name
    bool commit = false;
  };

  struct StopAtCommit {
    Clock::time_point until;  ///< when the answer to COMMIT is waited for no longer
    int seen;                 ///< stops that have come
  };

  void push(Ahead sent);
  bool commits() const noexcept { return !ahead_.empty() && ahead_.front().commit; }
  Error lost() const;

  PGconn* raw_;
  RequestSeries& series_;
  Surroundings around_;
  std::deque<Ahead> ahead_;      ///< sent, and not answered
  std::size_t bytes_ = 0;        ///< of SQL in `ahead_`
  std::optional<Request> held_;  ///< taken from the series, and too much for now
  bool synchronised_ = false;    ///< nothing more is sent
  Rows rows_;                    ///< the answer to the oldest one, as far as it has come
  std::optional<Waiting> waiting_;
  std::optional<StopAtCommit> stopping_;
  std::optional<Error> failure_;
  bool judged_ = false;
  bool commit_unknown_ = false;  ///< the server has ended the session in place of an answer to COMMIT
};

}  // namespace pge
