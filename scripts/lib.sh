# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034 # the package lists are for the callers
# What the scripts here share: packages, build, network namespaces, and cleaning up whatever happens.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Meson calls ccache by itself where it is installed. Root's own cache is out of reach for as_owner; and the same
# source is the same at whatever place it lies, and with whatever precompiled headers.
export CCACHE_DIR=${CCACHE_DIR:-$root/build-ccache} CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
export CCACHE_SLOPPINESS=pch_defines,time_macros

# --- Debian packages: the one list ---

packages_build=(
  meson ninja-build pkg-config g++ libdpdk-dev libnuma-dev libyaml-cpp-dev libcli11-dev libcpp-httplib-dev
  nlohmann-json3-dev libssl-dev libfmt-dev libpcap-dev libgtest-dev libgmock-dev libbenchmark-dev
  libsystemd-dev
)
packages_demo=(iproute2 ethtool tcpdump curl python3 procps util-linux udhcpc)
packages_test=(
  clang libclang-rt-14-dev llvm ccache iputils-ping iputils-tracepath python3-scapy python3-pytest python3-pytest-xdist dpdk-dev prometheus python3-prometheus-client python3-yaml
  tshark python3-jsonschema chromium nftables iptables
  qemu-system-x86 cpio kmod udhcpc # what runs inside QEMU is downloaded: tests/support/virtual_machine.py
)
packages_lab=(dpdk-dev nftables iproute2 ethtool procps util-linux python3 python3-matplotlib)
packages_package=(dpkg-dev debhelper)
packages_package_test=(lintian mmdebstrap mandoc systemd strace zsh)
packages_arm64=(g++-aarch64-linux-gnu qemu-user-static)
packages_lint=(clang-format clang-tidy shellcheck cppcheck)

# --- messages ---

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
timed_step() { step "$(printf '%s (%d:%02d)' "$*" $((SECONDS / 60)) $((SECONDS % 60)))"; } # minutes since the start
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

is_root() { [[ $EUID -eq 0 ]]; }
need_root() { is_root || die "needs root for network namespaces: sudo $0"; }

# quietly COMMAND…: shows what it printed only when it failed.
quietly() {
  local log status=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 </dev/null || status=$?
  ((status == 0)) || cat "$log" >&2
  rm -f "$log"
  return "$status"
}

# --- what is looked at in the sources ---

check_shell_scripts() {
  shellcheck -x "$root"/scripts/{arm64,lib.sh,demo,judge,test,dev,fuzz,package,stress,proof,lab/run} "$root/.ci/run" \
    "$root"/tests/support/{dhcp_event,pppoe_server/*} "$root"/debian/narrows.{postinst,prerm,postrm} \
    "$root/conf/completions/narrows"
}

# What is left off, and why, stands in tests/cppcheck.txt.
run_cppcheck() {
  cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --std=c++20 --language=c++ \
    --suppressions-list="$root/tests/cppcheck.txt" -j "$(nproc)" -I "$root/include" -I "$root/src" \
    "$root/src" "$root/include"
}

# run_clang_tidy DIRECTORY [OPTION…]: over the files on standard input, a zero octet behind each name, with the flags that
# each was compiled with in build directory DIRECTORY, in which it starts; as many at a time as there are CPUs.
run_clang_tidy() (
  cd "$root/$1"
  xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p . --extra-arg=-Wno-unknown-warning-option "${@:2}" \
    2> >(grep -v 'warnings\? generated\.$' >&2) # of other people's headers
)

# All that .clang-tidy asks for, over each source by itself: a quarter of an hour.
tidy_each_source() { find "$root/src" -name '*.cpp' -print0 | run_clang_tidy build; }

# The same but for what it follows along all paths, over what build-clang/ compiles together: a few minutes.
tidy_sources_together() {
  (cd "$root/build-clang" && printf '%s\0' src/*.p/*-unity*.cpp "$root"/src/*/*_{kernel,avx512}.cpp) |
    run_clang_tidy build-clang '--checks=-clang-analyzer-*,-bugprone-suspicious-include'
}

# --- installing ---

is_installed() { [[ $(dpkg-query -W -f='${Status}' "$1" 2>/dev/null) == "install ok installed" ]]; }

missing_packages() {
  local package
  for package in "$@"; do
    is_installed "$package" || printf '%s\n' "$package"
  done
}

# install PACKAGE…: with apt, only what is missing; says nothing when all is there.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  is_root || die "these packages are missing: ${missing[*]}; install them with apt, or run with sudo"
  say "installing ${#missing[@]} packages: ${missing[*]}"
  quietly apt_get update
  without_starting_services quietly apt_get install -y --no-install-recommends "${missing[@]}"
  # For promtool alone: the server is not wanted, now or after the next start of the machine.
  if [[ " ${missing[*]} " == *" prometheus "* ]] && [[ -d /run/systemd/system ]]; then
    systemctl disable --quiet prometheus || true
  fi
}

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"; }

# Debian asks this program before a package starts its service (invoke-rc.d(8)); 101 means no.
without_starting_services() {
  local status=0
  if [[ -e /usr/sbin/policy-rc.d ]]; then
    "$@"
    return
  fi
  temporary_policy=/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit 101\n' >"$temporary_policy"
  chmod +x "$temporary_policy"
  "$@" || status=$?
  remove_policy
  return "$status"
}

temporary_policy=""
remove_policy() {
  [[ -z $temporary_policy ]] || rm -f "$temporary_policy"
  temporary_policy=""
}

# --- building ---

