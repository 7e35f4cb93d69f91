// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "narrows/config/config.h"
#include "narrows/control/frame_sink.h"
#include "narrows/control/redial.h"
#include "narrows/control/session_specs.h"
#include "narrows/control/time.h"
#include "narrows/ppp/discovery_client.h"
#include "narrows/ppp/link.h"
#include "narrows/ppp/random.h"
#include "narrows/session/session.h"
#include "narrows/stats/control_events.h"
#include "narrows/stats/session_status.h"

namespace narrows::control {

/// What the client sessions of one box share; the references outlive them.
struct ClientSurroundings {
  const config::Config& config;
  FrameSink& sink;
  ppp::Random& random;
  stats::ControlCounters& counters;
};

/// One session that Narrows dials: discovery, then the PPP link, then hanging up and waiting for the next
/// try. Puts the engines' packets into frames; knows no other session.
class ClientSession : private ppp::PacketSink, private ppp::DiscoverySink {
 public:
  /// @param config  has a client. @param base  its VLANs, MACs and limits, no id.
  ClientSession(config::Session config, session::SessionSpec base, std::uint16_t index,
                const ClientSurroundings& surroundings);
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  enum class Stage : std::uint8_t { waiting, discovery, link, hanging_up };
  [[nodiscard]] Stage stage() const noexcept { return stage_; }
  /// While waiting: when the next try is due.
  [[nodiscard]] Time dial_at() const noexcept { return dial_at_; }
  /// Does nothing to a session that was dropped.
  void dial_now(Time now) noexcept {
    if (!dropped_) dial_at_ = now;
  }

  /// Another configuration, which asks for no other PPPoE session (SessionStep::change).
  void configure(const config::Session& config, session::SessionSpec base, Time now);

  void dial(Time now);
  /// Ends the session in good order; PADT follows at the latest after kGoodbye. In discovery: at once.
  void hang_up(Time now);
  /// The same on a user's request; it is not dialled again before redial().
  void drop(Time now);
  /// Ends the session, if need be, and dials as soon as that is done.
  void redial(Time now);
  /// Gives up what is being tried, for want of a line. A session that is up stays: the line may come back.
  void lose_line(Time now);

  /// @param source   of the frame. @param payload  behind the ethertype. @return whether it was this one's.
  bool handle_discovery(const wire::MacAddress& source, std::span<const std::uint8_t> payload, Time now);
  /// A PADT whose session id, source and VLANs are this session's.
  void handle_padt(Time now);
  void handle_ppp(std::uint16_t protocol, std::span<const std::uint8_t> information, Time now);
  /// Data came from the concentrator.
  void note_life(Time now);
  void poll(Time now);
  [[nodiscard]] Time next_deadline() const;

  /// What the data path should do now. Changes only inside the functions above.
  [[nodiscard]] session::SessionSpec spec() const;
  [[nodiscard]] stats::SessionStatus status() const;
  [[nodiscard]] std::optional<ppp::Ipv4Result> ipv4() const;
  /// The failure since the last call, if any.
  [[nodiscard]] std::optional<stats::SessionFailure> take_failure();

 private:
  void send(std::uint16_t protocol, std::span<const std::uint8_t> information) override;
  void send(const wire::MacAddress& destination, std::uint8_t code, std::uint16_t session_id,
            std::span<const std::uint8_t> tags) override;
  [[nodiscard]] ppp::DiscoverySettings discovery_settings() const;
  [[nodiscard]] std::uint16_t wanted_mru() const;
  void check_discovery(Time now);
  void open_link(Time now);
  void check_link(Time now);
  void fail(stats::SessionFailure failure, const std::string& words, Time now);
  void send_padt();
  void rest_until(Time dial_at);
  void rest_after_goodbye(Time now) { rest_until(std::exchange(redials_, false) ? now : kNever); }

  config::Session config_;
  session::SessionSpec base_;
  std::uint16_t index_;
  const ClientSurroundings& around_;
  Redial redial_;
  Stage stage_ = Stage::waiting;
  Time dial_at_{0};
  Time goodbye_until_{0};
  bool dropped_ = false;  ///< by a user: stays down
  bool redials_ = false;  ///< as soon as it has hung up
  std::optional<ppp::DiscoveryClient> discovery_;
  std::unique_ptr<ppp::Link> link_;
  ppp::DiscoveredSession found_;  ///< while there is a link
  std::optional<Time> up_since_;
  std::string last_error_;
  std::optional<stats::SessionFailure> last_failure_;
  std::optional<stats::SessionFailure> failure_;
  std::uint64_t dials_ = 0;
  std::uint64_t times_up_ = 0;
};

/// Host-Uniq of a session whose user gave none: random octets, then the session's index, so that answers find
/// their session at once. Nothing when it is not of that form.
[[nodiscard]] std::optional<std::size_t> session_of_host_uniq(std::span<const std::uint8_t> host_uniq);

}  // namespace narrows::control
