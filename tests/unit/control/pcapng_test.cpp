// SPDX-License-Identifier: BSD-3-Clause
/// Read back by libpcap, which is strict about blocks, and here by hand what it does not show.
#include "narrows/control/pcapng.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>

#include <array>
#include <cstdio>
#include <memory>
#include <vector>

namespace narrows::control {
namespace {

using Octets = std::vector<std::uint8_t>;
constexpr std::uint64_t kTime = 1'700'000'000'123'456'789;

struct Frame {
  Octets octets;
  std::uint32_t length = 0;
  std::uint64_t ns = 0;
  friend bool operator==(const Frame&, const Frame&) = default;
};

std::vector<Frame> read_back(std::string file) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  std::FILE* stream = ::fmemopen(file.data(), file.size(), "rb");
  pcap_t* handle = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, error.data());
  EXPECT_NE(handle, nullptr) << error.data();
  if (handle == nullptr) return {};
  EXPECT_EQ(pcap_datalink(handle), DLT_EN10MB);
  std::vector<Frame> frames;
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(handle, &header, &octets)) == 1)
    frames.push_back({{octets, octets + header->caplen},
                      header->len,
                      static_cast<std::uint64_t>(header->ts.tv_sec) * 1'000'000'000 +
                          static_cast<std::uint64_t>(header->ts.tv_usec)});
  EXPECT_EQ(result, PCAP_ERROR_BREAK) << pcap_geterr(handle);
  pcap_close(handle);
  return frames;
}

TEST(PcapngBlocks, LibpcapReadsFramesOfAllLengths) {
  PcapngBlocks blocks;
  blocks.section("narrows 1.2.3");
  blocks.interface("lan in", "0000:01:00.0", "tcp", 262144);
  blocks.interface("wan out", "", "", 262144);
  std::vector<Frame> given;
  for (std::uint8_t octets = 14; octets < 40; ++octets) {
    given.push_back({Octets(octets, octets), std::uint32_t{octets} + 1000, kTime + octets});
    blocks.packet(octets % 2, given.back().ns, given.back().octets, given.back().length,
                  std::string(octets % 5, 'c'));
  }
  blocks.statistics(0, kTime, {.received = 13, .dropped = 0});
  blocks.statistics(1, kTime, {.received = 15, .dropped = 2});
  EXPECT_EQ(read_back(blocks.octets()), given);
}

TEST(PcapngBlocks, EveryBlockIsAlignedAndSaysItsLengthTwice) {
  PcapngBlocks blocks;
  blocks.section("x");
  blocks.interface("a", "bb", "ccc", 96);
  blocks.packet(0, kTime, Octets(15), 15, "dropped: bad_ip");
  blocks.statistics(0, kTime, {});
  std::string_view rest = blocks.octets();
  std::vector<std::uint32_t> types;
  const auto word = [&](std::size_t at) {
    std::uint32_t value = 0;
    std::copy_n(rest.begin() + static_cast<std::ptrdiff_t>(at), sizeof(value),
                reinterpret_cast<char*>(&value));
    return value;
  };
  while (!rest.empty()) {
    types.push_back(word(0));
    const std::uint32_t length = word(4);
    ASSERT_EQ(length % 4, 0u);
    ASSERT_LE(length, rest.size());
    ASSERT_EQ(word(length - 4), length);
    rest.remove_prefix(length);
  }
  EXPECT_EQ(types, (std::vector<std::uint32_t>{0x0a0d0d0a, 1, 6, 5}));
}

}  // namespace
}  // namespace narrows::control
