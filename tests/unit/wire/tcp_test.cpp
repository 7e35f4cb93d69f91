// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/wire/tcp.h"

#include <gtest/gtest.h>

namespace narrows::wire {
namespace {

TEST(Tcp, SynWithoutResetOpensWhateverElseIsSet) {
  for (unsigned flags = 0; flags < 256; ++flags)
    EXPECT_EQ(opens_connection(static_cast<std::uint8_t>(flags)), (flags & 2) != 0 && (flags & 4) == 0)
        << flags;
}

TEST(Tcp, DataOffsetCountsWordsOfFour) {
  for (unsigned words = 0; words < 16; ++words)
    for (const unsigned reserved : {0u, 15u}) {
      TcpHeader header{};
      header.data_offset_reserved = static_cast<std::uint8_t>(words << 4 | reserved);
      EXPECT_EQ(header.header_octets(), words * 4);
    }
}

}  // namespace
}  // namespace narrows::wire
