// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The back end's side of the vhost-user protocol; see vhost.h.
 *
 * Two front ends are known to work with it.  QEMU stops queues with GET_VRING_BASE and sends
 * SET_STATUS 0, both when the guest resets the device and when the whole guest is stopped
 * for a while.  User-Mode Linux does neither.  In all cases, a driver starts the device again
 * when the last queue, which is the control queue, starts at base 0.  User-Mode Linux's
 * interrupts are pipes: only write(2) works, and a full pipe is harmless.
 *
 * Queues are stopped, and their threads ended, before memory or the parts of their rings
 * change.  Only the descriptor for interrupts may be replaced while a queue runs.  The front
 * end, which has the old and the new one, has to check whether a last interrupt came on the
 * old one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "util.h"
#include "vhost.h"

enum {
	M_GET_FEATURES = 1,
	M_SET_FEATURES = 2,
	M_SET_OWNER = 3,
	M_RESET_OWNER = 4,
	M_SET_MEM_TABLE = 5,
	M_SET_VRING_NUM = 8,
	M_SET_VRING_ADDR = 9,
	M_SET_VRING_BASE = 10,
	M_GET_VRING_BASE = 11,
	M_SET_VRING_KICK = 12,
	M_SET_VRING_CALL = 13,
	M_SET_VRING_ERR = 14,
	M_GET_PROTOCOL_FEATURES = 15,
	M_SET_PROTOCOL_FEATURES = 16,
	M_GET_QUEUE_NUM = 17,
	M_SET_VRING_ENABLE = 18,
	M_SET_BACKEND_REQ_FD = 21,
	M_GET_CONFIG = 24,
	M_SET_CONFIG = 25,
	M_RESET_DEVICE = 34,
	M_VRING_KICK = 35,
	M_GET_MAX_MEM_SLOTS = 36,
	M_ADD_MEM_REG = 37,
	M_REM_MEM_REG = 38,
	M_SET_STATUS = 39,
	M_GET_STATUS = 40,
	M_MAX,
};

/* Messages from us to the front end */
#define B_CONFIG_CHANGE		2
#define B_VRING_CALL		4

#define FLAG_VERSION	1u
#define FLAG_REPLY	4u
#define FLAG_NEED_REPLY	8u

#define P_MQ		(1ull << 0)
#define P_REPLY_ACK	(1ull << 3)
#define P_BACKEND_REQ	(1ull << 5)
#define P_CONFIG	(1ull << 9)
#define P_RESET_DEVICE	(1ull << 13)
#define P_INBAND	(1ull << 14)
#define P_MEM_SLOTS	(1ull << 15)
#define P_STATUS	(1ull << 16)

#define F_INDIRECT	(1ull << 28)
#define F_EVENT_IDX	(1ull << 29)
#define F_PROTOCOL	(1ull << 30)
#define F_VERSION_1	(1ull << 32)
#define F_PACKED	(1ull << 34)
#define F_IN_ORDER	(1ull << 35)

/* Place 0 of both, in the first round */
#define PACKED_BEGIN	0x80008000u

#define STATUS_NEEDS_RESET	0x40u

#define VRING_NOFD	(1u << 8)
#define MAX_FDS		VHOST_MAX_REGIONS
#define CONFIG_HEADER	12
#define MAX_PAYLOAD	4096

/* The protocol uses the machine's byte order. */
struct message {
	uint32_t request, flags, size;
	uint8_t payload[MAX_PAYLOAD];
	int fds[MAX_FDS];
	unsigned int nr_fds;
};

static uint32_t word(const struct message *m, unsigned int offset)
{
	uint32_t v;

	memcpy(&v, m->payload + offset, sizeof(v));
	return v;
}

static uint64_t dword(const struct message *m, unsigned int offset)
{
	uint64_t v;

	memcpy(&v, m->payload + offset, sizeof(v));
	return v;
}

/*
 * Memory
 */

/* Our address of len bytes at addr, of the guest or of the front end, if in one region */
static void *find(const struct vhost *v, uint64_t addr, uint64_t len, bool user)
{
	unsigned int i;

	for (i = 0; i < v->nr_regions; i++) {
		const struct region *r = &v->regions[i];
		uint64_t at = addr - (user ? r->user : r->guest);

		if (at < r->size && len <= r->size - at)
			return r->mapped + r->offset + at;
	}
	return NULL;
}

