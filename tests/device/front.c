// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * A small vhost-user front end; see front.h.
 *
 * The shared memory: for each queue 16 KiB with its ring and an indirect table, then a
 * buffer that the device reads and one that it writes.  A pattern around the latter shows
 * writes beyond it.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "front.h"
#include "util.h"
#include "vhost.h"

#define GUEST_BASE	0x100000000ull
#define QUEUE_AREA	16384
#define DRIVER_AT	(16 * FRONT_RING)
#define DEVICE_AT	4096
#define TABLE_AT	8192
#define GUARD		64

static void *serve(void *arg)
{
	struct front *f = arg;

	vhost_serve(device_vhost(f->device), f->server_fd);
	return NULL;
}

int front_message(struct front *f, uint32_t request, const void *payload, uint32_t size, int fd)
{
	uint32_t header[3] = { request, 1 | 8, size }, answer[3];
	struct iovec iov[2] = { { header, sizeof(header) }, { (void *)payload, size } };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };
	uint64_t failed = 1;

	if (fd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	if (sendmsg(f->fd, &m, MSG_NOSIGNAL) < 0)
		return -1;
	if (recv(f->fd, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer) ||
	    recv(f->fd, &failed, sizeof(failed), MSG_WAITALL) != sizeof(failed))
		return -1;
	return failed ? -1 : 0;
}

bool front_config(struct front *f, uint32_t offset, void *p, uint32_t size)
{
	uint32_t message[6] = { FRONT_GET_CONFIG, 1, 12, offset, size, 0 }, answer[6];

	if (send(f->fd, message, sizeof(message), MSG_NOSIGNAL) != sizeof(message) ||
	    recv(f->fd, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer))
		return false;
	return answer[2] == 12 + size && recv(f->fd, p, size, MSG_WAITALL) == (ssize_t)size;
}

uint64_t front_ask(struct front *f, uint32_t request, uint64_t payload)
{
	uint32_t message[5] = { request, 1, 8, payload, payload >> 32 }, answer[3];
	uint64_t value;

	if (send(f->fd, message, sizeof(message), MSG_NOSIGNAL) != sizeof(message) ||
	    recv(f->fd, answer, sizeof(answer), MSG_WAITALL) != sizeof(answer) ||
	    recv(f->fd, &value, sizeof(value), MSG_WAITALL) != sizeof(value))
		return UINT64_MAX;
	return value;
}

static uint8_t *queue_area(struct front *f, unsigned int queue)
{
	return f->memory + queue * QUEUE_AREA;
}

uint64_t front_guest(struct front *f, const void *p)
{
	return GUEST_BASE + ((const uint8_t *)p - f->memory);
}

uint8_t *front_desc(struct front *f, unsigned int queue)
{
	return queue_area(f, queue);
}

uint8_t *front_driver(struct front *f, unsigned int queue)
{
	return queue_area(f, queue) + DRIVER_AT;
}

uint8_t *front_device(struct front *f, unsigned int queue)
{
	return queue_area(f, queue) + DEVICE_AT;
}

uint8_t *front_buffers(struct front *f)
{
	return f->memory + (FRONT_QUEUES + 1) * QUEUE_AREA;
}

static uint8_t *out_buffer(struct front *f)
{
	return front_buffers(f);
}

static uint8_t *in_buffer(struct front *f)
{
	return out_buffer(f) + FRONT_BUFFER + GUARD;
}

uint32_t front_base(struct front *f, unsigned int i)
{
	struct front_queue *q = &f->queues[i];

	if (!f->packed)
		return q->used;
	return (q->used | q->used_wrap << 15) * 0x10001u;
}

int front_start_queue(struct front *f, unsigned int i, uint32_t base)
{
	struct front_queue *q = &f->queues[i];
	uint64_t addr[5] = { i, (uintptr_t)front_desc(f, i), (uintptr_t)front_device(f, i),
			     (uintptr_t)front_driver(f, i), 0 };
	uint32_t num[2] = { i, FRONT_RING }, bases[2] = { i, base }, enable[2] = { i, 1 };
	uint64_t index = i;

	return front_message(f, FRONT_SET_NUM, num, sizeof(num), -1) ?:
	       front_message(f, FRONT_SET_BASE, bases, sizeof(bases), -1) ?:
	       front_message(f, FRONT_SET_ADDR, addr, sizeof(addr), -1) ?:
	       front_message(f, FRONT_SET_CALL, &index, sizeof(index), q->call) ?:
	       front_message(f, FRONT_SET_KICK, &index, sizeof(index), q->kick) ?:
	       front_message(f, FRONT_SET_ENABLE, enable, sizeof(enable), -1);
}

