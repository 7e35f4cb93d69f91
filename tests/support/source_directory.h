// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace narrows::test {

/// The project's root: for tests that hold its documents and configurations to the code. A function of one
/// small file, so that no other test is compiled anew for lying elsewhere.
[[nodiscard]] std::string source_directory();

}  // namespace narrows::test
