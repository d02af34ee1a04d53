#pragma once

#include <pthread.h>
#include <csignal>
#include <future>
#include <system_error>
#include <type_traits>
#include <utility>

namespace pge {

/// Runs `work` in a thread of its own, or, where no thread can be had (a limit on processes), when its result is asked
/// for. Signals are left to the other threads. The result waits for the end of the work when it is destroyed. Never in
/// process 1, which starts others, and never while this process forks.
template <typename Work>
std::future<std::invoke_result_t<Work>> in_background(Work work) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::future<std::invoke_result_t<Work>> result;
  try {
    result = std::async(std::launch::async, work);
  } catch (const std::system_error&) {
    result = std::async(std::launch::deferred, std::move(work));
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return result;
}

}  // namespace pge
