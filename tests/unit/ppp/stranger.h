// SPDX-License-Identifier: BSD-3-Clause
/// Whatever arrives: nothing is read or written out of bounds (under sanitizers), nobody is flooded, and the
/// link stays as it was or ends.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "fake_authentication.h"
#include "guarded.h"
#include "narrows/ppp/link.h"
#include "ppp_fixture.h"

namespace narrows::ppp {

/// Packets out for one in: two network protocols' requests behind an Ack is the most.
inline constexpr std::size_t kMostAnswers = 4;

inline const Octets kMagic{0xaa, 0xbb, 0xcc, 0xdd};

/// A link whose other end is nobody one would want, and what holds whatever that one does.
/// @tparam Decisions  test::Random, or what stands in for it.
template <typename Decisions>
class Stranger {
 public:
  /// @param make_authentication  null: the product's own.
  Stranger(Decisions random, unsigned seed, MakeAuthentication make_authentication)
      : random_(std::move(random)), engine_random_(seed) {
    link_ = make_authentication == nullptr
                ? std::make_unique<Link>(settings(), sink_, engine_random_)
                : std::make_unique<Link>(settings(), sink_, engine_random_, make_authentication);
    link_->start(now_);
    note();
  }

  [[nodiscard]] Decisions& decisions() { return random_; }
  [[nodiscard]] bool is_over() const { return link_->end().has_value(); }
  void step() {
    if (random_() % 4 == 0)
      wait();
    else if (random_() % 64 == 0)
      close();
    else
      send();
    check();
  }
  /// Whatever was, a link that is closed ends in a bounded time.
  void finish() {
    link_->close(now_);
    const Time closed = now_;
    while (!link_->end()) {
      ASSERT_NE(link_->next_deadline(), kNever);
      now_ = std::max(now_, link_->next_deadline());
      ASSERT_LE(now_ - closed, 5s);
      link_->poll(now_);
    }
  }

 private:
  LinkSettings settings() {
    LinkSettings settings;
    settings.is_concentrator = random_() % 2 == 0;
    settings.mru_octets = static_cast<std::uint16_t>(random_() % 3 == 0 ? 1500 : 1492);
    if (random_() % 2 == 0) settings.credentials = Credentials{"user", "secret"};
    settings.accepts = {config::AuthMethod::chap_md5, config::AuthMethod::pap};
    settings.password_of = [](const std::string&) { return std::optional<std::string>("secret"); };
    if (random_() % 2 == 0) settings.asks = config::AuthMethod::pap;
    if (random_() % 2 == 0) settings.offer = Ipv4Offer{{0xcb007101}, {0xc6336407}, {{0xc0000235}}};
    settings.rechallenge = 20s;
    return settings;
  }

  void wait() {
    const Time deadline = link_->next_deadline();
    now_ += random_() % 2 == 0 ? Time(1ms) * (random_() % 4000) : Time{1};
    if (random_() % 2 == 0 && deadline != kNever) now_ = std::max(now_, deadline);
    if (random_() % 4 == 0) link_->note_life(now_);
    const bool is_due = now_ >= deadline;
    link_->poll(now_);
    const std::size_t out = note();
    ASSERT_LE(out, is_due ? 2 * kMostAnswers : 0u);
  }

  void close() {
    link_->close(now_);
    ASSERT_LE(note(), 1u);
  }

  void send() {
    const std::uint16_t protocol = choose_protocol();
    const Octets packet = mutate(choose_packet(protocol));
    const auto ignored = link_->ignored();
    link_->receive(protocol, memory().place(packet), now_);
    ASSERT_LE(note(), kMostAnswers);
    ASSERT_GE(link_->ignored(), ignored);
  }

  std::uint16_t choose_protocol() {
    static const std::vector<std::uint16_t> kProtocols{kLcp,    kLcp, kLcp,  kIpcp,  kIpcp, kIpv6cp,
                                                       kIpv6cp, kPap, kChap, 0x80fd, 0x21,  0x57};
    return random_() % 50 == 0 ? static_cast<std::uint16_t>(random_()) : random_.one_of(kProtocols);
  }

