#include "apply/in_pipeline.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "apply/failure.hpp"
#include "apply/in_transaction.hpp"
#include "migrations/transaction_rules.hpp"
#include "postgres/blockers.hpp"
#include "postgres/login_defaults.hpp"

namespace pge {
namespace {

/// Statements of a part, between statements of pg-entrypoint's own.
class PartSeries final : public RequestSeries {
 public:
  PartSeries(const Turn& turn, const PartRun& run, StatementRange range, std::span<const OwnStatement> before,
             std::span<const OwnStatement> after)
      : turn_(turn), run_(run), range_(range), before_(before), after_(after) {
    if (run.lock_timeout.count() == 0) return;
    slow_.emplace(run.lock_timeout * 3 / 4, [this] { report_blockers(turn_.session, turn_.connection); });
  }

  std::optional<Request> next() override {
    if (sent_ == before_.size() + statements() + after_.size()) return std::nullopt;
    const std::size_t index = sent_++;
    if (const OwnStatement* own = own_at(index)) {
      values_.clear();
      for (const std::string& parameter : own->parameters) values_.push_back(parameter.c_str());
      if (own->late) values_.push_back(own->late().c_str());
      return Request{.sql = own->sql,
                     .parameters = values_,
                     .flush = own->commit || index + 1 == before_.size(),
                     .repeated = own->repeated,
                     .commit = own->commit};
    }
    return Request{.sql = statement_at(index).sql, .form = Request::Form::row_by_row, .flush = true};
  }

  const SlowHook* reached() override {
    if (own_at(answered_) != nullptr) return nullptr;
    turn_.session.events().debug("statement", {Field::sql("sql", excerpt(statement_at(answered_).sql))});
    return slow_ ? &*slow_ : nullptr;
  }

  Result<> answered(Result<Rows> answer) override {
    const std::size_t index = answered_++;
    if (const OwnStatement* own = own_at(index)) return own->judged(std::move(answer));
    if (!answer) return fail(explain_failure(run_, statement_at(index), std::move(answer.error())));
    return {};
  }

 private:
  std::size_t statements() const noexcept { return range_.end - range_.first; }

  /// Null for a statement of the part.
  const OwnStatement* own_at(std::size_t index) const {
    if (index < before_.size()) return &before_[index];
    const std::size_t behind = before_.size() + statements();
    return index < behind ? nullptr : &after_[index - behind];
  }

  Statement statement_at(std::size_t index) const {
    return run_.part.statements[range_.first + index - before_.size()];
  }

  const Turn& turn_;
  const PartRun& run_;
  StatementRange range_;
  std::span<const OwnStatement> before_;
  std::span<const OwnStatement> after_;
  std::size_t sent_ = 0;
  std::size_t answered_ = 0;
  std::vector<const char*> values_;  ///< the parameters of the one that is sent
  std::optional<SlowHook> slow_;
};

std::size_t next_copy(const Statements& statements, std::size_t from) {
  while (from < statements.size() && !statements[from].copy_data) ++from;
  return from;
}

}  // namespace

Frame frame_of_row(const Turn& turn, const PartRun& run, Clock::time_point started,
                   const std::function<void()>& begun) {
  const auto before = std::chrono::duration_cast<milliseconds>(Clock::now() - started);
  Frame frame{.closing = turn.profile.identity_statements(turn.session)};
  OwnStatement row = starting_row(turn, run);
  row.judge = [judge = std::move(row.judge), begun](Result<Rows> answer) {
    auto done = judge(std::move(answer));
    if (done) begun();
    return done;
  };
  frame.opening.push_back(std::move(row));
  frame.closing.push_back(finished_row(turn, run, before));
  return frame;
}

Frame frame_of_transaction(const Turn& turn, const PartRun& run, Clock::time_point started,
                           const std::function<void()>& begun) {
  Frame frame = frame_of_row(turn, run, started, begun);
  // The defaults may still be those that the file before has set.
  std::vector<OwnStatement> opening{{.sql = "begin isolation level read committed, read write, not deferrable"}};
  auto profile = turn.profile.statements(turn.session, run.lock_timeout);
  std::ranges::move(profile, std::back_inserter(opening));
  opening.push_back(turn.lock.proof());
  if (auto defaults = login_defaults_proof(turn.session)) opening.push_back(*std::move(defaults));
  std::ranges::move(frame.opening, std::back_inserter(opening));
  frame.opening = std::move(opening);
  return frame;
}

Result<> run_ahead(const Turn& turn, const PartRun& run, std::size_t first, const Frame& frame) {
  const Statements& statements = run.part.statements;
  std::span<const OwnStatement> before = frame.opening;
  for (;;) {
    const std::size_t copy = next_copy(statements, first);
    const bool last = copy == statements.size();
    const std::span<const OwnStatement> after = last ? std::span(frame.closing) : std::span<const OwnStatement>();
    PartSeries series(turn, run, {.first = first, .end = copy}, before, after);
    const bool empty = before.empty() && after.empty() && first == copy;
    if (auto done = empty ? Result<>() : turn.session.run_series(series); !done || last) return done;
    if (auto done = run_statement(turn, run, statements[copy], run.lock_timeout); !done) return done;
    first = copy + 1;
    before = {};
  }
}

}  // namespace pge
