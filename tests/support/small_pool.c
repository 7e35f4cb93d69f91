// SPDX-License-Identifier: BSD-3-Clause
// For LD_PRELOAD: packet buffer pools of no more than SMALL_POOL buffers, so that they can be used up.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

typedef void* (*Create)(const char*, unsigned, unsigned, uint16_t, uint16_t, int);

void* rte_pktmbuf_pool_create(const char* name, unsigned buffers, unsigned cache, uint16_t private_octets,
                              uint16_t room_octets, int socket) {
  const Create create = (Create)dlsym(RTLD_NEXT, "rte_pktmbuf_pool_create");
  const unsigned most = (unsigned)atoi(getenv("SMALL_POOL"));
  if (most < buffers) buffers = most;
  (void)cache;  // in none of its threads' caches is one left then
  return create(name, buffers, 0, private_octets, room_octets, socket);
}