# as_owner COMMAND…: under sudo, as the user whose checkout this is, so that nothing there becomes root's.
as_owner() {
  local where=$root uid
  [[ ! -d $root/build ]] || where=$root/build
  uid=$(stat -c %u "$where")
  if is_root && ((uid != 0)); then
    setpriv --reuid="$uid" --regid="$(stat -c %g "$where")" --clear-groups -- "$@"
  else
    "$@"
  fi
}

# configure DIRECTORY [MESON-OPTION…]: once.
configure() {
  local directory=$root/$1
  shift
  [[ -f $directory/build.ninja ]] || as_owner meson setup "$directory" "$root" "$@"
}

# build DIRECTORY [MESON-OPTION…]: the program and its tests.
build() {
  configure "$@"
  as_owner ninja -C "$root/$1"
}

# configure_clang DIRECTORY [MESON-OPTION…]: with ten sources of src/ a compilation (unity), which takes a third of the
# time; there a source has with it what its neighbours permit themselves of DPDK.
configure_clang() {
  local directory=$1
  shift
  CC=clang CXX=clang++ configure "$directory" --buildtype=plain -Db_lundef=false -Dunity=on -Dunity_size=10 \
    "-Dcpp_args=['-gline-tables-only', '-DALLOW_EXPERIMENTAL_API=']" "$@"
}

# What build-clang/ is made with: sanitizers, the fuzz targets, which steer by coverage, and counts of lines that ran.
build_clang() {
  configure_clang build-clang -Doptimization=1 -Db_sanitize=address,undefined -Dfuzz=true -Dcoverage=true
  as_owner ninja -C "$root/build-clang" "$@"
}

# with_sanitizers COMMAND…: tests of build-clang/ end at the first thing found; lines that ran are counted anew.
with_sanitizers() {
  rm -rf "$root/build-clang/profiles"
  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 LLVM_PROFILE_FILE=$root/build-clang/profiles/%p.profraw "$@"
}

# Of the thread sanitizer's build, what runs in several threads alone.
build_thread_tests() {
  configure_clang build-tsan -Doptimization=0 -Db_sanitize=thread
  as_owner ninja -C "$root/build-tsan" tests/threads/thread_tests
}

run_thread_tests() {
  as_owner env TSAN_OPTIONS=halt_on_error=1 "$root/build-tsan/tests/threads/thread_tests"
}

# The program alone, into build/.
build_program() {
  configure build
  as_owner ninja -C "$root/build" src/narrows
}

# --- processes and namespaces, gone at the end ---

processes=()
namespaces=()
work=""

# Call once, before anything is installed or started: a directory for logs, and the promise to leave nothing behind.
clean_up_at_exit() {
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
  work=$(mktemp -d)
}

clean_up() {
  local status=$?
  trap '' INT TERM HUP
  stop_processes
  local namespace
  for namespace in "${namespaces[@]}"; do
    ip netns del "$namespace" 2>/dev/null || true
  done
  namespaces=()
  # Run-time and state files of a program whose configuration is named after this process.
  rm -rf /var/run/dpdk/*-"$$"-*
  rm -f /var/lib/narrows/*-"$$"-*
  remove_policy
  [[ -z $work ]] || rm -rf "$work"
  # When an interrupt comes while bash reads a $(…), it cannot read the words of the trap, and ends with 2 at once.
  ((status != 2)) || exit 130
}

# Ends what start_in started, newest first: first kindly, after 10 s with force.
stop_processes() {
  local i
  for ((i = ${#processes[@]} - 1; i >= 0; i--)); do
    stop_process "${processes[i]}"
  done
  processes=()
}

stop_process() {
  local pid=$1
  kill -TERM "$pid" 2>/dev/null || return 0
  for _ in {1..200}; do
    # A child that has ended and was not waited for yet is a zombie: that will do.
    [[ $(ps -o stat= -p "$pid") != [!Z]* ]] && break
    sleep 0.05
  done
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# add_namespace LABEL: its name, unique to this process, is $(namespace LABEL).
add_namespace() {
  namespaces+=("$(namespace "$1")")
  ip netns add "$(namespace "$1")"
  in_namespace "$1" sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
  in_namespace "$1" ip link set lo up
}

namespace() { printf 'narrows-%d-%s' "$$" "$1"; }

in_namespace() {
  local label=$1
  shift
  ip netns exec "$(namespace "$label")" "$@"
}

# start_in LABEL LOG COMMAND…: in the background; its process id is the last of `processes`.
start_in() {
  local label=$1 log=$2
  shift 2
  ip netns exec "$(namespace "$label")" "$@" >"$log" 2>&1 </dev/null &
  processes+=("$!")
}

# finish PROGRAM…: like calling it, but an interrupt is heeded at once instead of after its end.
finish() {
  local status=0
  "$@" </dev/null &
  processes+=("$!")
  wait "$!" || status=$?
  unset 'processes[-1]'
  return "$status"
}

# connect LABEL INTERFACE LABEL INTERFACE: a veth pair, up, without the offloads that hand over unfinished
# checksums and super-frames (a virtual interface leaves both to hardware that is not there).
connect() {
  ip link add "$2" netns "$(namespace "$1")" type veth peer name "$4" netns "$(namespace "$3")"
  set_up "$1" "$2"
  set_up "$3" "$4"
}

set_up() {
  in_namespace "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null
  in_namespace "$1" ip link set "$2" up
}

# give_addresses LABEL INTERFACE ADDRESS…
give_addresses() {
  local label=$1 interface=$2 address
  shift 2
  in_namespace "$label" sysctl -q -w "net.ipv6.conf.$interface.disable_ipv6=0" net.ipv6.conf.lo.disable_ipv6=0
  for address in "$@"; do
    in_namespace "$label" ip address add "$address" dev "$interface"
  done
}

# wait_until SECONDS COMMAND…: polls; fails when the time is over.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}
