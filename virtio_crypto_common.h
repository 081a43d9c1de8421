/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the layers of the VIRTIO crypto driver share.
 *
 *   virtio_crypto_*_algs.c          tables, setkey, prepare and complete
 *   virtio_crypto_algs.c, _trial.c  what all tables share
 *   virtio_crypto_session.c         key -> {device, id, generation}
 *   virtio_crypto_dataq.c           one data queue; virtio_crypto_ctrlq.c: the other
 *   virtio_crypto_format.c          the bytes of requests and messages
 *   virtio_crypto_core.c, _device.c the module; a device and its life
 *   virtio_crypto_mgr.c             the choice among devices
 *
 * A request goes down these layers, its completion up.
 *
 * Locks, outermost first.  None is taken in hard interrupts, so that _bh is
 * enough; the interrupt handlers only mask their queue and schedule softirqs.
 *
 *   virtcrypto_device.lifecycle    mutex: one start, stop or change of state at a time
 *   virtcrypto_key.lock            a transform's key and its session pointers
 *   virtcrypto_session.lock        a session's state and the requests parked on it
 *   virtcrypto_device.sess_lock    a device's list of sessions
 *   virtcrypto_ctrlq.lock          the control queue's ring and messages
 *   virtcrypto_dataq.lock          a data queue's ring, backlog and requests
 *
 *   virtcrypto_key.redo, slow_redo held while software works, with none of these
 *
 * The last two of the table are leaves, and so is the manager's table lock, which is taken
 * under virtcrypto_key.lock.  Requests are completed with no lock held and
 * with bottom halves disabled.
 *
 * Who keeps whom: a transform holds its sessions, a session holds its device,
 * a request holds its session.  Nothing is freed while anything points at it:
 * a device that is unplugged stays behind as an empty object until the last
 * session has let go of it.
 */
#ifndef VIRTIO_CRYPTO_COMMON_H
#define VIRTIO_CRYPTO_COMMON_H

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/crypto.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/virtio.h>
#include <linux/workqueue.h>

#include "virtio_crypto_compat.h"
#include "virtio_crypto_wire.h"

struct dentry;
struct seq_file;
struct virtcrypto_device;
struct virtcrypto_row;
struct virtcrypto_session;

/*
 * More data queues than this and the device is refused: QEMU's limit for one
 * device, less the control queue.
 */
#define VIRTCRYPTO_MAX_DATAQS		1023

/*
 * A device that has not answered for so long gets no new keys; whether it has
 * failed is a matter of the parameter "timeout".  It is more than the watchdog
 * needs to find an answer whose interrupt was lost.
 */
#define VIRTCRYPTO_OVERDUE		(2 * HZ)

/* Algorithms that there may be in all tables together. */
#define VIRTCRYPTO_MAX_ROWS		128

/**
 * enum virtcrypto_form - how requests and messages of a service are laid out
 * @VIRTCRYPTO_FORM_LEGACY: padded to one length
 * @VIRTCRYPTO_FORM_REVISION_1: not padded
 * @VIRTCRYPTO_FORM_STATELESS: requests have room for a session's parameters
 *
 * See the head of virtio_crypto_wire.h.
 */
enum virtcrypto_form {
	VIRTCRYPTO_FORM_LEGACY,
	VIRTCRYPTO_FORM_REVISION_1,
	VIRTCRYPTO_FORM_STATELESS,
};

/**
 * enum virtcrypto_mode - who keeps the keys of services that have a choice
 * @VIRTCRYPTO_MODE_SESSIONS: the device, in sessions
 * @VIRTCRYPTO_MODE_STATELESS: the driver, each request brings its keys
 * @VIRTCRYPTO_MODE_AUTO: the driver, until a key has proved to be used
 */
enum virtcrypto_mode {
	VIRTCRYPTO_MODE_SESSIONS,
	VIRTCRYPTO_MODE_STATELESS,
	VIRTCRYPTO_MODE_AUTO,
};

/**
 * enum virtcrypto_guess - is a device QEMU's cryptodev-vhost-user?
 * @VIRTCRYPTO_GUESS_AUTO: its configuration tells
 * @VIRTCRYPTO_GUESS_YES: the administrator says so
 * @VIRTCRYPTO_GUESS_NO: the administrator says that it is not
 */
enum virtcrypto_guess {
	VIRTCRYPTO_GUESS_AUTO,
	VIRTCRYPTO_GUESS_YES,
	VIRTCRYPTO_GUESS_NO,
};