static void *find_guest(void *opaque, uint64_t addr, uint64_t len)
{
	return find(opaque, addr, len, false);
}

static int map(struct vhost *v, const struct message *m, unsigned int offset, int fd)
{
	struct region *r = &v->regions[v->nr_regions];
	struct stat st;
	void *p;

	if (v->nr_regions == VHOST_MAX_REGIONS)
		return -1;
	*r = (struct region){
		.guest = dword(m, offset),
		.size = dword(m, offset + 8),
		.user = dword(m, offset + 16),
		.offset = dword(m, offset + 24),
	};
	if (r->size + r->offset < r->size)
		return -1;
	r->map_size = r->size + r->offset;
	if (fstat(fd, &st) || (st.st_size && r->map_size > (uint64_t)st.st_size)) {
		complain("a region of %llu bytes in a short file", (unsigned long long)r->map_size);
		return -1;
	}
	p = mmap(NULL, r->map_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (p == MAP_FAILED) {
		complain("cannot map %llu bytes of the guest's memory: %s",
			 (unsigned long long)r->map_size, strerror(errno));
		return -1;
	}
	r->mapped = p;
	v->nr_regions++;
	return 0;
}

static void unmap(struct vhost *v, unsigned int i)
{
	munmap(v->regions[i].mapped, v->regions[i].map_size);
	v->regions[i] = v->regions[--v->nr_regions];
}

/*
 * Queues
 */

/* Reads an eventfd that does not block; returns how often it was written to. */
static uint64_t drain(int fd)
{
	uint64_t n, sum = 0;

	while (read(fd, &n, sizeof(n)) == sizeof(n))
		sum += n;
	return sum;
}

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void send_backend(struct vhost *v, uint32_t request, const void *payload, uint32_t size)
{
	uint8_t buf[64];
	uint32_t header[3] = { request, FLAG_VERSION, size };

	memcpy(buf, header, sizeof(header));
	if (size)
		memcpy(buf + sizeof(header), payload, size);
	pthread_mutex_lock(&v->backend_lock);
	/* for UML it is a pipe, which does not support send(2) */
	if (v->backend_fd >= 0 && write(v->backend_fd, buf, sizeof(header) + size) < 0)
		trace("cannot notify the front end: %s", strerror(errno));
	pthread_mutex_unlock(&v->backend_lock);
}

void vhost_config_changed(struct vhost *v)
{
	send_backend(v, B_CONFIG_CHANGE, NULL, 0);
}

static void interrupt(struct vqueue *q)
{
	uint64_t one = 1;

	atomic_fetch_add(&q->signalled, 1);
	if (q->call >= 0) {
		if (write(q->call, &one, sizeof(one)) < 0 && errno != EAGAIN)
			trace("queue %u: no interrupt: %s", q->index, strerror(errno));
	} else if (q->vhost->protocol_features & P_INBAND) {
		uint32_t state[2] = { q->index, 0 };

		send_backend(q->vhost, B_VRING_CALL, state, sizeof(state));
	}
}

void vqueue_complete(struct vqueue *q, uint32_t id, uint16_t nr_descs, uint32_t written,
		     bool whole)
{
	ring_push(&q->ring, id, nr_descs, written, whole);
	q->given = true;
}

/* Sends an interrupt for what was given back since the last time, if the driver wants it. */
static void flush(struct vqueue *q)
{
	ring_flush(&q->ring);
	if (q->given && ring_wants_signal(&q->ring))
		interrupt(q);
	q->given = false;
}

void vqueue_wake(struct vqueue *q)
{
	uint64_t one = 1;

	if (write(q->wake, &one, sizeof(one)) < 0)
		trace("queue %u: cannot wake: %s", q->index, strerror(errno));
}

static bool busy(struct vqueue *q)
{
	return q->vhost->ops->busy(q->vhost->opaque, q);
}

/*
 * Takes all acceptable chains, but at most as many as the ring has, so that a fast driver
 * cannot keep us here; the lock is held.  One interrupt is sent for all of them.  Returns
 * whether there were any.
 */
static bool take(struct vqueue *q, struct chain *chain)
{
	struct vhost *v = q->vhost;
	uint32_t n;

	for (n = 0; n < q->ring.num && !busy(q) && ring_pop(&q->ring, chain) == 1; n++)
		v->ops->serve(v->opaque, q, chain);
	q->used = q->used || n;
	flush(q);
	return n;
}

/* Polls for a while, which saves the driver notifications. */
static void linger(struct vqueue *q, struct chain *chain)
{
	uint64_t end = now_us() + q->vhost->options.poll_us;

	while (q->live && now_us() < end) {
		if (take(q, chain))
			end = now_us() + q->vhost->options.poll_us;
		/* do not delay answers that are late on purpose any further */
		q->vhost->ops->poll(q->vhost->opaque, q);
		flush(q);
	}
}

static void *queue_thread(void *arg)
{
	struct vqueue *q = arg;
	struct vhost *v = q->vhost;
	struct chain chain = { 0 };
	struct pollfd fds[2];
	struct timespec t;
	int64_t wait;
	bool more;

	/* late answers must not be later than requested; the default slack is 50 us */
	prctl(PR_SET_TIMERSLACK, 1);
	while (q->live) {
		pthread_mutex_lock(&q->lock);
		ring_notifications(&q->ring, false);
		take(q, &chain);
		if (v->options.poll_us)
			linger(q, &chain);
		if (!busy(q)) {
			ring_notifications(&q->ring, true);
			/*
			 * Chains that were added before the driver saw that notifications
			 * are enabled came without a notification.  With the event index,
			 * notifications are enabled for one place in the ring.  If we take
			 * a chain now, the driver has passed that place and does not notify
			 * us of later chains.  So do not sleep, but enable them again.
			 */
			more = take(q, &chain);
			wait = v->ops->poll(v->opaque, q);
		} else {
			/* do not enable notifications for chains that would not be taken */
			wait = v->ops->poll(v->opaque, q);
			more = !busy(q);
		}
		flush(q);
		fds[0] = (struct pollfd){ .fd = q->kick, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = q->wake, .events = POLLIN };
		pthread_mutex_unlock(&q->lock);

		if (more)
			wait = 0;
		t = (struct timespec){ wait / 1000000, wait % 1000000 * 1000 };
		if (ppoll(fds, 2, wait < 0 ? NULL : &t, NULL) < 0 && errno != EINTR)
			break;
		if (fds[0].revents & POLLIN)
			atomic_fetch_add(&q->notified, drain(fds[0].fd));
		if (fds[1].revents & POLLIN)
			drain(fds[1].fd);
	}
	chain_free(&chain);
	return NULL;
}

/*
 * The front end assumes that all chains were given back, unless it has disconnected or
 * @forget is set: then nothing is written any more.
 */
static void queue_end(struct vqueue *q, bool forget)
{
	struct vhost *v = q->vhost;

	if (!q->live)
		return;
	q->live = false;
	vqueue_wake(q);
	pthread_join(q->thread, NULL);
	v->ops->stopped(v->opaque, q, forget || v->gone);
	flush(q);
	q->base = ring_base(&q->ring);
	ring_stop(&q->ring);
	trace("queue %u stopped at %#x", q->index, q->base);
}

static void queue_stop(struct vqueue *q)
{
	queue_end(q, false);
}

/* Finds the three parts of the ring; false if they do not exist or are not aligned. */
static bool find_ring(struct vqueue *q)
{
	struct ring *ring = &q->ring;
	uint64_t desc = 16ull * ring->num;
	uint64_t driver = ring->packed ? 4 : 6 + 2ull * ring->num;
	uint64_t device = ring->packed ? 4 : 6 + 8ull * ring->num;

	ring->desc = find(q->vhost, q->desc_addr, desc, true);
	ring->driver = find(q->vhost, q->driver_addr, driver, true);
	ring->device = find(q->vhost, q->device_addr, device, true);
	if (!ring->desc || !ring->driver || !ring->device) {
		complain("queue %u is not in shared memory", q->index);
		return false;
	}
	if ((uintptr_t)ring->desc % 16 || (uintptr_t)ring->driver % (ring->packed ? 4 : 2) ||
	    (uintptr_t)ring->device % 4) {
		complain("queue %u is not aligned", q->index);
		return false;
	}
	return true;
}

/* The data that a queue needs may arrive in any order. */
static void queue_start(struct vqueue *q)
{
	struct vhost *v = q->vhost;
	struct ring *ring = &q->ring;

	if (q->live || !q->have_size || !q->have_addr || !q->enabled ||
	    (q->kick < 0 && !(v->protocol_features & P_INBAND)))
		return;
	ring->queue = q->index;
	ring->packed = v->features & F_PACKED;
	ring->event_idx = v->features & F_EVENT_IDX;
	ring->indirect = v->features & F_INDIRECT;
	ring->in_order = v->features & F_IN_ORDER;
	ring->batches = ring->in_order && v->options.batches;
	ring->memory = (struct guest_memory){ find_guest, v };
	if (!find_ring(q))
		return;
	if (q->anew && q->index == v->options.nr_queues - 1)
		v->ops->fresh(v->opaque);
	if (q->anew)
		q->used = false;
	q->anew = false;
	if (ring_start(ring, q->base)) {
		complain("no memory for queue %u", q->index);
		return;
	}
	q->given = false;
	q->since = now_us();
	q->live = true;
	if (pthread_create(&q->thread, NULL, queue_thread, q)) {
		complain("no thread for queue %u", q->index);
		q->live = false;
		ring_stop(ring);
		return;
	}
	trace("queue %u starts: %u entries at %#x%s%s%s", q->index, ring->num, q->base,
	      ring->packed ? ", packed" : "", ring->event_idx ? ", event index" : "",
	      ring->indirect ? ", indirect" : "");
}

static void stop_all(struct vhost *v)
{
	unsigned int i;

	for (i = 0; i < v->options.nr_queues; i++)
		queue_stop(&v->queues[i]);
}

static void start_all(struct vhost *v)
{
	unsigned int i;

	for (i = 0; i < v->options.nr_queues; i++)
		queue_start(&v->queues[i]);
}

static void reset(struct vhost *v)
{
	unsigned int i;

	stop_all(v);
	for (i = 0; i < v->options.nr_queues; i++) {
		struct vqueue *q = &v->queues[i];

		q->have_size = false;
		q->have_addr = false;
		q->enabled = false;
	}
}

/*
 * Messages
 */

static void close_fds(struct message *m)
{
	while (m->nr_fds)
		close(m->fds[--m->nr_fds]);
}

/* 1; 0 if the front end has disconnected; -1 if it broke the protocol */
static int receive(struct vhost *v, struct message *m)
{
	uint8_t control[CMSG_SPACE(sizeof(m->fds))];
	struct iovec iov = { m, 12 };
	struct msghdr header = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	ssize_t n;

	m->nr_fds = 0;
	do {
		n = recvmsg(v->fd, &header, MSG_WAITALL | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n;
	for (c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		m->nr_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(m->fds, CMSG_DATA(c), m->nr_fds * sizeof(int));
	}
	if (n != 12 || m->size > MAX_PAYLOAD || (m->flags & 3) != FLAG_VERSION) {
		complain("message %u of %u bytes, flags %#x: not vhost-user", m->request, m->size,
			 m->flags);
		close_fds(m);
		return -1;
	}
	if (m->size && recv(v->fd, m->payload, m->size, MSG_WAITALL) != (ssize_t)m->size) {
		close_fds(m);
		return -1;
	}
	return 1;
}

static int reply(struct vhost *v, struct message *m, const void *payload, uint32_t size)
{
	uint32_t header[3] = { m->request, FLAG_VERSION | FLAG_REPLY, size };
	struct iovec iov[2] = { { header, sizeof(header) }, { (void *)payload, size } };
	struct msghdr out = { .msg_iov = iov, .msg_iovlen = 2 };

	return sendmsg(v->fd, &out, MSG_NOSIGNAL) == (ssize_t)(sizeof(header) + size) ? 0 : -1;
}

static uint64_t offered_features(struct vhost *v)
{
	const struct vhost_options *o = &v->options;

	return v->ops->features(v->opaque) | F_VERSION_1 | F_PROTOCOL |
	       (o->no_indirect ? 0 : F_INDIRECT) | (o->no_event_idx ? 0 : F_EVENT_IDX) |
	       (o->packed ? F_PACKED : 0) | (o->in_order ? F_IN_ORDER : 0);
}

static int set_features(struct vhost *v, uint64_t features)
{
	uint64_t extra = features & ~offered_features(v);

	if (extra)
		violation(REQ_FEATURES, -1, "features %#llx were not offered",
			  (unsigned long long)extra);
	if (!(features & F_VERSION_1) && features & ~F_PROTOCOL)
		violation(REQ_FEATURES, -1, "VERSION_1 was not accepted");
	v->features = features;
	v->ops->negotiated(v->opaque, features & 0xffffff);
	trace("features %#llx", (unsigned long long)features);
	return 0;
}

static int set_mem_table(struct vhost *v, struct message *m)
{
	uint32_t i, nr = word(m, 0);
	int err = 0;

	if (nr > VHOST_MAX_REGIONS || nr != m->nr_fds || m->size < 8 + 32 * nr)
		return -1;
	stop_all(v);
	while (v->nr_regions)
		unmap(v, 0);
	for (i = 0; i < nr && !err; i++)
		err = map(v, m, 8 + 32 * i, m->fds[i]);
	start_all(v);
	return err;
}

static int add_region(struct vhost *v, const struct message *m)
{
	int err;

	if (m->nr_fds != 1)
		return -1;
	stop_all(v);
	err = map(v, m, 8, m->fds[0]);
	start_all(v);
	return err;
}

static int remove_region(struct vhost *v, const struct message *m)
{
	unsigned int i;
	int err = -1;

	stop_all(v);
	for (i = 0; i < v->nr_regions; i++) {
		if (v->regions[i].guest == dword(m, 8) && v->regions[i].size == dword(m, 16)) {
			unmap(v, i);
			err = 0;
			break;
		}
	}
	start_all(v);
	return err;
}

static struct vqueue *queue_of(struct vhost *v, uint32_t index)
{
	if (index >= v->options.nr_queues) {
		complain("no queue %u", index);
		return NULL;
	}
	return &v->queues[index];
}

/* SET_VRING_{KICK,CALL,ERR} */
static int set_fd(struct vhost *v, struct message *m)
{
	struct vqueue *q = queue_of(v, dword(m, 0) & 0xff);
	int fd = -1, *which;

	if (!q)
		return -1;
	if (!(dword(m, 0) & VRING_NOFD)) {
		if (m->nr_fds != 1)
			return -1;
		fd = m->fds[0];
		m->nr_fds = 0;
		/* UML blocks forever if a kick is read twice */
		set_nonblocking(fd);
	}
	which = m->request == M_SET_VRING_KICK ? &q->kick :
		m->request == M_SET_VRING_CALL ? &q->call : &q->err;
	if (m->request == M_SET_VRING_KICK)
		queue_stop(q);
	pthread_mutex_lock(&q->lock);
	close_fd(which);
	*which = fd;
	pthread_mutex_unlock(&q->lock);
	if (m->request == M_SET_VRING_KICK) {
		if (!(v->features & F_PROTOCOL))
			q->enabled = true;
		queue_start(q);
	}
	return 0;
}

static int set_num(struct vqueue *q, uint32_t num)
{
	if (!num || num > (q->vhost->options.ring_size ?: RING_MAX) ||
	    (num & (num - 1) && !(q->vhost->features & F_PACKED))) {
		complain("queue %u: %u entries are not possible", q->index, num);
		return -1;
	}
	queue_stop(q);
	q->ring.num = num;
	q->have_size = true;
	queue_start(q);
	return 0;
}

/*
 * The beginning of a packed ring is PACKED_BEGIN, and 0 for UML.  A running ring can reach
 * both of them, too, and the front end then gets them from GET_VRING_BASE.
 */
static int set_base(struct vqueue *q, uint32_t base)
{
	bool packed = q->vhost->features & F_PACKED;

	queue_stop(q);
	q->anew = !(q->told && q->used && q->base == base) &&
		  (!base || (packed && base == PACKED_BEGIN));
	q->told = false;
	q->base = packed && q->anew ? PACKED_BEGIN : base;
	queue_start(q);
	return 0;
}

static int set_addr(struct vqueue *q, const struct message *m)
{
	queue_stop(q);
	q->desc_addr = dword(m, 8);
	q->device_addr = dword(m, 16);
	q->driver_addr = dword(m, 24);
	q->have_addr = true;
	queue_start(q);
	return 0;
}

static int set_enable(struct vqueue *q, bool enable)
{
	struct vhost *v = q->vhost;

	/*
	 * UML does not report a reset with SET_STATUS.  This is the only sign of it, and by
	 * then the memory belongs to the driver again.
	 */
	if (!enable)
		queue_end(q, !(v->protocol_features & P_STATUS));
	q->enabled = enable;
	queue_start(q);
	return 0;
}

static int get_config(struct vhost *v, struct message *m)
{
	uint32_t offset = word(m, 0), size = word(m, 4);

	if (size > MAX_PAYLOAD - CONFIG_HEADER || m->size < CONFIG_HEADER)
		return -1;
	memset(m->payload + CONFIG_HEADER, 0, size);
	v->ops->config(v->opaque, offset, m->payload + CONFIG_HEADER, size);
	return reply(v, m, m->payload, CONFIG_HEADER + size);
}

static int answer(struct vhost *v, struct message *m, uint64_t value)
{
	return reply(v, m, &value, sizeof(value));
}

/* The smallest payload of a message */
static const uint8_t least[M_MAX] = {
	[M_SET_FEATURES] = 8, [M_SET_MEM_TABLE] = 8, [M_SET_VRING_NUM] = 8,
	[M_SET_VRING_ADDR] = 32, [M_SET_VRING_BASE] = 8, [M_GET_VRING_BASE] = 8,
	[M_SET_VRING_KICK] = 8, [M_SET_VRING_CALL] = 8, [M_SET_VRING_ERR] = 8,
	[M_SET_PROTOCOL_FEATURES] = 8, [M_SET_VRING_ENABLE] = 8, [M_GET_CONFIG] = 12,
	[M_SET_CONFIG] = 12, [M_VRING_KICK] = 8, [M_ADD_MEM_REG] = 40, [M_REM_MEM_REG] = 40,
	[M_SET_STATUS] = 8,
};

/*
 * Handles one message.  Return: 0; 1 if it was answered, and is not acknowledged; -1.
 */
static int handle(struct vhost *v, struct message *m)
{
	struct vqueue *q = NULL;
	uint32_t state[2];

	if (m->request >= M_MAX || m->size < least[m->request])
		return -1;
	switch (m->request) {
	case M_SET_VRING_NUM:
	case M_SET_VRING_ADDR:
	case M_SET_VRING_BASE:
	case M_GET_VRING_BASE:
	case M_SET_VRING_ENABLE:
	case M_VRING_KICK:
		q = queue_of(v, word(m, 0));
		if (!q)
			return -1;
		break;
	}
	switch (m->request) {
	case M_GET_FEATURES:
		return answer(v, m, offered_features(v)) ?: 1;
	case M_SET_FEATURES:
		return set_features(v, dword(m, 0));
	case M_SET_OWNER:
		return 0;
	case M_RESET_OWNER:
		reset(v);
		return 0;
	case M_RESET_DEVICE:
		reset(v);
		v->ops->fresh(v->opaque);
		return 0;
	case M_SET_MEM_TABLE:
		return set_mem_table(v, m);
	case M_SET_VRING_NUM:
		return set_num(q, word(m, 4));
	case M_SET_VRING_ADDR:
		return set_addr(q, m);
	case M_SET_VRING_BASE:
		return set_base(q, word(m, 4));
	case M_GET_VRING_BASE:
		queue_stop(q);
		q->have_addr = false;
		q->told = true;
		state[0] = q->index;
		state[1] = q->base;
		return reply(v, m, state, sizeof(state)) ?: 1;
	case M_SET_VRING_KICK:
	case M_SET_VRING_CALL:
	case M_SET_VRING_ERR:
		return set_fd(v, m);
	case M_GET_PROTOCOL_FEATURES:
		return answer(v, m, P_MQ | P_REPLY_ACK | P_BACKEND_REQ | P_CONFIG | P_RESET_DEVICE |
			      P_MEM_SLOTS | P_STATUS | (v->options.inband ? P_INBAND : 0)) ?: 1;
	case M_SET_PROTOCOL_FEATURES:
		v->protocol_features = dword(m, 0);
		return 0;
	case M_GET_QUEUE_NUM:
		return answer(v, m, v->options.nr_queues) ?: 1;
	case M_SET_VRING_ENABLE:
		return set_enable(q, word(m, 4));
	case M_SET_BACKEND_REQ_FD:
		if (m->nr_fds != 1)
			return -1;
		pthread_mutex_lock(&v->backend_lock);
		close_fd(&v->backend_fd);
		v->backend_fd = m->fds[0];
		m->nr_fds = 0;
		pthread_mutex_unlock(&v->backend_lock);
		return 0;
	case M_GET_CONFIG:
		return get_config(v, m) ?: 1;
	case M_SET_CONFIG:
		/* the driver must not write to any of it */
		return 0;
	case M_VRING_KICK:
		atomic_fetch_add(&q->notified, 1);
		vqueue_wake(q);
		return 0;
	case M_GET_MAX_MEM_SLOTS:
		return answer(v, m, VHOST_MAX_REGIONS) ?: 1;
	case M_ADD_MEM_REG:
		return add_region(v, m);
	case M_REM_MEM_REG:
		return remove_region(v, m);
	case M_SET_STATUS:
		v->status = dword(m, 0);
		if (!v->status)
			reset(v);
		return 0;
	case M_GET_STATUS:
		return answer(v, m, v->status) ?: 1;
	}
	complain("message %u is not known", m->request);
	return -1;
}

/* What vhost_disconnect() may shut down */
static void set_connection(struct vhost *v, int fd)
{
	pthread_mutex_lock(&v->backend_lock);
	v->fd = fd;
	if (fd < 0)
		close_fd(&v->backend_fd);
	pthread_mutex_unlock(&v->backend_lock);
}

bool vhost_disconnect(struct vhost *v)
{
	bool connected;

	pthread_mutex_lock(&v->backend_lock);
	connected = v->fd >= 0;
	if (connected)
		shutdown(v->fd, SHUT_RDWR);
	pthread_mutex_unlock(&v->backend_lock);
	return connected;
}

void vhost_need_reset(struct vhost *v)
{
	atomic_fetch_or(&v->status, STATUS_NEEDS_RESET);
	vhost_config_changed(v);
}

/* The front end has disconnected, so its guest's memory must not be written any more. */
static void hang_up(struct vhost *v)
{
	unsigned int i;

	v->gone = true;
	reset(v);
	v->gone = false;
	while (v->nr_regions)
		unmap(v, 0);
	for (i = 0; i < v->options.nr_queues; i++) {
		v->queues[i].told = false;
		close_fd(&v->queues[i].kick);
		close_fd(&v->queues[i].call);
		close_fd(&v->queues[i].err);
	}
	set_connection(v, -1);
	v->features = 0;
	v->protocol_features = 0;
	v->status = 0;
}

/* Handles a message, and acknowledges it if that is requested; 0, 1, or -1. */
static int serve_one(struct vhost *v, struct message *m)
{
	/*
	 * UML waits for this with interrupts disabled and must not wait for requests: an
	 * in-band kick only wakes a thread, which is fast.
	 */
	int err = handle(v, m);
	bool acknowledge = m->flags & FLAG_NEED_REPLY && v->protocol_features & P_REPLY_ACK;

	if (err < 0)
		complain("message %u of %u bytes, %u descriptors is refused", m->request, m->size,
			 m->nr_fds);
	if (err != 1 && acknowledge)
		err = answer(v, m, err < 0);
	close_fds(m);
	return err;
}

int vhost_serve(struct vhost *v, int fd)
{
	struct message *m = malloc(sizeof(*m));
	int err;

	if (!m)
		return -1;
	set_connection(v, fd);
	do {
		err = receive(v, m);
		if (err > 0)
			err = serve_one(v, m) < 0 ? -1 : 1;
	} while (err > 0);
	hang_up(v);
	free(m);
	return err;
}

int vhost_init(struct vhost *v, const struct vhost_ops *ops, void *opaque,
	       const struct vhost_options *options)
{
	unsigned int i;

	memset(v, 0, sizeof(*v));
	v->ops = ops;
	v->opaque = opaque;
	v->options = *options;
	v->fd = -1;
	v->backend_fd = -1;
	pthread_mutex_init(&v->backend_lock, NULL);
	v->queues = calloc(options->nr_queues, sizeof(*v->queues));
	if (!v->queues)
		return -1;
	for (i = 0; i < options->nr_queues; i++) {
		struct vqueue *q = &v->queues[i];

		q->vhost = v;
		q->index = i;
		q->kick = -1;
		q->call = -1;
		q->err = -1;
		q->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		pthread_mutex_init(&q->lock, NULL);
		if (q->wake < 0)
			return -1;
	}
	return 0;
}

void vhost_exit(struct vhost *v)
{
	unsigned int i;

	for (i = 0; i < v->options.nr_queues; i++)
		close_fd(&v->queues[i].wake);
	free(v->queues);
	v->queues = NULL;
}
