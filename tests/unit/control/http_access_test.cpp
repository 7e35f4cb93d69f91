// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/http_access.h"

#include <gtest/gtest.h>

#include <vector>

namespace narrows::control {
namespace {

TEST(HttpAccess, OnlyTheTokenItselfOpens) {
  EXPECT_TRUE(is_authorized("Bearer abc", "abc"));
  EXPECT_TRUE(is_authorized("bearer abc", "abc"));
  for (const char* wrong :
       {"", "Bearer", "Bearer ", "Bearer ab", "Bearer abcd", "Bearer ABC", "Basic abc", "abc"})
    EXPECT_FALSE(is_authorized(wrong, "abc")) << wrong;
}

TEST(HttpAccess, HostsThatAreThisMachine) {
  const std::vector<std::string> names{"box.example"};
  for (const char* known :
       {"", "127.0.0.1", "127.0.0.1:9480", "[::1]:9480", "[2001:db8::1]", "localhost:9480", "LocalHost",
        "narrows", "narrows.", "box.example:80", "BOX.example"})
    EXPECT_TRUE(is_known_host(known, "narrows", names)) << known;
  for (const char* foreign : {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[evil]",
                              "[::1", "box.example.evil", "1.2.3", ":9480"})
    EXPECT_FALSE(is_known_host(foreign, "narrows", names)) << foreign;
  EXPECT_FALSE(is_known_host("x", "", {}));
}

}  // namespace
}  // namespace narrows::control