  /// Half of the packets answer what the link asked last, so that it gets somewhere.
  Octets choose_packet(std::uint16_t protocol) {
    if (!last_.empty() && random_() % 16 == 0) return last_;  // the line is looped
    if (protocol == kLcp && random_() % 8 == 0)
      return control(random_() % 2 == 0 ? kEchoRep : kEchoReq, echo_, kMagic);
    const auto request = requests_.find(protocol);
    if (request != requests_.end() && random_() % 2 == 0) {
      static const Octets kAnswers{kConfAck, kConfAck, kConfAck, kConfNak, kConfRej, kEchoRep};
      return control(random_.one_of(kAnswers), request->second[1], data_of(request->second));
    }
    if (protocol == kPap || protocol == kChap)
      return control(static_cast<std::uint8_t>(random_() % 5), random_.octet(), choose_proof());
    const auto code = static_cast<std::uint8_t>(random_() % 8 == 0 ? random_.octet() : random_() % 14);
    switch (code) {
      case kConfReq:
        return control(code, random_.octet(), good_options(protocol));
      case kCodeRej:
        return control(code, random_.octet(), control(random_.octet(), 1));
      case kProtRej:
        return control(code, 1, test::be16(choose_protocol()));
      default:
        return control(random_() % 3 == 0 ? std::uint8_t{kConfReq} : code, random_.octet(), some_options());
    }
  }

  /// What stands in authentication packets: a text, name and password (PAP), or a value and a name (CHAP).
  Octets choose_proof() {
    switch (random_() % 3) {
      case 0:
        return octets_of("secret");
      case 1:
        return Octets{4} + octets_of("user") + lengthy(6) + octets_of("secret");
      default:
        return lengthy(16) + random_.octets(16) + octets_of("user");
    }
  }
  /// A length, now and then one more than there is.
  Octets lengthy(unsigned octets) {
    return {static_cast<std::uint8_t>(random_() % 4 == 0 ? octets + 1 : octets)};
  }

  Octets good_options(std::uint16_t protocol) {
    if (protocol == kIpcp) return option(3, {0xc6, 0x33, 0x64, 0x07});
    if (protocol == kIpv6cp) return option(1, random_.octets(8));
    return random_() % 3 == 0 ? option(5, kMagic) + option(3, {0xc0, 0x23}) : option(5, kMagic);
  }

  Octets some_options() {
    static const Octets kTypes{1, 2, 3, 5, 7, 8, 129, 131, 200};
    Octets options;
    for (unsigned count = random_() % 5; count > 0; --count)
      options = options + option(random_.one_of(kTypes), random_.octets(random_() % 10));
    return options;
  }

  Octets mutate(Octets packet) {
    if (random_() % 3 != 0) return packet;
    for (unsigned count = random_() % 3; count > 0 && !packet.empty(); --count)
      packet[random_() % packet.size()] = random_.octet();
    if (random_() % 4 == 0) packet.resize(random_() % (packet.size() + 1));
    if (random_() % 4 == 0) packet = packet + random_.octets(random_() % 40);
    if (random_() % 100 == 0) packet = packet + random_.octets(2000);
    return packet;
  }

  /// What went out since the last look; remembers the requests.
  std::size_t note() {
    const auto sent = sink_.take();
    for (const Sent& each : sent) {
      EXPECT_GE(each.information.size(), 4u);
      EXPECT_LE(each.information.size(), 1500u);
      EXPECT_EQ(test::get16(each.information, 2), each.information.size());
      last_ = each.information;
      if (each.information[0] == kEchoReq) echo_ = each.information[1];
      if (each.information[0] == kConfReq) requests_[each.protocol] = each.information;
    }
    return sent.size();
  }

  void check() {
    const Link::Phase phase = link_->phase();
    ASSERT_EQ(link_->end().has_value(), phase == Link::Phase::dead);
    if (phase != Link::Phase::network) {
      ASSERT_FALSE(link_->ipv4());
      ASSERT_FALSE(link_->ipv6());
    }
    ASSERT_GE(link_->mtu_octets(), 128);
    ASSERT_LE(link_->mtu_octets(), 1500);
    // Something is always due, unless echoes were refused by the peer.
    if (phase == Link::Phase::establish || phase == Link::Phase::terminate) {
      ASSERT_NE(link_->next_deadline(), kNever);
    }
  }

  static test::Guarded& memory() {
    static test::Guarded guarded(4096);
    return guarded;
  }

  Decisions random_;
  RepeatableRandom engine_random_;
  RecordingSink sink_;
  std::unique_ptr<Link> link_;
  std::map<std::uint16_t, Octets> requests_;
  Octets last_;
  std::uint8_t echo_ = 0;
  Time now_ = 1000s;
};

}  // namespace narrows::ppp
