// SPDX-License-Identifier: BSD-3-Clause
#include "narrows/bench/syn_layouts.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "narrows/wire/tcp.h"

namespace narrows::bench {
namespace {

// Who says so: p0f 3 and pf.os are the signature files of p0f and of OpenBSD's pf, nmap its probes as
// documented in osscan2.cc; a program's own source by its name; an RFC for what it says the list looks like.
constexpr std::string_view kP0f = "p0f 3";
constexpr std::string_view kPf = "pf.os";
constexpr std::string_view kNmap = "nmap osscan2.cc";

struct Row {
  std::string_view name;
  std::string_view options;
  std::string_view source;
};

constexpr auto kRows = std::to_array<Row>({
    // Linux, and what runs on it
    {"Linux 2.0", "M1460", kP0f},
    {"Linux 2.4 to 6", "M1460,S,T,N,W7", kP0f},
    {"Linux over IPv6", "M1440,S,T,N,W7", kP0f},
    {"Linux, jumbo frames", "M8960,S,T,N,W7", kP0f},
    {"Linux, loopback", "M65495,S,T,N,W7", kP0f},
    {"Linux behind PPPoE", "M1452,S,T,N,W6", kP0f},
    {"Linux without timestamps", "M1460,N,N,S,N,W7", kP0f},
    {"Linux SYN-ACK, client without SACK", "M1460,N,N,T,N,W7", kP0f},
    {"Linux SYN-ACK, window scale alone", "M1460,N,W7", kP0f},
    {"Linux SYN-ACK, timestamps alone", "M1460,N,N,T", kP0f},
    {"Linux SYN-ACK, no window scale", "M1460,S,T", kP0f},
    {"Android", "M1400,S,T,N,W8", kP0f},
    {"Android on LTE over IPv6", "M1220,S,T,N,W9", kP0f},
    {"BaiduSpider", "M1460,S,N,N,N,N,N,N,N,N,N,N,N,W7", kP0f},
    {"Linux, TFO request", "M1460,S,T,N,W7,K34/2", "tcp_output.c, RFC 7413"},
    {"Linux, TFO cookie", "M1460,S,T,N,W7,K34/10", "tcp_output.c, RFC 7413"},
    {"Linux, TFO as an experiment", "M1460,S,T,N,W7,N,N,K254/12", "tcp_output.c, RFC 6994"},
    {"Linux, MPTCP v0 capable", "M1460,S,T,N,W7,K30/12", "RFC 6824"},
    {"Linux, MPTCP v1 capable", "M1460,S,T,N,W7,K30/4", "RFC 8684"},
    {"Linux, MPTCP join", "M1460,S,T,N,W7,K30/12", "RFC 8684"},
    {"Linux, MPTCP join SYN-ACK", "M1460,S,T,N,W7,K30/16", "RFC 8684"},
    {"BGP with MD5", "N,N,K19/18,M1460,N,N,S,N,W7", "tcp_output.c, RFC 2385"},
    {"BGP with TCP-AO", "M1460,S,T,N,W7,K29/16", "RFC 5925"},
    {"TCP-AO first", "K29/16,M1460,N,W7,S", "RFC 5925"},
    // Windows
    {"Windows 98 on dial-up", "M536,N,N,S", kPf},
    {"Windows 95", "M1460,N,W0,N,N,T0,N,N,S", kPf},
    {"Windows XP", "M1460,N,N,S", kP0f},
    {"Windows XP behind a VPN", "M1260,N,N,S", kPf},
    {"Windows XP, RFC 1323", "M1460,N,W0,N,N,T0,N,N,S", kPf},
    {"Windows 7 to 11", "M1460,N,W8,N,N,S", kP0f},
    {"Windows over IPv6", "M1440,N,W8,N,N,S", kP0f},
    {"Windows SYN-ACK with timestamps", "M1460,N,W8,S,T", kP0f},
    {"Windows, Websense", "M1380,N,N,T,N,W7", kP0f},
    {"Windows Server, TFO", "M1460,N,W8,N,N,S,K34/10,N,N", "RFC 7413"},
    // Apple
    {"Mac OS 7 to 8", "M1460,W0,E", kPf},
    {"Mac OS 9", "M1460,N,N,N,N", kPf},
    {"macOS, iOS", "M1460,N,W6,N,N,T,S,E", kP0f},
    {"iOS on LTE", "M1380,N,W6,N,N,T,S,E", kP0f},
    {"iOS, MPTCP", "M1460,N,W6,K30/12,N,N,T,S,E", "RFC 6824"},
    {"macOS SYN-ACK without timestamps", "M1460,N,W6,S,E", kP0f},
    // BSD and UNIX
    {"FreeBSD 8 to 14", "M1460,N,W6,S,T", kP0f},
    {"FreeBSD 4", "M1460,N,W0,N,N,T", kPf},
    {"NetBSD", "M1460,N,W3,S,N,N,N,N,T", "NetBSD tcp_output.c"},
    {"OpenBSD", "M1460,N,N,S,N,W3,N,N,T", kP0f},
    {"Solaris 8", "N,N,S,M1460", kPf},
    {"Solaris 8, RFC 1323", "N,W3,N,N,T0,N,N,S,M1460", kPf},
    {"Solaris 10", "M1460,N,W0,N,N,S", kP0f},
    {"Solaris 10 SYN-ACK", "N,N,T,M1460,N,W0,N,N,S", kP0f},
    {"AIX 4.3", "M512,N,W2,N,N,T", kPf},
    {"AIX 5.3", "M1460,N,W1,N,N,T,N,N,S", kPf},
    {"HP-UX 11", "M1460,W0,N", kPf},
    {"HP-UX 11 SYN-ACK", "M1460,N,N,S,W0,N,N,N,T", kP0f},
    {"OpenVMS, Tru64", "M1460,N,W0", kP0f},
    {"NetWare 6", "M1460,W0,N,S,N,N", kPf},
    // Devices
    {"Nintendo 3DS", "M1360,N,N,S", kP0f},
    {"PlayStation 2", "M1460", kPf},
    {"PlayStation 4", "M1460,N,W6,S,T", "a FreeBSD 9"},
    {"Dreamcast", "M536", kPf},
    {"printer server", "M1452", kPf},
    {"FortiGate", "W0,N,S,T,M1460", kPf},
    {"NetCache", "M1380,N,N,N,N,N,N,T", kPf},
    {"Inktomi crawler", "N,W1,M1460", kPf},
    {"Symbian", "M1360,T,S", kPf},
    {"Blackberry", "M1452,N,N,S,N,N,T", kP0f},
    {"lwIP", "M1460", "lwIP tcp_out.c"},
    {"lwIP with window scale and SACK", "M1460,N,W0,N,N,S", "lwIP tcp_out.c"},
    {"uIP, Contiki", "M346", kPf},
    {"VxWorks", "M1460,N,W0,N,N,T", "BSD/OS in pf.os"},
    // Scanners
    {"masscan, no options", "", "masscan templ-pkt.c"},
    {"zmap", "M1460", "zmap module_tcp_synscan.c"},
    {"nmap probe 1", "W10,N,M1460,T,S", kNmap},
    {"nmap probe 2", "M1400,W0,S,T,E", kNmap},
    {"nmap probe 3", "T,N,N,W5,N,M640", kNmap},
    {"nmap probe 4", "S,T,W10,E", kNmap},
    {"nmap probe 5", "M536,S,T,W10,E", kNmap},
    {"nmap probe 6", "M265,S,T", kNmap},
    {"nmap ECN probe", "W10,N,M1460,S,N,N", kNmap},
    {"p0f sendsyn", "M1331,N,E", kP0f},
    // What nobody should send, and some do
    {"two MSS", "M1460,N,N,S,M1400,N,W7", "contract 2.3"},
    {"MSS behind one NOP", "N,M1460,N,N,N", "contract 2.3"},
    {"MSS at an odd offset, twice", "N,M1460,M8960,N,N,N,S", "contract 2.3"},
    {"forty NOPs", "X01010101010101010101,X01010101010101010101,X01010101010101010101,X01010101010101010101",
     "contract 2.3"},
    {"MSS at the very end", "K253/36,M1460", "contract 2.3"},
    {"MSS of a wrong length", "X020305,M1460,N,W7", "contract 2.3"},
    {"length 0 behind the MSS", "M1460,X0800,T", "contract 2.3"},
    {"length beyond the header", "M1460,N,W7,X0828", "contract 2.3"},
    {"kind without a length", "M1460,N,N,N,K8", "contract 2.3"},
});

/// Puts one option list together, octet by octet.
class Writer {
 public:
  explicit Writer(SynLayout& layout) : layout_(layout) {}

