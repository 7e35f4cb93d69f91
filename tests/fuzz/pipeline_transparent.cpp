// SPDX-License-Identifier: BSD-3-Clause
/// The data path: frames that pass in either direction.
#include "pipeline.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using narrows::Direction;
  namespace config = narrows::config;
  static const auto kPaths = narrows::fuzz::paths_where(
      [](const narrows::test::Setting& setting) { return setting.mode == config::Mode::transparent; });
  narrows::fuzz::run(kPaths, {data, size});
  return 0;
}
