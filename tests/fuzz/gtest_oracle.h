// SPDX-License-Identifier: BSD-3-Clause
/// Targets that judge with what the tests judge with.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

namespace narrows::fuzz {

/// Ends the run at the first EXPECT that fails, as a crash does. To be called once.
inline void abort_on_failure() {
  class Aborts : public testing::EmptyTestEventListener {
    void OnTestPartResult(const testing::TestPartResult& result) override {
      if (!result.failed()) return;
      std::fprintf(stderr, "%s:%d: %s\n", result.file_name() == nullptr ? "" : result.file_name(),
                   result.line_number(), result.message());
      std::abort();
    }
  };
  testing::UnitTest::GetInstance()->listeners().Append(new Aborts);  // owned by gtest
}

}  // namespace narrows::fuzz