/**
 * enum virtcrypto_dev_state - what a device can be asked for
 * @VIRTCRYPTO_DEV_STOPPED: no queues: not probed yet, suspended or being reset
 * @VIRTCRYPTO_DEV_NOT_READY: queues are up, the device has HW_READY clear
 * @VIRTCRYPTO_DEV_READY: takes requests
 * @VIRTCRYPTO_DEV_FAILED: stalled, broken or asked for a reset; stopped, to be tried again
 * @VIRTCRYPTO_DEV_REMOVED: gone for good
 *
 * Changed only by virtcrypto_set_state() under the device's lifecycle mutex.
 *
 *   STOPPED <-> NOT_READY <-> READY     start, suspend, HW_READY
 *   NOT_READY, READY -> FAILED          watchdog, DEVICE_NEEDS_RESET
 *   FAILED -> NOT_READY, STOPPED        recovery, suspend
 *   any -> REMOVED                      remove
 */
enum virtcrypto_dev_state {
	VIRTCRYPTO_DEV_STOPPED,
	VIRTCRYPTO_DEV_NOT_READY,
	VIRTCRYPTO_DEV_READY,
	VIRTCRYPTO_DEV_FAILED,
	VIRTCRYPTO_DEV_REMOVED,
};

/**
 * struct virtcrypto_caps - a device's configuration, read and bounded at start
 * @nr_dataqs: data queues, 1 to VIRTCRYPTO_MAX_DATAQS
 * @services: bit mask of enum virtcrypto_service
 * @algos: for each service, a bit mask of algorithm numbers
 * @max_cipher_key_len: longest cipher key in bytes
 * @max_auth_key_len: longest key of a MAC in bytes
 * @max_size: limit for the variable-length parts of one data request together
 */
struct virtcrypto_caps {
	u32 nr_dataqs;
	u32 services;
	u64 algos[VIRTCRYPTO_NR_SERVICES];
	u32 max_cipher_key_len;
	u32 max_auth_key_len;
	u64 max_size;
};

/**
 * struct virtcrypto_params - what a session is for, but for its direction
 * @service: the service
 * @algo: the algorithm's number on the wire
 * @mac: of a chain, the number of the MAC that goes with the cipher @algo
 * @result_len: bytes of a hash, a MAC or a tag
 * @aad_len: of an AEAD, bytes of associated data in the first request
 * @key_len: bytes of the key of a cipher, an AEAD or a public-key algorithm
 * @auth_key_len: bytes of the key of a MAC; it follows the other
 * @key_type: public or private
 * @padding: of RSA, what pads messages
 * @hash: of RSA, what hashes messages to be signed
 * @curve: of ECDSA, the curve
 */
struct virtcrypto_params {
	u32 service;
	u32 algo;
	u32 mac;
	u32 result_len;
	u32 aad_len;
	u32 key_len;
	u32 auth_key_len;
	u32 key_type;
	u32 padding;
	u32 hash;
	u32 curve;
};

/**
 * struct virtcrypto_op - what a request is to do, but for the parameters
 * @code: the low byte of its opcode
 * @iv_len: bytes of iv
 * @src_len: bytes of source
 * @dst_len: bytes of destination
 * @aad_len: bytes of an AEAD's associated data, which follows the source
 * @result_len: bytes of a hash, a MAC or a tag
 * @cipher_start: of a chain, where the part of the source begins that is ciphered
 * @cipher_len: and its length
 */
struct virtcrypto_op {
	u8 code;
	u32 iv_len;
	u32 src_len;
	u32 dst_len;
	u32 aad_len;
	u32 result_len;
	u32 cipher_start;
	u32 cipher_len;
};

/**
 * struct virtcrypto_bh - a bottom half, see virtio_crypto_bh.c
 * @soft: runs in softirqs
 * @work: runs instead when it must not
 * @away: the work is queued or runs
 * @killed: virtcrypto_bh_kill() is at work: neither starts the other
 * @func: what it does
 */
struct virtcrypto_bh {
	struct vc_bh soft;
	struct work_struct work;
	bool away;
	bool killed;
	void (*func)(struct virtcrypto_bh *bh);
};

/**
 * struct virtcrypto_blame - in a trial of this the device stopped answering
 * @times: how often
 * @at: jiffies of the last time
 */
struct virtcrypto_blame {
	unsigned int times;
	unsigned long at;
};

