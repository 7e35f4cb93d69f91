// SPDX-License-Identifier: BSD-3-Clause
/// What the targets share: libFuzzer's octets taken apart, and the end of a run that went wrong.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>

#include "frames.h"

namespace narrows::fuzz {

using test::Octets;
using test::operator+;

/// Reads an input from its first octet on; behind its end all are 0. So an input is a list of decisions that
/// the fuzzer can cut, repeat and put together with another. It stands in for test::Random: what the tests
/// draw by lot, the fuzzer decides.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  [[nodiscard]] bool is_empty() const { return rest_.empty(); }
  std::uint8_t octet() {
    if (rest_.empty()) return 0;
    const std::uint8_t first = rest_.front();
    rest_ = rest_.subspan(1);
    return first;
  }
  /// Two octets, the first most significant.
  unsigned operator()() {
    const unsigned high = octet();
    return high << 8 | octet();
  }
  Octets octets(std::size_t count) {
    Octets result = take(count);
    result.resize(count);
    return result;
  }
  /// @param choices  at most 256.
  template <typename Choices>
  const auto& one_of(const Choices& choices) {
    return choices[octet() % choices.size()];
  }
  /// A list whose length comes first, in one octet: in a buffer of just its size, so that a read beyond it is
  /// noticed.
  Octets list() { return take(octet()); }
  /// The same with a length of two octets.
  Octets long_list() { return take((*this)()); }
  /// All that is left.
  std::span<const std::uint8_t> rest() { return std::exchange(rest_, {}); }

 private:
  Octets take(std::size_t count) {
    const auto taken = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return {taken.begin(), taken.end()};
  }

  std::span<const std::uint8_t> rest_;
};

/// Ends the run, and with it the input is kept, unless `holds`.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

/// What a target is: target.cpp calls it with each input, and ends the run where an EXPECT in it fails.
void run(Input input);

}  // namespace narrows::fuzz
