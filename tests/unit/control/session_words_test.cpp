// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/session_words.h"

#include <gtest/gtest.h>

namespace narrows::control {
namespace {

TEST(SessionWords, WhatTheOtherEndRepeatsOfASecretIsLeftOut) {
  EXPECT_EQ(without("bad password hunter2", "hunter2"), "bad password ***");
  EXPECT_EQ(without("hunter2hunter2, not hunter3", "hunter2"), "******, not hunter3");
  EXPECT_EQ(without("account locked", "hunter2"), "account locked");
  EXPECT_EQ(without("***************", "****"), "************") << "and comes to an end";
  EXPECT_EQ(without("bad password", "bad"), "bad password") << "too short to be told from words";
  EXPECT_EQ(without("bad password", ""), "bad password");
}

}  // namespace
}  // namespace narrows::control
