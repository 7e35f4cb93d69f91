// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/ppp/padt.h"

#include <gtest/gtest.h>

#include "discovery_fixture.h"

namespace narrows::ppp {
namespace {

using namespace discovery_test;

// RFC 2516 §5.5: no tags are required.
TEST(Padt, TagsAreOptional) {
  EXPECT_EQ(padt_tags({}, ""), Octets());
  EXPECT_EQ(padt_tags(Octets{1, 2}, ""), tag(0x0103, Octets{1, 2}));
  EXPECT_EQ(padt_tags(Octets{1}, "stopped"), tag(0x0103, Octets{1}) + tag(0x0203, "stopped"));
  EXPECT_EQ(padt_tags(Octets(1500), "stopped"), tag(0x0203, "stopped")) << "what does not fit is left out";
}

TEST(Padt, IsRead) {
  const auto plain = parse_padt(packet(0xa7, 0x1234, {}));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->session_id, 0x1234);
  EXPECT_EQ(plain->reason, "");
  EXPECT_EQ(parse_padt(packet(0xa7, 1, tag(0x0203, "re\tboot")))->reason, "Generic-Error: re?boot");
  EXPECT_TRUE(parse_padt(packet(0xa7, 1, {}) + Octets(40)).has_value()) << "padding";
}

// RFC 2516 §5.5: SESSION_ID MUST be set to the session that ends.
TEST(Padt, IsOfASession) {
  EXPECT_FALSE(parse_padt(packet(0xa7, 0, {})));
  EXPECT_FALSE(parse_padt(packet(0xa7, 0xffff, {})));
  EXPECT_FALSE(parse_padt(packet(0x65, 1, {})));
}

TEST(Padt, MalformedIsNone) {
  const auto whole = packet(0xa7, 1, tag(0x0203, "x"));
  for (std::size_t octets = 0; octets < whole.size(); ++octets)
    EXPECT_FALSE(parse_padt(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(octets))));
  EXPECT_FALSE(parse_padt(packet(0xa7, 1, Octets{0x02, 0x03, 0, 9, 'x'})));
}

}  // namespace
}  // namespace narrows::ppp
