/* kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
 * SPDX-License-Identifier: MIT */

#include "control/lease.h"

#include "base/clock.h"
#include "control/flag.h"

enum { ASK_MS = 1000 };

static kx_status flag_answered(void *arg, const kx_reply *reply, kx_error *err) {
  kx_lease *lease = arg;
  (void)err;
  lease->off = lease->off || !kx_flag_is_on(reply);
  return KX_OK;
}

static kx_status renewal_answered(void *arg, const kx_reply *reply, kx_error *err) {
  kx_lease *lease = arg;
  lease->asked = false;
  if (kx_reply_integer(reply) != 1)
    return kx_fail(err, KX_LOST,
                   "the lock expired or was taken during the export: "
                   "raise lock_ttl_seconds if this machine stalls");
  lease->until_ms = lease->asked_ms + lease->lock->ttl_ms;
  return KX_OK;
}

kx_status kx_lease_ask(kx_lease *lease, kx_error *err) {
  kx_status status;
  if (lease->asked)
    return KX_OK;
  lease->asked = true;
  lease->asked_ms = kx_boot_ms();
  status = kx_flag_ask(lease->main, flag_answered, lease, err);
  if (status == KX_OK)
    status = kx_lock_renew(lease->lock, lease->main, renewal_answered, lease, err);
  return status;
}

kx_status kx_lease_mind(kx_lease *lease, kx_error *err) {
  int64_t now, every = lease->lock->ttl_ms / 4;
  bool reconnected;
  kx_status status = kx_keep_alive_mind(&lease->seen, lease->main, &reconnected, err);
  if (status != KX_OK)
    return status;
  now = kx_boot_ms();
  if (now > lease->until_ms)
    return kx_fail(err, KX_LOST,
                   "the lock was not renewed in time: "
                   "raise lock_ttl_seconds if this machine or Redis stalls");
  if (now - lease->asked_ms < (every < ASK_MS ? every : ASK_MS))
    return KX_OK;
  return kx_lease_ask(lease, err);
}

kx_status kx_lease_confirm(kx_lease *lease, kx_error *err) {
  kx_status status = kx_pipeline_drain(lease->main, err);
  if (status == KX_OK)
    status = kx_lease_ask(lease, err);
  return status == KX_OK ? kx_pipeline_drain(lease->main, err) : status;
}

static kx_status take(kx_lease *lease, const kx_slice *token, bool on, kx_outcome *outcome,
                      kx_error *err) {
  bool released;
  kx_status status = KX_OK;
  *outcome = KX_DISABLED;
  if (!on)
    return token != NULL ? kx_lock_release(lease->lock, lease->main, *token, &released, err)
                         : KX_OK;
  lease->asked_ms = kx_boot_ms();
  lease->until_ms = lease->asked_ms + lease->lock->ttl_ms;
  if (token != NULL)
    status = kx_lock_adopt(lease->lock, lease->main, *token, &lease->held, err);
  else
    status = kx_lock_acquire(lease->lock, lease->main, &lease->held, err);
  *outcome = lease->held ? KX_ALL : KX_LOCKED;
  return status;
}

kx_status kx_lease_take(kx_lease *lease, kx_redis *main, kx_lock *lock, const kx_slice *token,
                        kx_outcome *outcome, kx_error *err) {
  bool on = false;
  *lease = (kx_lease){.main = main, .lock = lock};
  kx_keep_alive_begin(&lease->seen, main);
  kx_status status = kx_flag_enabled(main, &on, err);
  return status == KX_OK ? take(lease, token, on, outcome, err) : status;
}

/* Answers that are still owed would write into the lease, so they are awaited or dropped. The
 * connection may be broken already: then the second attempt makes a new one. */
kx_status kx_lease_release(kx_lease *lease, kx_error *err) {
  const kx_slice token = kx_str(lease->lock->token);
  bool released;
  kx_status status;
  if (!lease->held)
    return KX_OK;
  lease->held = false;
  if (kx_pipeline_drain(lease->main, NULL) != KX_OK)
    kx_redis_reset(lease->main);
  status = kx_lock_release(lease->lock, lease->main, token, &released, err);
  if (status == KX_REDIS)
    status = kx_lock_release(lease->lock, lease->main, token, &released, err);
  return status;
}