  void put(unsigned octet) { layout_.octets.at(layout_.length++) = static_cast<std::uint8_t>(octet); }

  /// An option whose data does not matter to anybody here.
  void put_option(unsigned kind, unsigned length) {
    put(kind);
    put(length);
    for (unsigned i = 2; i < length; ++i) put(0x40 + i);
  }

  /// RFC 7323 §3.2: a SYN has no value to echo; nor has it one of its own (T0) from some hosts.
  void put_timestamps(unsigned value) {
    put(8);
    put(10);
    for (unsigned i = 0; i < 4; ++i) put(value);
    for (unsigned i = 0; i < 4; ++i) put(0);
  }

  void put_word(std::string_view word) {
    const std::string_view rest = word.substr(1);
    switch (word.front()) {
      case 'M':
        put(wire::kTcpOptionMss);
        put(wire::kTcpMssOctets);
        put(number(rest) >> 8);
        put(number(rest) & 0xff);
        break;
      case 'W':
        put(3);
        put(3);
        put(number(rest));
        break;
      case 'S':
        put_option(4, 2);
        break;
      case 'T':
        put_timestamps(rest.empty() ? 0x5a : 0);
        break;
      case 'N':
        put(wire::kTcpOptionNop);
        break;
      case 'E':
        put(wire::kTcpOptionEnd);
        break;
      case 'K':
        put_other(rest);
        break;
      default:  // X
        for (std::size_t i = 0; i < rest.size(); i += 2) put(number(rest.substr(i, 2), 16));
    }
  }

