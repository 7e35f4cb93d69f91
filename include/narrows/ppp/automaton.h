// SPDX-License-Identifier: BSD-3-Clause
/// The option negotiation automaton of PPP (RFC 1661 §4), shared by LCP, IPCP and IPv6CP, as the table that
/// the RFC prints. What the actions do is in control_protocol.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>

namespace narrows::ppp {

/// RFC 1661 §4.2, in the numbers of the table.
enum class State : std::uint8_t {
  initial,
  starting,
  closed,
  stopped,
  closing,
  stopping,
  req_sent,
  ack_rcvd,
  ack_sent,
  opened
};
inline constexpr std::size_t kStates = 10;

/// RFC 1661 §4.3, in the order of the table's rows.
enum class Event : std::uint8_t {
  up,
  down,
  open,
  close,
  to_plus,    ///< restart timer ran out, counter above 0
  to_minus,   ///< restart timer ran out, counter 0
  rcr_plus,   ///< acceptable Configure-Request
  rcr_minus,  ///< unacceptable Configure-Request
  rca,        ///< Configure-Ack
  rcn,        ///< Configure-Nak or Configure-Reject
  rtr,        ///< Terminate-Request
  rta,        ///< Terminate-Ack
  ruc,        ///< unknown code
  rxj_plus,   ///< Code-Reject or Protocol-Reject that does no harm
  rxj_minus,  ///< Code-Reject or Protocol-Reject of what cannot be done without
  rxr         ///< Echo-Request, Echo-Reply, Discard-Request
};
inline constexpr std::size_t kEvents = 16;

/// RFC 1661 §4.4, by its abbreviations.
enum class Action : std::uint8_t {
  tlu,  ///< This-Layer-Up
  tld,  ///< This-Layer-Down
  tls,  ///< This-Layer-Started
  tlf,  ///< This-Layer-Finished
  irc,  ///< Initialize-Restart-Count
  zrc,  ///< Zero-Restart-Count
  scr,  ///< Send-Configure-Request
  sca,  ///< Send-Configure-Ack
  scn,  ///< Send-Configure-Nak or -Reject
  str,  ///< Send-Terminate-Request
  sta,  ///< Send-Terminate-Ack
  scj,  ///< Send-Code-Reject
  ser   ///< Send-Echo-Reply
};

/// One cell of the table, read from the RFC's own notation ("irc,scr/6", "3r", "-") when compiling; what does
/// not follow it does not compile.
class Transition {
 public:
  constexpr Transition(const char* cell) {  // NOLINT(google-explicit-constructor): a table of literals
    std::string_view text(cell);
    if (text == "-") return;
    legal_ = true;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
      for (std::size_t at = 0; at < slash; at += kNameOctets + 1) add(text.substr(at, kNameOctets));
      text.remove_prefix(slash + 1);
    }
    next_ = static_cast<State>(text.at(0) - '0');
    if (text.size() > 1) footnote_ = text.at(1);
    if (text.size() > 2 || text[0] < '0' || text[0] > '9') throw std::invalid_argument("state");
  }

  /// Whether the event can happen in the state at all.
  [[nodiscard]] constexpr bool is_legal() const noexcept { return legal_; }
  [[nodiscard]] constexpr State next() const noexcept { return next_; }
  /// In the order of the table, which is the order they are carried out in.
  [[nodiscard]] constexpr std::span<const Action> actions() const noexcept {
    return std::span(actions_).first(count_);
  }
  [[nodiscard]] constexpr bool has(Action action) const noexcept {
    for (const Action each : actions())
      if (each == action) return true;
    return false;
  }
  /// 'r', 'p', 'x', or 0 without.
  [[nodiscard]] constexpr char footnote() const noexcept { return footnote_; }

 private:
  static constexpr std::size_t kNameOctets = 3;

  constexpr void add(std::string_view name) {
    constexpr std::array<std::string_view, 13> kNames{"tlu", "tld", "tls", "tlf", "irc", "zrc", "scr",
                                                      "sca", "scn", "str", "sta", "scj", "ser"};
    std::size_t found = 0;
    while (kNames.at(found) != name) ++found;
    actions_.at(count_++) = static_cast<Action>(found);
  }

  std::array<Action, 3> actions_{};
  std::uint8_t count_ = 0;
  State next_ = State::initial;
  char footnote_ = 0;
  bool legal_ = false;
};

