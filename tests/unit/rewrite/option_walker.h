// SPDX-License-Identifier: BSD-3-Clause
/// TCP option lists read by the letter of RFC 9293 §3.1, and random ones: a second opinion for the tests.
#pragma once

#include <cstdint>
#include <span>

#include "frames.h"
#include "random.h"

namespace narrows::test {

struct WalkedOptions {
  std::uint64_t kinds = 0;  ///< bit i: an MSS option begins at octet i of the TCP header
  bool malformed = false;
};

/// `options` begins at octet `at` of the TCP header.
inline WalkedOptions walk_options(std::span<const std::uint8_t> options, unsigned at = 20) {
  while (!options.empty() && options.front() == 1) {
    options = options.subspan(1);
    ++at;
  }
  if (options.empty() || options.front() == 0) return {};
  if (options.size() == 1) return {0, true};
  const std::size_t length = options[1];
  if (length == 0 || length == 1 || options.size() < length) return {0, true};
  WalkedOptions result = walk_options(options.subspan(length), at + static_cast<unsigned>(length));
  if (options[0] == 2 && length == 4) result.kinds |= std::uint64_t{1} << at;
  return result;
}

/// A well-formed option of some kind; kind 2 with a length other than that of an MSS too.
inline Octets random_option(Random& random) {
  const auto data = random.octets(random() % 9);
  return Octets{static_cast<std::uint8_t>(2 + random() % 20), static_cast<std::uint8_t>(2 + data.size())} +
         data;
}

/// `count` octets that look like options most of the time: NOPs, MSS, others of any length, seldom an end, a
/// bad length or rubbish.
inline Octets random_options(Random& random, std::size_t count) {
  Octets options;
  while (options.size() < count) {
    const unsigned dice = random() % 32;
    if (dice < 10)
      options.push_back(1);
    else if (dice < 20)
      options = options + mss_option(random() & 0xffff);
    else if (dice < 27)
      options = options + random_option(random);
    else if (dice < 28)
      options.push_back(0);
    else
      options = options + Octets{2} + random.octets(1 + random() % 3);
  }
  options.resize(count);
  return options;
}

}  // namespace narrows::test
