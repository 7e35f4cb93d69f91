// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "narrows/config/config.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/rate_limit.h"
#include "narrows/control/time.h"
#include "narrows/ppp/link.h"
#include "narrows/ppp/random.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/stats/session_status.h"

namespace narrows::control {

/// What the sessions of one concentrator share; the references outlive them.
struct ServedSurroundings {
  const config::Concentrator& config;
  FrameSink& sink;
  ppp::Random& random;
  stats::ControlCounters& counters;
};

/// A place for one session at the concentrator, with the addresses that belong to it: free, or some client's
/// from its PADS until its PADT. Puts the engines' packets into frames; knows no other session.
class ServedSession : private ppp::PacketSink {
 public:
  /// @param base  VLANs, MACs and limits, no id.
  ServedSession(session::SessionSpec base, std::uint16_t index, const ServedSurroundings& surroundings);
  ServedSession(const ServedSession&) = delete;
  ServedSession& operator=(const ServedSession&) = delete;

  [[nodiscard]] bool is_free() const noexcept { return link_ == nullptr; }

  /// The client is about to get its PADS.
  /// @param max_payload  granted (RFC 4638); 0: none.
  void open(std::uint16_t id, const wire::MacAddress& client, std::uint16_t max_payload, Time now);
  /// Ends the session in good order; PADT follows at the latest after kGoodbye.
  void hang_up(Time now);

  // The following only while not free.
  void handle_padt(Time now);
  /// IPv6 packets are those of the client to its own link.
  void handle_ppp(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now);
  /// Data came from the client.
  void note_life(Time now);
  void poll(Time now);

  [[nodiscard]] Time next_deadline() const;
  /// What the data path should do now. Changes only inside the functions above.
  [[nodiscard]] session::SessionSpec spec() const;
  [[nodiscard]] stats::SessionStatus status() const;
  /// The user's name as it was given; empty before.
  [[nodiscard]] const std::string& user() const;

  struct Ending {
    std::optional<stats::SessionFailure> failure;  ///< nothing: by hang_up()
    std::string words;                             ///< why, for the log
    std::uint16_t id = 0;
    wire::MacAddress client;
    std::string user;
  };
  /// The end of a session since the last call, if any.
  [[nodiscard]] std::optional<Ending> take_ending();

 private:
  void send(std::uint16_t protocol, std::span<const std::uint8_t> information) override;
  [[nodiscard]] ppp::LinkSettings link_settings(std::uint16_t max_payload) const;
  void start(Time now);
  void check_link(Time now);
  void end(std::optional<stats::SessionFailure> failure, const std::string& words, bool say_so);
  void handle_ipv6(std::span<const std::uint8_t> packet, Time now);
  void plan_advertisements(Time now);
  void advertise();

  session::SessionSpec base_;
  std::uint16_t index_;
  const ServedSurroundings& around_;
  std::unique_ptr<ppp::Link> link_;
  std::uint16_t id_ = 0;
  wire::MacAddress client_;
  bool started_ = false;
  Time start_at_{0};
  std::optional<Time> goodbye_until_;  ///< hanging up
  std::optional<Time> up_since_;
  Time advertise_at_ = kNever;
  unsigned early_advertisements_ = 0;
  RateLimit<4, 1> solicited_;  ///< advertisements that were asked for
  std::optional<Ending> ending_;
  std::string last_error_;
  std::optional<stats::SessionFailure> last_failure_;
  std::uint64_t calls_ = 0;
  std::uint64_t times_up_ = 0;
};

}  // namespace narrows::control
