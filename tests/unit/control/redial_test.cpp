// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/control/redial.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace narrows::control {
namespace {

using namespace std::chrono_literals;
using stats::SessionFailure;

class Constant : public ppp::Random {
 public:
  explicit Constant(std::uint8_t octet) : octet_(octet) {}
  void fill(std::span<std::uint8_t> octets) override { std::ranges::fill(octets, octet_); }

 private:
  std::uint8_t octet_;
};

config::ClientSession settings(std::uint16_t first_s, std::uint16_t max_s) {
  config::ClientSession client;
  client.redial_first_s = first_s;
  client.redial_max_s = max_s;
  return client;
}

TEST(Redial, DoublesUpToTheLimitWithoutEnd) {
  Constant none(0);
  Redial redial(settings(1, 60));
  for (const Time expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s})
    EXPECT_EQ(redial.after(SessionFailure::no_offer, 0s, none), expected);
}

TEST(Redial, TenTimesAsLongAfterRefusedCredentials) {
  Constant none(0);
  Redial redial(settings(1, 60));
  EXPECT_EQ(redial.after(SessionFailure::authentication_refused, 0s, none), 10s);
  EXPECT_EQ(redial.after(SessionFailure::not_genuine, 0s, none), 20s);
  EXPECT_EQ(redial.after(SessionFailure::refused, 0s, none), 4s);
}

TEST(Redial, BeginsAnewAfterASessionThatLasted) {
  Constant none(0);
  Redial redial(settings(1, 60));
  EXPECT_GE(redial.after(SessionFailure::no_offer, 0s, none), 1s);
  EXPECT_GE(redial.after(SessionFailure::no_offer, 0s, none), 1s);
  EXPECT_EQ(redial.after(SessionFailure::killed, Redial::kLasting - 1ns, none), 4s) << "that was short";
  EXPECT_EQ(redial.after(SessionFailure::killed, Redial::kLasting, none), 1s);
}

TEST(Redial, JitterShortensByAQuarterAtMost) {
  Redial redial(settings(8, 8));
  Constant most(255);
  EXPECT_EQ(redial.after(SessionFailure::no_offer, 0s, most), 6s);
  Constant some(100);
  const Time wait = redial.after(SessionFailure::no_offer, 0s, some);
  EXPECT_GT(wait, 6s);
  EXPECT_LT(wait, 8s);
}

}  // namespace
}  // namespace narrows::control