/// RFC 1661 §4.1, in its two halves. '-' cannot happen. Footnotes:
///   r  restart option: not taken. Open in such a state does nothing but what the table says; a link that is
///      over is made anew.
///   p  passive option: not taken. Who does not answer is given up (tlf), not waited for.
///   x  crossed connection: as the table says. An Ack that only repeats one already taken does not come here.
// clang-format off
inline constexpr Transition kTransitions0To5[kEvents][6] = {
  //            0            1            2            3                4         5
  //            Initial      Starting     Closed       Stopped          Closing   Stopping
  /* Up    */ { "2",         "irc,scr/6", "-",         "-",             "-",      "-"      },
  /* Down  */ { "-",         "-",         "0",         "tls/1",         "0",      "1"      },
  /* Open  */ { "tls/1",     "1",         "irc,scr/6", "3r",            "5r",     "5r"     },
  /* Close */ { "0",         "tlf/0",     "2",         "2",             "4",      "4"      },

  /* TO+   */ { "-",         "-",         "-",         "-",             "str/4",  "str/5"  },
  /* TO-   */ { "-",         "-",         "-",         "-",             "tlf/2",  "tlf/3"  },

  /* RCR+  */ { "-",         "-",         "sta/2",     "irc,scr,sca/8", "4",      "5"      },
  /* RCR-  */ { "-",         "-",         "sta/2",     "irc,scr,scn/6", "4",      "5"      },
  /* RCA   */ { "-",         "-",         "sta/2",     "sta/3",         "4",      "5"      },
  /* RCN   */ { "-",         "-",         "sta/2",     "sta/3",         "4",      "5"      },

  /* RTR   */ { "-",         "-",         "sta/2",     "sta/3",         "sta/4",  "sta/5"  },
  /* RTA   */ { "-",         "-",         "2",         "3",             "tlf/2",  "tlf/3"  },

  /* RUC   */ { "-",         "-",         "scj/2",     "scj/3",         "scj/4",  "scj/5"  },
  /* RXJ+  */ { "-",         "-",         "2",         "3",             "4",      "5"      },
  /* RXJ-  */ { "-",         "-",         "tlf/2",     "tlf/3",         "tlf/2",  "tlf/3"  },

  /* RXR   */ { "-",         "-",         "2",         "3",             "4",      "5"      },
};
inline constexpr Transition kTransitions6To9[kEvents][4] = {
  //            6            7            8            9
  //            Req-Sent     Ack-Rcvd     Ack-Sent     Opened
  /* Up    */ { "-",         "-",         "-",         "-"             },
  /* Down  */ { "1",         "1",         "1",         "tld/1"         },
  /* Open  */ { "6",         "7",         "8",         "9r"            },
  /* Close */ { "irc,str/4", "irc,str/4", "irc,str/4", "tld,irc,str/4" },

  /* TO+   */ { "scr/6",     "scr/6",     "scr/8",     "-"             },
  /* TO-   */ { "tlf/3p",    "tlf/3p",    "tlf/3p",    "-"             },

  /* RCR+  */ { "sca/8",     "sca,tlu/9", "sca/8",     "tld,scr,sca/8" },
  /* RCR-  */ { "scn/6",     "scn/7",     "scn/6",     "tld,scr,scn/6" },
  /* RCA   */ { "irc/7",     "scr/6x",    "irc,tlu/9", "tld,scr/6x"    },
  /* RCN   */ { "irc,scr/6", "scr/6x",    "irc,scr/8", "tld,scr/6x"    },

  /* RTR   */ { "sta/6",     "sta/6",     "sta/6",     "tld,zrc,sta/5" },
  /* RTA   */ { "6",         "6",         "8",         "tld,scr/6"     },

  /* RUC   */ { "scj/6",     "scj/7",     "scj/8",     "scj/9"         },
  /* RXJ+  */ { "6",         "6",         "8",         "9"             },
  /* RXJ-  */ { "tlf/3",     "tlf/3",     "tlf/3",     "tld,irc,str/5" },

  /* RXR   */ { "6",         "7",         "8",         "ser/9"         },
};
// clang-format on

[[nodiscard]] constexpr const Transition& transition(Event event, State state) noexcept {
  constexpr auto kSplit = static_cast<std::size_t>(State::req_sent);
  const auto row = static_cast<std::size_t>(event);
  const auto column = static_cast<std::size_t>(state);
  return column < kSplit ? kTransitions0To5[row][column] : kTransitions6To9[row][column - kSplit];
}

/// "The states in which the Restart timer is running are identifiable by the presence of TO events"
/// (RFC 1661 §4.1).
[[nodiscard]] constexpr bool runs_restart_timer(State state) noexcept {
  return transition(Event::to_plus, state).is_legal();
}

}  // namespace narrows::ppp