int front_share(struct front *f)
{
	uint64_t table[5] = { 1, GUEST_BASE, f->size, (uintptr_t)f->memory, 0 };

	return front_message(f, FRONT_SET_MEM_TABLE, table, sizeof(table), f->memfd);
}

/* Connects to the device, and sets up everything that a driver sets up. */
static bool begin(struct front *f, bool anew)
{
	uint64_t protocol = 1ull << 0 | 1ull << 3 | 1ull << 5 | 1ull << 9 | 1ull << 16;
	struct timeval patience = { .tv_sec = 2 };
	uint64_t stale;
	uint32_t status;
	unsigned int i;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		return false;
	f->fd = fds[0];
	f->server_fd = fds[1];
	/* some invalid messages are not answered */
	setsockopt(f->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (pthread_create(&f->server, NULL, serve, f))
		return false;
	/* acknowledgements are enabled from here on */
	if (front_message(f, FRONT_SET_PROTOCOL, &protocol, sizeof(protocol), -1) ||
	    front_message(f, FRONT_SET_FEATURES, &f->features, sizeof(f->features), -1) ||
	    front_share(f))
		return false;
	for (i = 0; i < f->nr_queues; i++) {
		struct front_queue *q = &f->queues[i];

		if (anew) {
			memset(queue_area(f, i), 0, QUEUE_AREA);
			if (read(q->call, &stale, sizeof(stale)) == sizeof(stale))
				stale = 0;
			q->avail = 0;
			q->used = 0;
			q->avail_wrap = true;
			q->used_wrap = true;
		}
		if (i + 1 != f->skip && front_start_queue(f, i, anew ? 0 : front_base(f, i)))
			return false;
	}
	/* a driver has to read that the device is ready before it sends requests */
	return front_config(f, CFG_STATUS, &status, sizeof(status));
}

static void end(struct front *f)
{
	shutdown(f->fd, SHUT_RDWR);
	pthread_join(f->server, NULL);
	close(f->fd);
	close(f->server_fd);
}

struct front *front_new(const struct settings *settings, const struct vhost_options *ring,
			uint64_t features)
{
	struct front *f = calloc(1, sizeof(*f));
	unsigned int i;

	if (!f || settings->data_queues > FRONT_QUEUES)
		return NULL;
	f->nr_queues = settings->data_queues + 1;
	f->packed = ring->packed;
	f->pieces = 1;
	f->patience_ms = 3000;
	f->features = features | 1ull << 32 | 1ull << 30 | (f->packed ? 1ull << 34 : 0) |
		      (ring->no_indirect ? 0 : 1ull << 28);
	f->size = (FRONT_QUEUES + 1) * QUEUE_AREA + 2 * (FRONT_BUFFER + 2 * GUARD);
	f->memfd = memfd_create("front", MFD_CLOEXEC);
	if (f->memfd < 0 || ftruncate(f->memfd, f->size))
		return NULL;
	f->memory = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, f->memfd, 0);
	f->device = device_new(settings, ring);
	if (f->memory == MAP_FAILED || !f->device)
		return NULL;
	for (i = 0; i < f->nr_queues; i++) {
		f->queues[i].kick = eventfd(0, EFD_CLOEXEC);
		f->queues[i].call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	}
	return begin(f, true) ? f : NULL;
}

void front_free(struct front *f)
{
	unsigned int i;

	end(f);
	device_free(f->device);
	for (i = 0; i < f->nr_queues; i++) {
		close(f->queues[i].kick);
		close(f->queues[i].call);
	}
	munmap(f->memory, f->size);
	close(f->memfd);
	free(f);
}