 private:
  static unsigned number(std::string_view digits, int base = 10) {
    unsigned value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    return value;
  }

  void put_other(std::string_view kind_and_length) {
    const std::size_t slash = kind_and_length.find('/');
    if (slash == std::string_view::npos)
      put(number(kind_and_length));
    else
      put_option(number(kind_and_length.substr(0, slash)), number(kind_and_length.substr(slash + 1)));
  }

  SynLayout& layout_;
};

SynLayout make_layout(const Row& row) {
  SynLayout layout{.name = row.name, .options = row.options, .source = row.source};
  Writer writer(layout);
  for (std::string_view left = row.options; !left.empty();) {
    const std::size_t comma = std::min(left.find(','), left.size());
    writer.put_word(left.substr(0, comma));
    left.remove_prefix(std::min(comma + 1, left.size()));
  }
  while (layout.length % 4 != 0) writer.put(wire::kTcpOptionEnd);
  return layout;
}

}  // namespace

std::span<const SynLayout> syn_layouts() {
  static const auto layouts = [] {
    std::array<SynLayout, kRows.size()> made;
    std::ranges::transform(kRows, made.begin(), make_layout);
    return made;
  }();
  return layouts;
}

std::vector<std::size_t> shuffled_syn_layouts(std::uint64_t seed) {
  std::vector<std::size_t> order(kRows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Fisher and Yates with a linear congruence (Knuth's constants): the same order with every library.
  for (std::size_t left = order.size(); left > 1; --left) {
    seed = seed * 6364136223846793005 + 1442695040888963407;
    std::swap(order[left - 1], order[(seed >> 33) % left]);
  }
  return order;
}

}  // namespace narrows::bench
