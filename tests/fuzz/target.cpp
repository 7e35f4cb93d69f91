// SPDX-License-Identifier: BSD-3-Clause
/// What libFuzzer calls, of every target.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "input.h"

namespace narrows::fuzz {
namespace {

/// Some judge with what the tests judge with: the first EXPECT that fails is as bad as a crash.
class Aborts : public testing::EmptyTestEventListener {
  void OnTestPartResult(const testing::TestPartResult& result) override {
    if (!result.failed()) return;
    std::fprintf(stderr, "%s:%d: %s\n", result.file_name() == nullptr ? "" : result.file_name(),
                 result.line_number(), result.message());
    std::abort();
  }
};

}  // namespace
}  // namespace narrows::fuzz

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  testing::UnitTest::GetInstance()->listeners().Append(new narrows::fuzz::Aborts);  // owned by gtest
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  narrows::fuzz::run({data, size});
  return 0;
}
