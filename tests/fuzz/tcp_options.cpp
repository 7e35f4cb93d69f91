// SPDX-License-Identifier: BSD-3-Clause
/// TCP option lists: where the MSS options are, by each kernel and by the letter of RFC 9293; what clamping
/// changes, and that a right checksum stays right and a wrong one wrong.
///
/// Input: limit (2 octets), whether the checksum is right, then headers: options and payload, each behind its
/// length.
#include <bit>
#include <cstring>

#include "input.h"
#include "narrows/rewrite/clamp_mss.h"
#include "rewrite/locate_kernels.h"
#include "rewrite/option_walker.h"

namespace narrows::fuzz {
namespace {

using test::kFixedOctets;

constexpr std::size_t kMostOptions = 40;
constexpr std::size_t kChecksumOffset = 16;

/// The sum over pseudo-header and segment: 0xffff, or 0, where the checksum is right (RFC 1071).
unsigned sum_of(const Octets& segment) {
  const unsigned pseudo = test::pseudo_sum(test::kSource4, test::kDestination4, test::kTcp, segment.size());
  return test::ones_complement_sum(test::be16(pseudo) + segment);
}

void judge_clamp(const Octets& before, const Octets& after, const rewrite::ClampResult& result,
                 std::uint16_t limit, std::size_t header_octets) {
  const auto walked =
      test::walk_options(std::span(before).subspan(kFixedOctets, header_octets - kFixedOctets));
  expect(result.options == std::popcount(walked.kinds), "every MSS option is counted");
  expect(result.malformed == walked.malformed, "malformed is what cannot be walked");
  Octets expected = before;
  bool lowered = false;
  bool odd = false;
  for (unsigned at = 0; at < 64; ++at) {
    if ((walked.kinds >> at & 1) == 0) continue;
    const unsigned mss = test::get16(before, at + 2);
    if (mss <= limit) continue;
    test::put16(expected, at + 2, limit);
    lowered = true;
    odd = odd || at % 2 == 1;
  }
  expect(result.clamped == lowered && result.odd_offset == odd, "what was lowered is said");
  test::put16(expected, kChecksumOffset, test::get16(after, kChecksumOffset));
  expect(after == expected, "every MSS above the limit is lowered, and nothing else is touched");
  expect(lowered || after == before, "where nothing is lowered the checksum stays");
  expect(sum_of(after) % 0xffff == sum_of(before) % 0xffff, "the checksum is as right or wrong as it was");
}

void clamp(const Octets& segment, std::size_t header_octets, std::uint16_t limit) {
  // The header in a buffer of its own: clamping has no business behind it.
  Octets header(segment.begin(), segment.begin() + static_cast<std::ptrdiff_t>(header_octets));
  const auto result = rewrite::clamp_mss(header, limit);
  Octets after = segment;
  std::copy(header.begin(), header.end(), after.begin());
  judge_clamp(segment, after, result, limit, header_octets);
}

}  // namespace

void run(Input input) {
  static test::Kernels kernels;
  const auto limit = static_cast<std::uint16_t>(input());
  const bool is_right = input.octet() % 2 == 0;
  while (!input.is_empty() && kernels.size() < rewrite::kMaxSyns) {
    Octets options = input.list();
    options.resize(std::min(options.size(), kMostOptions));
    const Octets payload = input.list();
    kernels.add(options, payload.size() % 2 == 0);
    // Cut anywhere, as a frame may be, so its data offset is not what counts.
    Octets segment = test::tcp(test::kSyn);
    segment.insert(segment.end(), options.begin(), options.end());
    segment.insert(segment.end(), payload.begin(), payload.end());
    if (is_right) test::put16(segment, kChecksumOffset, 0xffff & ~sum_of(segment));
    clamp(segment, kFixedOctets + options.size(), limit);
  }
  kernels.compare();
}

}  // namespace narrows::fuzz
