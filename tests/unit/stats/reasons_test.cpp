// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/stats/reasons.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <span>
#include <string>

namespace narrows::stats {
namespace {

void expect_fit_for_publication(std::span<const NamedText> texts) {
  const std::regex snake_case("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  std::set<std::string_view> names;
  std::set<std::string_view> helps;
  for (const auto& [name, help] : texts) {
    EXPECT_TRUE(std::regex_match(std::string(name), snake_case)) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(help.empty()) << name;
    EXPECT_TRUE(helps.insert(help).second) << name;
    EXPECT_EQ(help.find('\n'), std::string_view::npos) << name;
  }
}

TEST(Reasons, NamesAreUniqueAndSnakeCase) {
  expect_fit_for_publication(kDropReasonTexts);
  expect_fit_for_publication(kOddCaseTexts);
}

constexpr std::string_view name_of(DropReason reason) {
  return kDropReasonTexts[static_cast<std::size_t>(reason)].name;
}
constexpr std::string_view name_of(OddCase odd) {
  return kOddCaseTexts[static_cast<std::size_t>(odd)].name;
}

// The contract's words, and that the tables are in the order of their enumerations.
TEST(Reasons, RowsBelongToTheirEnumerators) {
  EXPECT_EQ(name_of(DropReason::runt), "runt");
  EXPECT_EQ(name_of(DropReason::wrong_destination), "wrong_destination");
  EXPECT_EQ(name_of(DropReason::multicast), "multicast");
  EXPECT_EQ(name_of(DropReason::unknown_vlan), "unknown_vlan");
  EXPECT_EQ(name_of(DropReason::not_ip), "not_ip");
  EXPECT_EQ(name_of(DropReason::not_pppoe), "not_pppoe");
  EXPECT_EQ(name_of(DropReason::bad_version), "bad_version");
  EXPECT_EQ(name_of(DropReason::bad_code), "bad_code");
  EXPECT_EQ(name_of(DropReason::bad_length), "bad_length");
  EXPECT_EQ(name_of(DropReason::unknown_session), "unknown_session");
  EXPECT_EQ(name_of(DropReason::compressed_protocol), "compressed_protocol");
  EXPECT_EQ(name_of(DropReason::bad_ip), "bad_ip");
  EXPECT_EQ(name_of(DropReason::too_big), "too_big");
  EXPECT_EQ(name_of(DropReason::super_frame), "super_frame");
  EXPECT_EQ(name_of(DropReason::no_lan_peer), "no_lan_peer");
  EXPECT_EQ(name_of(DropReason::no_room), "no_room");
  EXPECT_EQ(name_of(DropReason::no_mbuf), "no_mbuf");
  EXPECT_EQ(name_of(DropReason::punt_full), "punt_full");
  EXPECT_EQ(name_of(DropReason::tx_full), "tx_full");
  EXPECT_EQ(name_of(DropReason::tx_refused), "tx_refused");
  EXPECT_EQ(name_of(OddCase::syn_without_mss), "syn_without_mss");
  EXPECT_EQ(name_of(OddCase::several_mss), "several_mss");
  EXPECT_EQ(name_of(OddCase::odd_offset_mss), "odd_offset_mss");
  EXPECT_EQ(name_of(OddCase::malformed_options), "malformed_options");
  EXPECT_EQ(name_of(OddCase::bad_data_offset), "bad_data_offset");
  EXPECT_EQ(name_of(OddCase::truncated_tcp), "truncated_tcp");
  EXPECT_EQ(name_of(OddCase::inconsistent_ip), "inconsistent_ip");
  EXPECT_EQ(name_of(OddCase::extension_header_end), "extension_header_end");
  EXPECT_EQ(name_of(OddCase::partial_checksum), "partial_checksum");
}

}  // namespace
}  // namespace narrows::stats
