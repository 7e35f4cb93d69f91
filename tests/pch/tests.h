// SPDX-License-Identifier: BSD-3-Clause
/// Precompiled: what nearly every test includes, and what takes most of the time to read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>