/**
 * struct virtcrypto_dataq - one data queue
 * @lock: guards all below but @dev, @name, @bh and what start and stop set up
 * @vq: the virtqueue, valid while @running
 * @sg: scratch list, long enough for a whole ring, for the duration of one add
 * @max_descs: most descriptors of one request
 * @max_src: most bytes of source of one request
 * @max_inflight: most requests in the ring
 * @indirect: a request takes one place of the ring, its descriptors are elsewhere
 * @split: the iv has a descriptor of its own
 * @in_order: VIRTIO_F_IN_ORDER was negotiated
 * @had_len: the device has told a length other than 0
 * @failed: the device gave back a request without a status
 * @inflight: requests in the ring, the oldest first, and between them those that
 *	software has done and that are completed in their turn
 * @backlog: requests that wait for room in the ring, or for their turn
 * @nr_inflight: requests in the ring
 * @nr_backlog: requests of @backlog that wait for room
 * @nr_nowait: of these, those whose callers cannot be told to pause
 * @unkicked: requests in the ring that the device has not been told of
 * @progress: jiffies of the last completion, or of the first request after idleness
 * @running: requests may be added
 * @mute: no CPU is to use the queue: there are more queues than CPUs, or a
 *	trial has shown that it does not work; not under @lock
 * @blame: the device stopped answering in the queue's trial; not under @lock
 * @submitted: requests put on the ring
 * @completed: requests that the device gave back
 * @errors: of these, with a status other than OK
 * @notified: notifications sent
 * @backlogged: requests that had to wait
 * @refused: requests not accepted because the backlog was full
 * @bh: softirq half of the interrupt handler
 * @dev: the device
 * @name: the virtqueue's name
 */
struct virtcrypto_dataq {
	spinlock_t lock;		/* see above */
	struct virtqueue *vq;
	struct scatterlist *sg;
	unsigned int max_descs;
	unsigned int max_src;
	unsigned int max_inflight;
	bool indirect;
	bool split;
	bool in_order;
	bool had_len;
	bool failed;
	struct list_head inflight;
	struct list_head backlog;
	unsigned int nr_inflight;
	unsigned int nr_backlog;
	unsigned int nr_nowait;
	unsigned int unkicked;
	unsigned long progress;
	bool running;
	bool mute;
	struct virtcrypto_blame blame;
	u64 submitted;
	u64 completed;
	u64 errors;
	u64 notified;
	u64 backlogged;
	u64 refused;
	struct virtcrypto_bh bh;
	struct virtcrypto_device *dev;
	char name[24];
} ____cacheline_aligned_in_smp;

/**
 * struct virtcrypto_ctrlq - the control queue
 * @lock: guards all below but @bh and @dev
 * @vq: the virtqueue, valid while @running
 * @inflight: messages in the ring, the oldest first
 * @pending: messages that wait for room in the ring or for HW_READY, likewise
 * @late: messages in the ring whose owners have given up
 * @pending_late: the same of those that wait, all older than @pending
 * @indirect: a message takes one place of the ring
 * @running: messages may be sent
 * @ready: the device has HW_READY set; until then messages wait
 * @stalled: a message has timed out and the device has answered none since
 * @sent: messages put on the ring
 * @timeouts: messages that were not answered in time
 * @bh: softirq half of the interrupt handler
 * @dev: the device
 */
struct virtcrypto_ctrlq {
	spinlock_t lock;		/* see above */
	struct virtqueue *vq;
	struct list_head inflight;
	struct list_head pending;
	struct list_head late;
	struct list_head pending_late;
	bool indirect;
	bool running;
	bool ready;
	bool stalled;
	u64 sent;
	u64 timeouts;
	struct virtcrypto_bh bh;
	struct virtcrypto_device *dev;
};

/**
 * struct virtcrypto_ctrl_msg - one message on the control queue
 * @node: in one of the lists of virtcrypto_ctrlq
 * @queued: jiffies when it was sent
 * @event: told what becomes of the message, with bottom halves disabled:
 *	-ETIMEDOUT, at most once, when the answer is late and the buffers still
 *	are the device's; and in any case once, as the last thing, 0 for an
 *	answer or -ENODEV for a message that the device will not answer
 * @out: what the device reads
 * @out_len: its length
 * @in_len: length of what the device writes: the start of @result
 * @timed_out: @event has heard -ETIMEDOUT
 * @result: what the device writes, alone in its cache lines
 */
struct virtcrypto_ctrl_msg {
	struct list_head node;
	unsigned long queued;
	void (*event)(struct virtcrypto_ctrl_msg *msg, int err);
	void *out;
	unsigned int out_len;
	unsigned int in_len;
	bool timed_out;
	union {
		struct virtcrypto_wire_create_result create;
		struct virtcrypto_wire_destroy_result destroy;
	} result __aligned(CRYPTO_DMA_ALIGN);
} __aligned(CRYPTO_DMA_ALIGN);

