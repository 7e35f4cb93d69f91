// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/capture_request.h"

#include <gtest/gtest.h>

#include <map>

namespace narrows::control {
namespace {

using Parameters = std::map<std::string, std::string>;
using Points = worker::ByCapturePoint<bool>;

std::variant<CaptureRequest, std::string> parse(
    const Parameters& parameters, const std::array<std::string_view, kSides>& ports = kSideNames) {
  return parse_capture_request(
      [&](const char* key) {
        const auto found = parameters.find(key);
        return found == parameters.end() ? std::nullopt : std::optional(found->second);
      },
      ports);
}
CaptureRequest good(const Parameters& parameters) {
  return std::get<CaptureRequest>(parse(parameters));
}
std::string problem(const Parameters& parameters) {
  return std::get<std::string>(parse(parameters));
}

TEST(CaptureRequest, AllByDefault) {
  const auto request = good({});
  EXPECT_EQ(request.points, (Points{{{true, true}, {true, true}}}));
  EXPECT_EQ(request.filter, "");
  EXPECT_EQ(request.frames, 0u);
  EXPECT_EQ(request.duration.count(), 0);
  EXPECT_EQ(request.snap_octets, CaptureRequest::kMostSnapOctets);
}

TEST(CaptureRequest, PortsAndPoints) {
  EXPECT_EQ(good({{"port", "wan"}}).points, (Points{{{false, false}, {true, true}}}));
  EXPECT_EQ(good({{"port", "both"}, {"point", "before"}}).points, (Points{{{true, false}, {true, false}}}));
  EXPECT_EQ(good({{"port", "lan"}, {"point", "after"}}).points, (Points{{{false, true}, {false, false}}}));
  EXPECT_EQ(std::get<CaptureRequest>(parse({{"port", "line"}}, {"core", "line"})).points,
            (Points{{{false, false}, {true, true}}}))
      << "as they are called";
}

TEST(CaptureRequest, Numbers) {
  const auto request = good({{"count", "17"}, {"duration", "60"}, {"snaplen", "96"}, {"filter", "tcp"}});
  EXPECT_EQ(request.frames, 17u);
  EXPECT_EQ(request.duration.count(), 60);
  EXPECT_EQ(request.snap_octets, 96u);
  EXPECT_EQ(request.filter, "tcp");
}

TEST(CaptureRequest, MistakesAreOneLine) {
  EXPECT_EQ(problem({{"port", "lam"}}), "port lam: write lan, wan or both");
  EXPECT_EQ(problem({{"point", "during"}}), "point during: write before, after or both");
  EXPECT_EQ(problem({{"snaplen", "262145"}}), "snaplen 262145: write a number from 1 to 262144");
  for (const char* text : {"0", "-1", "1x", "", "99999999999999999999999"})
    EXPECT_EQ(problem({{"duration", text}}),
              "duration " + std::string(text) + ": write a number from 1 to 31536000");
}

}  // namespace
}  // namespace narrows::control
