// SPDX-License-Identifier: BSD-3-Clause
/// A client link with a concentrator made of octets by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "fake_authentication.h"
#include "narrows/ppp/link.h"
#include "ppp_fixture.h"

namespace narrows::ppp {

class LinkFixture : public testing::Test {
 protected:
  using Phase = Link::Phase;

  LinkFixture() {
    settings_.credentials = Credentials{"user", "secret"};
    settings_.accepts = {config::AuthMethod::chap_md5, config::AuthMethod::pap};
  }
  void start() {
    link_ = std::make_unique<Link>(settings_, sink_, random_, make_fake);
    link_->start(now_);
  }
  void receive(std::uint16_t protocol, const Octets& packet) { link_->receive(protocol, packet, now_); }
  /// The last packet of this protocol and code since anything was taken.
  Octets take(std::uint16_t protocol, std::uint8_t code) {
    Octets found;
    for (const Sent& each : sink_.take())
      if (each.protocol == protocol && each.information[0] == code) found = each.information;
    EXPECT_FALSE(found.empty()) << std::hex << protocol << " code " << int{code};
    return found.empty() ? control(0, 0) : found;
  }
  void acknowledge(std::uint16_t protocol, const Octets& request) {
    receive(protocol, control(kConfAck, request[1], data_of(request)));
  }
  /// LCP to Opened; what that led to is in the sink.
  void open_lcp(const Octets& options = kMagicOption) {
    const Octets request = take(kLcp, kConfReq);
    own_magic_ = option_data(data_of(request), 5);
    receive(kLcp, control(kConfReq, 1, options));
    sink_.take();
    acknowledge(kLcp, request);
  }
  void authenticate() {
    receive(kChap, control(kFakeChallenge, 7));
    ASSERT_EQ(take(kChap, kFakePassword), control(kFakePassword, 7, octets_of("secret")));
    receive(kChap, control(kFakeYes, 7));
  }
  void open_ipcp(const Octets& request) {
    receive(kIpcp,
            control(kConfNak, request[1], option(3, {198, 51, 100, 7}) + option(129, {192, 0, 2, 53})));
    acknowledge(kIpcp, take(kIpcp, kConfReq));
    receive(kIpcp, control(kConfReq, 1, option(3, {203, 0, 113, 1})));
  }
  void open_ipv6cp(const Octets& request) {
    acknowledge(kIpv6cp, request);
    receive(kIpv6cp, control(kConfReq, 1, option(1, {2, 0, 0, 0, 0, 0, 0, 9})));
  }
  /// Everything, with CHAP.
  void open() {
    start();
    open_lcp(kMagicOption + kAsksChap);
    sink_.take();
    authenticate();
    open_network();
  }
  void open_network() {
    const auto [v4, v6] = take_network_requests();
    open_ipcp(v4);
    open_ipv6cp(v6);
    sink_.take();
    ASSERT_TRUE(link_->ipv4());
    ASSERT_TRUE(link_->ipv6());
    now_ += 5s;  // beyond all retransmissions
    link_->note_life(now_);
  }
  std::pair<Octets, Octets> take_network_requests() {
    std::pair<Octets, Octets> requests;
    for (const Sent& each : sink_.take()) {
      if (each.protocol == kIpcp) requests.first = each.information;
      if (each.protocol == kIpv6cp) requests.second = each.information;
    }
    EXPECT_FALSE(requests.first.empty());
    EXPECT_FALSE(requests.second.empty());
    return requests;
  }
  /// Lets time pass, deadline by deadline, until it has or the link has ended.
  void pass(Time span) {
    const Time until = now_ + span;
    while (!link_->end() && link_->next_deadline() <= until) {
      now_ = std::max(now_, link_->next_deadline());
      link_->poll(now_);
      if (!link_->end() && link_->next_deadline() <= now_) {
        ADD_FAILURE() << "what was due is still due";
        break;
      }
    }
    now_ = until;
  }

  static inline const Octets kPeerMagic{0xaa, 0xbb, 0xcc, 0xdd};
  static inline const Octets kMagicOption = option(5, kPeerMagic);
  static inline const Octets kAsksChap = option(3, {0xc2, 0x23, 5});
  static inline const Octets kAsksPap = option(3, {0xc0, 0x23});

  LinkSettings settings_;
  RecordingSink sink_;
  RepeatableRandom random_;
  std::unique_ptr<Link> link_;
  Octets own_magic_;
  Time now_ = 1000s;
};

}  // namespace narrows::ppp
