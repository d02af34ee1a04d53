// Gets a SIGTERM while its static initialisers run, and exits with the signal that it finds in `main`, 0 for none.
#include <unistd.h>

#include <csignal>

#include "process/signals.hpp"

namespace {

#ifdef PGE_BLOCK_AT_START
[[gnu::section(".preinit_array"), gnu::used]] void (*before_all_initialisers)() = pge::block_signals_at_start;
#endif

const int sent = kill(getpid(), SIGTERM);

}  // namespace

int main() {
  pge::block_all_signals();
  return sent == 0 ? pge::pending_stop() : 99;
}
