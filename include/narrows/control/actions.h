// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace narrows::control {

/// What a user may ask of a running Narrows.
struct Action {
  enum class Kind : std::uint8_t { reload, redial, drop };
  Kind kind = Kind::reload;
  std::string session;  ///< the name of the one that is redialled or dropped
};

/// What came of it.
struct ActionResult {
  bool done = false;
  std::string message;  ///< one line, for people
};

/// Actions on their way from the threads that are asked (HTTP) to the control thread, which alone may do
/// them.
///
/// Any thread may call() and waits; the control thread does what waits in its turn by run_waiting(), which
/// costs it one relaxed load when there is nothing. At most kMostWaiting wait.
class Actions {
 public:
  using Handler = std::function<ActionResult(const Action&)>;
  static constexpr std::size_t kMostWaiting = 8;

  /// Waits until the action is done, for `patience` at most: what was not begun by then is taken back.
  ActionResult call(Action action, std::chrono::milliseconds patience);

  /// Does what waits, in the order it came. Only one thread may call it. @return how many.
  std::size_t run_waiting(const Handler& handler);

  /// Refuses what waits and what is yet to come: the control thread ends.
  void close();

 private:
  struct Waiting {
    enum class State : std::uint8_t { waits, runs, done };
    Action action;
    State state = State::waits;
    ActionResult result;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Waiting>> waiting_;
  /// Of waiting_: callers write it under the mutex, the control thread reads it without.
  std::atomic<std::size_t> count_{0};
  bool closed_ = false;
};

}  // namespace narrows::control
