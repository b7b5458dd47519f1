/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "redis/advice.h"

/* The first entry whose text is in the error applies. */
static const kx_advice replies[] = {
  {"NOAUTH", "give a password in the redis URL, or redis_sentinel_password", false},
  {"WRONGPASS", "check user and password in the redis URL", false},
  {"ERR AUTH", "check user and password in the redis URL", false},
  {"ERR invalid password", "check the password in the redis URL", false},
  {"NOPERM", "grant the Redis user the commands and keys named in docs/redis.md", false},
  {"The user executing the script",
   "grant the Redis user the commands and keys named in docs/redis.md", false},
  {"READONLY", "it is a replica: point the redis option at the primary, or at sentinels", true},
  {"UNBLOCKED", "it has just become a replica: try again", true},
  {"OOM", "Redis is full: raise maxmemory, or make room with kinesis-exporter flush", false},
  {"MISCONF", "Redis cannot write its snapshot: look at its disk and log", false},
  {"NOREPLICAS", "bring its replicas back, or lower its min-replicas-to-write", false},
  {"BUSY", "a script or function runs there: wait, or end it with SCRIPT KILL", false},
  {"LOADING", "Redis is still loading its data: try again soon", false},
  {"WRONGTYPE", "a key of the exporter holds another type: docs/redis.md lists the keys", false},
  {"ERR DB index", "check the database number in the redis URL", false},
  {"SELECT is not allowed", "a cluster has only database 0: correct the redis URL", false},
  {"MASTERDOWN", "this replica has lost its primary: point the redis option at the primary", true},
  {"CLUSTERDOWN", "the cluster is not serving: see CLUSTER INFO", false},
  {"CROSSSLOT", "this is a Redis Cluster: set key_prefix to a hash tag, see docs/redis.md", false},
  {"MOVED",
   "its keys are on another cluster node: with a hash tag in key_prefix the next attempt goes "
   "there, see docs/redis.md",
   true},
  {"TRYAGAIN", "the hash slot of the keys is being moved: try again later", false},
  {"ASK ", "the hash slot of the keys is being moved: try again later", false},
  {"", "see the Redis log", false},
};

const kx_advice *kx_advice_for_reply(const char *error) {
  const kx_advice *advice = replies;
  while (strstr(error, advice->error) == NULL)
    advice++;
  return advice;
}

const char *kx_advice_for_connection(const char *why) {
  if (strstr(why, "Permission denied"))
    return "let this user open the socket (unixsocketperm in redis.conf, or its group)";
  return "check the redis option and that the server runs";
}