/* Writes a descriptor at p; packed: link is the buffer's id. */
static void put_desc(struct front *f, uint8_t *p, uint64_t addr, uint32_t len, uint16_t flags,
		     uint16_t link)
{
	put_le64(p, addr);
	put_le32(p + 8, len);
	p[f->packed ? 12 : 14] = link;
	p[f->packed ? 13 : 15] = link >> 8;
	/* packed: write last what makes it available */
	__atomic_store_n((uint16_t *)(p + (f->packed ? 14 : 12)), flags, __ATOMIC_RELEASE);
}

/* Cuts a buffer into f->pieces; returns their number. */
static unsigned int cut(struct front *f, const uint8_t *buffer, size_t len, uint16_t flags,
			uint64_t *addr, uint32_t *lens, uint16_t *flag)
{
	unsigned int n = 0, left = f->pieces;
	size_t at = 0, size;

	while (at < len) {
		size = left > 1 ? (len - at) / left : len - at;
		if (!size)
			size = 1;
		addr[n] = front_guest(f, buffer + at);
		lens[n] = size;
		flag[n++] = flags;
		at += size;
		if (left > 1)
			left--;
	}
	return n;
}

static void offer(struct front *f, unsigned int queue, const uint64_t *addr,
		  const uint32_t *lens, const uint16_t *flags, unsigned int nr)
{
	struct front_queue *q = &f->queues[queue];
	uint8_t *area = queue_area(f, queue), *table = area + TABLE_AT;
	uint64_t one[1];
	uint32_t one_len[1];
	uint16_t one_flags[1], avail, used;
	unsigned int i, at;

	if (f->indirect) {
		for (i = 0; i < nr; i++)
			put_desc(f, table + 16 * i, addr[i], lens[i],
				 flags[i] | (!f->packed && i < nr - 1 ? 1 : 0), i + 1);
		one[0] = front_guest(f, table);
		one_len[0] = 16 * nr;
		one_flags[0] = 4;
		addr = one;
		lens = one_len;
		flags = one_flags;
		nr = 1;
	}
	if (!f->packed) {
		for (i = 0; i < nr; i++)
			put_desc(f, area + 16 * i, addr[i], lens[i],
				 flags[i] | (i < nr - 1 ? 1 : 0), i + 1);
		area[DRIVER_AT + 4 + 2 * (q->avail % FRONT_RING)] = 0;
		area[DRIVER_AT + 4 + 2 * (q->avail % FRONT_RING) + 1] = 0;
		__atomic_store_n((uint16_t *)(area + DRIVER_AT + 2), ++q->avail,
				 __ATOMIC_RELEASE);
		return;
	}
	/* the first one last, so that the chain becomes available as a whole */
	for (i = nr; i-- > 0;) {
		at = q->avail + i;
		avail = q->avail_wrap ? 1 << 7 : 0;
		used = q->avail_wrap ? 0 : 1 << 15;
		if (at >= FRONT_RING) {
			at -= FRONT_RING;
			avail ^= 1 << 7;
			used ^= 1 << 15;
		}
		put_desc(f, area + 16 * at, addr[i], lens[i],
			 flags[i] | avail | used | (i < nr - 1 ? 1 : 0), 7);
	}
	q->avail += nr;
	if (q->avail >= FRONT_RING) {
		q->avail -= FRONT_RING;
		q->avail_wrap = !q->avail_wrap;
	}
}

/* Returns the length that the device wrote, or -1 if the buffer was not given back. */
static int64_t taken_back(struct front *f, unsigned int queue, unsigned int nr)
{
	struct front_queue *q = &f->queues[queue];
	uint8_t *area = queue_area(f, queue), *p;
	uint16_t flags, idx;

	if (!f->packed) {
		idx = __atomic_load_n((uint16_t *)(area + DEVICE_AT + 2), __ATOMIC_ACQUIRE);
		if (idx == q->used)
			return -1;
		p = area + DEVICE_AT + 4 + 8 * (q->used++ % FRONT_RING);
		return le32(p + 4);
	}
	p = area + 16 * q->used;
	flags = __atomic_load_n((uint16_t *)(p + 14), __ATOMIC_ACQUIRE);
	if (!(flags & 1 << 7) != !q->used_wrap || !(flags & 1 << 15) != !q->used_wrap)
		return -1;
	q->used += f->indirect ? 1 : nr;
	if (q->used >= FRONT_RING) {
		q->used -= FRONT_RING;
		q->used_wrap = !q->used_wrap;
	}
	return le32(p + 8);
}