/**
 * struct virtcrypto_device - one VIRTIO crypto device
 * @kref: one for probe..remove, one per session
 * @vdev: the virtio device; only what holds @lifecycle, runs from one of the
 *	works below or is between start and stop may use it
 * @node: in the manager's table
 * @number: of the device, in the order of probing
 * @numa_node: for the choice of a device
 * @name: for messages, good after removal too
 * @lifecycle: see the head of this file
 * @state: see enum virtcrypto_dev_state
 * @generation: rises whenever the sessions of before may be gone; a session of
 *	another generation is never used nor destroyed
 * @caps: what the device says that it can
 * @vhost_user: it is QEMU's cryptodev-vhost-user, behind which is DPDK
 * @forms: for each service, how its requests are laid out
 * @proven: the algorithms that a trial has shown to work, by their rows' numbers
 * @tails: of these, those that take lengths other than whole blocks
 * @stateful: of these, those whose keys are not all accepted with requests
 * @sessionless: of these, those that work only with keys in their requests
 * @judged: algorithms that need no trial now
 * @known: algorithms that have worked at any time
 * @blame: algorithms in whose trial the device stopped answering
 * @tail_blame: the same for lengths other than whole blocks
 * @blamed: the one of these, or of a queue, that was blamed last
 * @trial_worked: algorithms that worked in the present round of trials
 * @trial_rounds: rounds of trials since the device became ready
 * @trial_first: the algorithm whose trial comes first
 * @in_trial: a round is under way
 * @queues_tried: since the last start it was found out which queues work
 * @dataqs: the data queues, array of caps.nr_dataqs
 * @cpu_to_dataq: for each CPU the number of its data queue
 * @ctrlq: the control queue
 * @sess_lock: guards the fields up to @sess_evicted
 * @sessions: sessions that exist, or may exist, at the device
 * @nr_sessions: length of @sessions
 * @sess_limit: how many the device was seen to take
 * @sess_limit_until: jiffies when @sess_limit is forgotten
 * @sess_closed: no more sessions are made
 * @sess_created: sessions ever asked for
 * @sess_failed: sessions that the device refused, but for those of trials
 * @sess_evicted: idle sessions that gave way to others
 * @sess_given: since its last start the device has given a session
 * @sess_denied: since then it has refused one
 * @nr_bound: keys that are used with the device, with a session or without
 * @config_work: follows the device's status
 * @trial_work: tries the algorithms and registers them
 * @watchdog: looks for stalled requests while there are any
 * @recover_work: starts a failed device again
 * @attempts: recoveries since the device last proved well
 * @polls: looks at a device that is not ready, since it last was
 * @overdue: the device has been silent for a while, see VIRTCRYPTO_OVERDUE
 * @failures: times that the device was declared failed
 * @proven_at: jiffies of the last successful trial
 * @watched_at: jiffies when the watchdog last ran, or was set
 * @debugfs: the device's directory
 */
struct virtcrypto_device {
	struct kref kref;
	struct virtio_device *vdev;
	struct list_head node;
	unsigned int number;
	int numa_node;
	const char *name;

	struct mutex lifecycle;		/* see above */
	enum virtcrypto_dev_state state;
	u32 generation;

