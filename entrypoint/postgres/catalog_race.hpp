#pragma once

#include "core/backoff.hpp"
#include "core/error.hpp"
#include "core/patience.hpp"
#include "postgres/session.hpp"

namespace pge {

/// Whether a statement has failed because another session created or changed the same object at that moment: a clash in
/// a system catalog, or an object that is there by now. Of a statement that looks before it creates (IF NOT EXISTS, and
/// all of our own do), the next try succeeds.
bool is_catalog_race(const Error& error) noexcept;

/// Runs `create`, which looks at what is there and creates the rest, again while others get in its way.
template <typename Create>
auto despite_catalog_races(Session& session, const Create& create) {
  Jitter jitter;
  for (unsigned attempt = 0;; ++attempt) {
    auto done = create();
    if (done || session.closed() || !is_catalog_race(done.error())) return done;
    if (attempt >= patience::most_catalog_races) return done;
    session.stop().sleep(patience::catalog_race.pause(attempt, jitter()));
  }
}

}  // namespace pge