int64_t front_send(struct front *f, unsigned int queue, const uint8_t *out, size_t out_len,
		   uint8_t *in, size_t in_len)
{
	struct front_queue *q = &f->queues[queue];
	uint64_t addr[2 * FRONT_RING], one = 1;
	uint32_t lens[2 * FRONT_RING];
	uint16_t flags[2 * FRONT_RING];
	struct pollfd call = { .fd = q->call, .events = POLLIN };
	uint64_t end = now_us() + 1000 * f->patience_ms;
	unsigned int n;
	int64_t written = -1;

	memcpy(out_buffer(f), out, out_len);
	memset(in_buffer(f) - GUARD, FRONT_UNWRITTEN, in_len + 2 * GUARD);
	n = cut(f, out_buffer(f), out_len, 0, addr, lens, flags);
	n += cut(f, in_buffer(f), in_len, 2, addr + n, lens + n, flags + n);
	offer(f, queue, addr, lens, flags, n);
	if (write(q->kick, &one, sizeof(one)) != sizeof(one))
		return -1;
	/* wait for an interrupt, which is required; it may also come for no reason */
	while (written < 0 && now_us() < end && poll(&call, 1, f->patience_ms) == 1 &&
	       read(q->call, &one, sizeof(one)) == sizeof(one))
		written = taken_back(f, queue, n);
	memcpy(in, in_buffer(f), in_len);
	f->in_len = in_len;
	return written;
}

bool front_raw(struct front *f, unsigned int queue, const struct front_desc *descs,
	       unsigned int nr, uint16_t head, uint16_t count, int ms)
{
	struct front_queue *q = &f->queues[queue];
	uint8_t *area = queue_area(f, queue);
	struct pollfd call = { .fd = q->call, .events = POLLIN };
	uint16_t avail = q->avail_wrap ? 1 << 7 : 1 << 15;
	unsigned int i, at = f->packed ? q->avail : 0;
	uint64_t one = 1;

	for (i = nr; i-- > 0;)
		put_desc(f, area + 16 * ((at + i) % FRONT_RING), descs[i].addr, descs[i].len,
			 descs[i].flags | (f->packed ? avail : 0), descs[i].next);
	if (!f->packed) {
		area[DRIVER_AT + 4 + 2 * (q->avail % FRONT_RING)] = head;
		area[DRIVER_AT + 4 + 2 * (q->avail % FRONT_RING) + 1] = head >> 8;
		q->avail += count;
		__atomic_store_n((uint16_t *)(area + DRIVER_AT + 2), q->avail, __ATOMIC_RELEASE);
	}
	if (write(q->kick, &one, sizeof(one)) != sizeof(one))
		return false;
	return poll(&call, 1, ms) == 1 && read(q->call, &one, sizeof(one)) == sizeof(one);
}

/* Takes answers to requests from before a disconnection; split rings only. */
static void take_rest(struct front *f, unsigned int queue)
{
	struct front_queue *q = &f->queues[queue];
	struct pollfd call = { .fd = q->call, .events = POLLIN };
	uint64_t n;

	while (!f->packed && q->used != q->avail && poll(&call, 1, 1000) == 1 &&
	       read(q->call, &n, sizeof(n)) == sizeof(n))
		while (taken_back(f, queue, 0) >= 0)
			;
}

bool front_come_back(struct front *f, bool anew)
{
	unsigned int i;
	bool good;

	end(f);
	good = begin(f, anew);
	for (i = 0; good && !anew && i < f->nr_queues; i++)
		take_rest(f, i);
	return good;
}

bool front_overrun(struct front *f)
{
	const uint8_t *before = in_buffer(f) - GUARD, *after = in_buffer(f) + f->in_len;
	unsigned int i;

	for (i = 0; i < GUARD; i++)
		if (before[i] != FRONT_UNWRITTEN || after[i] != FRONT_UNWRITTEN)
			return true;
	return false;
}