	struct virtcrypto_caps caps;
	bool vhost_user;
	enum virtcrypto_form forms[VIRTCRYPTO_NR_SERVICES];
	DECLARE_BITMAP(proven, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(tails, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(stateful, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(sessionless, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(judged, VIRTCRYPTO_MAX_ROWS);
	DECLARE_BITMAP(known, VIRTCRYPTO_MAX_ROWS);
	struct virtcrypto_blame blame[VIRTCRYPTO_MAX_ROWS];
	struct virtcrypto_blame tail_blame[VIRTCRYPTO_MAX_ROWS];
	struct virtcrypto_blame *blamed;
	unsigned int trial_worked;
	unsigned int trial_rounds;
	unsigned int trial_first;
	bool in_trial;
	bool queues_tried;

	struct virtcrypto_dataq *dataqs;
	u16 *cpu_to_dataq;
	struct virtcrypto_ctrlq ctrlq;

	spinlock_t sess_lock;		/* see above */
	struct list_head sessions;
	unsigned int nr_sessions;
	unsigned int sess_limit;
	unsigned long sess_limit_until;
	bool sess_closed;
	u64 sess_created;
	u64 sess_failed;
	u64 sess_evicted;
	bool sess_given;
	bool sess_denied;
	atomic_t nr_bound;

	struct work_struct config_work;
	struct delayed_work trial_work;
	struct delayed_work watchdog;
	struct delayed_work recover_work;
	unsigned int attempts;
	unsigned int polls;
	bool overdue;
	u64 failures;
	unsigned long proven_at;
	unsigned long watched_at;

	struct dentry *debugfs;
};

/**
 * struct virtcrypto_part - a stretch of a caller's list
 * @sg: the list
 * @skip: bytes of it that come before
 * @len: bytes
 */
struct virtcrypto_part {
	struct scatterlist *sg;
	unsigned int skip;
	unsigned int len;
};

/* Associated data that the hash wants in another order comes in three. */
#define VIRTCRYPTO_MAX_PARTS		3

/**
 * struct virtcrypto_req - a data request, of any algorithm
 * @node: in a queue's inflight list or backlog, or parked on a session
 * @notify_node: in the list of callers who are owed -EINPROGRESS
 * @base: the caller's request
 * @done: the algorithm's completion, with bottom halves disabled and no lock
 *	held; called exactly once for each request that was accepted.  0 is
 *	success; with any error the request may be done anew by software, unless
 *	@dirty
 * @sess: the session, held from when it is known to completion
 * @key: the transform's, if software may have to do the request
 * @key_seq: which of its keys it is for: virtcrypto_key.seq
 * @dataq: the queue to use, NULL for that of the CPU
 * @op: what to do
 * @src: what the device reads, behind the iv
 * @dst: what the device writes, before the result
 * @nr_src: parts of @src
 * @nr_dst: parts of @dst
 * @nents: entries of both that hold data
 * @bytes: bytes of both
 * @fixed: bytes of @header without the iv
 * @used: bytes that the device says it has written; 0 if that is not known
 * @queued: jiffies when it entered the ring, or when it was first overtaken
 * @overtaken: a later request was answered before
 * @err: what it is to be completed with, while the queue hands it back
 * @settled: software has done it, it only waits for its turn
 * @outcome: of @settled, what software said
 * @tail: the length is not a multiple of the cipher's block
 * @own_result: the device writes @op.result_len bytes to @result
 * @verifies: the device may find that the input is not authentic
 * @busy: the caller was told -EBUSY and is owed -EINPROGRESS
 * @dirty: it was in a ring: the device may have written to @dst
 * @iv: the iv
 * @header: header and body, read by the device
 * @header_iv: the same, and room for the iv behind them
 * @result: the hash or MAC, written by the device
 * @status: written by the device, with @result alone in its cache lines
 *
 * It lives in the context of the caller's request, which is DMA-able memory.
 */
struct virtcrypto_req {
	struct list_head node;
	struct list_head notify_node;
	struct crypto_async_request *base;
	void (*done)(struct virtcrypto_req *vr, int err);
	struct virtcrypto_session *sess;
	struct virtcrypto_key *key;
	unsigned int key_seq;
	struct virtcrypto_dataq *dataq;
	struct virtcrypto_op op;
	struct virtcrypto_part src[VIRTCRYPTO_MAX_PARTS];
	struct virtcrypto_part dst[VIRTCRYPTO_MAX_PARTS];
	u8 nr_src;
	u8 nr_dst;
	u8 fixed;
	bool tail;
	bool own_result;
	bool verifies;
	bool busy;
	bool dirty;
	unsigned int nents;
	u64 bytes;
	unsigned int used;
	unsigned long queued;
	bool overtaken;
	int err;
	bool settled;
	int outcome;
	u8 iv[VIRTCRYPTO_MAX_IV_SIZE];

	union {
		struct virtcrypto_wire_data header;
		u8 header_iv[VIRTCRYPTO_MAX_FIXED + VIRTCRYPTO_MAX_IV_SIZE];
	} __aligned(CRYPTO_DMA_ALIGN);

	u8 result[VIRTCRYPTO_MAX_RESULT_SIZE] __aligned(CRYPTO_DMA_ALIGN);
	u8 status;
} __aligned(CRYPTO_DMA_ALIGN);

/**
 * struct virtcrypto_session - a session at a device
 * @kref: for the memory: one while @users is not zero, one for the pointer in
 *	virtcrypto_slot, one for the device's list, one while @msg is on its way
 * @users: one for the slot, given up by virtcrypto_session_revoke(), and one
 *	per request; when it falls to zero the session is destroyed
 * @flags: see virtio_crypto_session.c
 * @lock: guards the fields up to @parked
 * @state: see virtio_crypto_session.c
 * @unused: @users has fallen to zero
 * @nr_parked: length of @parked
 * @parked: requests that wait for the session to be created
 * @parks: requests may wait for it
 * @dev: the device, held
 * @generation: of the device, before anything else of it was read
 * @id: the device's name for it, as it came: any 64 bits
 * @stateless: there is none at the device, each request brings @out, the keys
 * @form: how its requests are laid out
 * @params: what it is for; without the keys' lengths unless @stateless
 * @dir: its direction
 * @row: the algorithm's number among all tables
 * @trial: it is for a trial
 * @keys_len: bytes of @out if @stateless, else 0
 * @uses: requests that it was given to, if @stateless
 * @node: in virtcrypto_device.sessions
 * @last_used: jiffies of the last request
 * @rcu: readers may look at a session that is being freed
 * @msg: the message that creates it, later the one that destroys it
 * @out: buffer of @msg, or the keys
 */
struct virtcrypto_session {
	struct kref kref;
	atomic_t users;
	unsigned long flags;
	spinlock_t lock;		/* see above */
	int state;
	bool unused;
	unsigned int nr_parked;
	struct list_head parked;
	bool parks;
	struct virtcrypto_device *dev;
	u32 generation;
	__le64 id;
	bool stateless;
	enum virtcrypto_form form;
	struct virtcrypto_params params;
	u32 dir;
	unsigned int row;
	bool trial;
	unsigned int keys_len;
	atomic_t uses;
	struct list_head node;
	unsigned long last_used;
	struct rcu_head rcu;
	struct virtcrypto_ctrl_msg msg;
	u8 out[] __aligned(CRYPTO_DMA_ALIGN);
};

/**
 * struct virtcrypto_slot - where a key keeps its session for one direction
 * @sess: the session, or NULL; written under virtcrypto_key.lock
 * @former: the one before, if requests must not overtake each other; under the
 *	same lock
 * @retry_at: jiffies before which no new session is asked for, if @failures
 * @failures: attempts that failed in a row
 * @why: the error of the last one, never 0
 * @avoid: devices that have refused the key, see virtcrypto_device_bit()
 * @proved: the key is used so much that it deserves a session
 */
struct virtcrypto_slot {
	struct virtcrypto_session __rcu *sess;
	struct virtcrypto_session *former;
	unsigned long retry_at;
	unsigned int failures;
	int why;
	u64 avoid;
	bool proved;
};

/**
 * struct virtcrypto_key - a transform's key and the sessions made of it
 * @lock: guards the fields up to @slots
 * @row: the algorithm's number among all tables
 * @params: what sessions are made for
 * @dev: the device to use, NULL for the best that there is
 * @ordered: requests must not overtake each other
 * @set: there is a key, or none is wanted
 * @bytes: the keys, kept so that sessions can be made anew
 * @slots: sessions by direction: [0] encrypt, or the only one; [1] decrypt
 * @redo: read-locked while software does what a device has not done
 * @slow_redo: the same where that software sleeps; a kind of algorithms uses
 *	one of the two
 * @seq: changes before software gets another key, under @redo or @slow_redo
 */
struct virtcrypto_key {
	spinlock_t lock;		/* see above */
	unsigned int row;
	struct virtcrypto_params params;
	struct virtcrypto_device *dev;
	bool ordered;
	bool set;
	u8 *bytes;
	struct virtcrypto_slot slots[2];
	rwlock_t redo;			/* see above */
	struct rw_semaphore slow_redo;
	unsigned int seq;
};

static inline unsigned int
virtcrypto_keys_len(const struct virtcrypto_params *params)
{
	return params->key_len + params->auth_key_len;
}

/* virtio_crypto_bh.c */
void virtcrypto_bh_init(struct virtcrypto_bh *bh,
			void (*func)(struct virtcrypto_bh *bh));
void virtcrypto_bh_schedule(struct virtcrypto_bh *bh);
void virtcrypto_bh_kill(struct virtcrypto_bh *bh);

/* virtio_crypto_core.c */
extern unsigned int virtcrypto_timeout;
extern unsigned int virtcrypto_queue_limit;
extern unsigned int virtcrypto_notify_batch;
extern bool virtcrypto_indirect_desc;
extern bool virtcrypto_split_header;
extern bool virtcrypto_try_unadvertised;
extern bool virtcrypto_revision_1;
extern unsigned int virtcrypto_session_mode;
extern unsigned int virtcrypto_vhost_user;
extern unsigned int virtcrypto_cipher_priority;
extern unsigned int virtcrypto_ctr_priority;
extern unsigned int virtcrypto_hash_priority;
extern unsigned int virtcrypto_aead_priority;
extern unsigned int virtcrypto_chain_priority;
extern unsigned int virtcrypto_akcipher_priority;

/* virtio_crypto_device.c */
extern struct workqueue_struct *virtcrypto_wq;
extern struct workqueue_struct *virtcrypto_slow_wq;
int virtcrypto_devices_init(void);
void virtcrypto_devices_exit(void);
void virtcrypto_devices_wait(void);
bool virtcrypto_is_vhost_user(struct virtio_device *vdev);
struct virtcrypto_device *virtcrypto_device_alloc(struct virtio_device *vdev);
int virtcrypto_device_start(struct virtcrypto_device *dev);
void virtcrypto_device_restart(struct virtcrypto_device *dev);
void virtcrypto_device_stop(struct virtcrypto_device *dev);
void virtcrypto_device_remove(struct virtcrypto_device *dev);
void virtcrypto_device_changed(struct virtcrypto_device *dev);
unsigned long virtcrypto_timeout_jiffies(void);
const char *virtcrypto_state_name(struct virtcrypto_device *dev);
void virtcrypto_device_release(struct kref *kref);
void virtcrypto_watch(struct virtcrypto_device *dev);
void virtcrypto_watch_now(struct virtcrypto_device *dev);

static inline void virtcrypto_device_put(struct virtcrypto_device *dev)
{
	kref_put(&dev->kref, virtcrypto_device_release);
}

/* virtio_crypto_mgr.c */
void virtcrypto_mgr_add(struct virtcrypto_device *dev);
void virtcrypto_mgr_del(struct virtcrypto_device *dev);
struct virtcrypto_device *virtcrypto_mgr_get(unsigned int row,
					     const struct virtcrypto_params *params,
					     u64 avoid);
bool virtcrypto_device_takes(const struct virtcrypto_device *dev,
			     const struct virtcrypto_params *params);
bool virtcrypto_device_proves(struct virtcrypto_device *dev, u32 generation,
			      const unsigned long *judged,
			      const unsigned long *works,
			      const unsigned long *tails);
bool virtcrypto_device_offers(const struct virtcrypto_device *dev,
			      const struct virtcrypto_params *params);

/* One of 64 bits for a device; with more devices some share one. */
static inline u64 virtcrypto_device_bit(const struct virtcrypto_device *dev)
{
	return BIT_ULL(dev->number % 64);
}

/* The device has answered something; the watchdog sees what it has not. */
static inline void virtcrypto_device_heard(struct virtcrypto_device *dev)
{
	if (READ_ONCE(dev->overdue))
		WRITE_ONCE(dev->overdue, false);
}

static inline bool virtcrypto_device_proven(const struct virtcrypto_device *dev)
{
	return !bitmap_empty(dev->proven, VIRTCRYPTO_MAX_ROWS);
}

/* virtio_crypto_format.c */
unsigned int virtcrypto_format_create(struct virtcrypto_wire_create *out,
				      enum virtcrypto_form form,
				      const struct virtcrypto_params *p, u32 dir);
unsigned int virtcrypto_format_destroy(struct virtcrypto_wire_destroy *out,
				       enum virtcrypto_form form, u32 service,
				       __le64 id);
unsigned int virtcrypto_format_data(struct virtcrypto_wire_data *out,
				    enum virtcrypto_form form,
				    const struct virtcrypto_params *p, u32 dir,
				    const struct virtcrypto_op *op,
				    bool stateless, __le64 id);

/* virtio_crypto_ctrlq.c */
void virtcrypto_ctrlq_init(struct virtcrypto_ctrlq *cq,
			   struct virtcrypto_device *dev);
void virtcrypto_ctrlq_start(struct virtcrypto_ctrlq *cq, struct virtqueue *vq);
void virtcrypto_ctrlq_set_ready(struct virtcrypto_ctrlq *cq, bool ready);
void virtcrypto_ctrlq_close(struct virtcrypto_ctrlq *cq);
void virtcrypto_ctrlq_drop(struct virtcrypto_ctrlq *cq);
void virtcrypto_ctrlq_callback(struct virtqueue *vq);
int virtcrypto_ctrlq_send(struct virtcrypto_ctrlq *cq,
			  struct virtcrypto_ctrl_msg *msg, u32 generation);
bool virtcrypto_ctrlq_answers(const struct virtcrypto_ctrlq *cq);
bool virtcrypto_ctrlq_idle(struct virtcrypto_ctrlq *cq);
void virtcrypto_ctrlq_forgive(struct virtcrypto_ctrlq *cq, unsigned long gap);
bool virtcrypto_ctrlq_check(struct virtcrypto_ctrlq *cq, bool *busy,
			    bool *overdue);

/* virtio_crypto_session.c */
void virtcrypto_key_init(struct virtcrypto_key *key,
			 const struct virtcrypto_row *row);
int virtcrypto_key_set(struct virtcrypto_key *key,
		       const struct virtcrypto_params *params, const u8 *bytes,
		       gfp_t gfp);
void virtcrypto_key_changing(struct virtcrypto_key *key);
void virtcrypto_key_changing_slowly(struct virtcrypto_key *key);
void virtcrypto_key_forget(struct virtcrypto_key *key);
void virtcrypto_key_set_result_len(struct virtcrypto_key *key, u32 len);
void virtcrypto_key_wipe(struct virtcrypto_key *key);
int virtcrypto_key_submit(struct virtcrypto_key *key, u32 dir,
			  struct virtcrypto_req *vr);
int virtcrypto_key_settle(struct virtcrypto_key *key, u32 dir,
			  struct virtcrypto_req *vr, int err);
void virtcrypto_session_put_user(struct virtcrypto_session *sess);
void virtcrypto_session_revoke(struct virtcrypto_session *sess);
void virtcrypto_session_bad(struct virtcrypto_session *sess, bool lost);
void virtcrypto_sessions_destroy(struct virtcrypto_device *dev);
void virtcrypto_sessions_abandon(struct virtcrypto_device *dev);
bool virtcrypto_sessions_gone(struct virtcrypto_device *dev);

/* virtio_crypto_dataq.c */
int virtcrypto_dataqs_alloc(struct virtcrypto_device *dev);
void virtcrypto_dataqs_free(struct virtcrypto_device *dev);
void virtcrypto_dataqs_map(struct virtcrypto_device *dev);
int virtcrypto_dataq_start(struct virtcrypto_dataq *q, struct virtqueue *vq);
void virtcrypto_dataq_pause(struct virtcrypto_dataq *q);
void virtcrypto_dataq_resume(struct virtcrypto_dataq *q);
void virtcrypto_dataq_drop(struct virtcrypto_dataq *q);
void virtcrypto_dataq_callback(struct virtqueue *vq);
int virtcrypto_dataq_submit(struct virtcrypto_req *vr, bool accepted);
int virtcrypto_dataq_settle(struct virtcrypto_req *vr, int err);
void virtcrypto_req_resume(struct virtcrypto_req *vr);
void virtcrypto_req_finish(struct virtcrypto_req *vr, int err);
bool virtcrypto_dataq_idle(struct virtcrypto_dataq *q);
bool virtcrypto_dataq_check(struct virtcrypto_dataq *q, bool *busy,
			    bool *overdue);
void virtcrypto_dataq_forgive(struct virtcrypto_dataq *q, unsigned long gap);
void virtcrypto_req_init(struct virtcrypto_req *vr, struct virtcrypto_key *key,
			 void (*done)(struct virtcrypto_req *vr, int err));
int virtcrypto_req_src(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len);
int virtcrypto_req_dst(struct virtcrypto_req *vr, struct scatterlist *sg,
		       unsigned int skip, unsigned int len);
bool virtcrypto_req_spoiled(const struct virtcrypto_req *vr);

/* Can the caller be told to pause, with -EBUSY? */
static inline bool virtcrypto_req_may_wait(const struct virtcrypto_req *vr)
{
	return vr->base->flags & CRYPTO_TFM_REQ_MAY_BACKLOG;
}

static inline struct virtcrypto_dataq *
virtcrypto_this_dataq(struct virtcrypto_device *dev)
{
	unsigned int cpu = raw_smp_processor_id();

	return &dev->dataqs[READ_ONCE(dev->cpu_to_dataq[cpu])];
}

/* virtio_crypto_algs.c */
int virtcrypto_algs_init(void);
void virtcrypto_algs_exit(void);
bool virtcrypto_algs_trial(struct virtcrypto_device *dev, bool *again);
void virtcrypto_algs_show(struct seq_file *m);

/* virtio_crypto_trial.c */
bool virtcrypto_given_up(const struct virtcrypto_blame *blame);

/* virtio_crypto_debugfs.c */
void virtcrypto_debugfs_init(void);
void virtcrypto_debugfs_exit(void);
void virtcrypto_debugfs_add(struct virtcrypto_device *dev);
void virtcrypto_debugfs_del(struct virtcrypto_device *dev);

#endif /* VIRTIO_CRYPTO_COMMON_H */
