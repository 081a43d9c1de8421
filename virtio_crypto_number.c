// SPDX-License-Identifier: GPL-2.0
// Copyright (C) 2026 The virtio_crypto authors
/*
 * Numbers that devices write: results and signatures of RSA.  A device may
 * leave out zeros in front, so that the number has to be put in its place.
 */
#include <linux/errno.h>
#include <linux/string.h>

#include "virtio_crypto_number.h"

/*
 * Fills a buffer for a number, to show which bytes the device has not written.
 */
#define VIRTCRYPTO_NUMBER_FILL	0xa5

/**
 * virtcrypto_number_expect() - prepare a buffer for a number from a device
 * @buf: the buffer
 * @size: its length
 */
void virtcrypto_number_expect(u8 *buf, unsigned int size)
{
	memset(buf, VIRTCRYPTO_NUMBER_FILL, size);
}

/**
 * virtcrypto_number_place() - put a number that a device has written in its
 * place
 * @buf: where it was written, prepared by virtcrypto_number_expect()
 * @size: bytes of @buf, and of the number with zeros in front
 * @used: bytes that the device says it has written, a status byte among them;
 *	none or one, if that is not known
 *
 * Devices may leave out leading zeros.  DPDK does not report how much it has
 * written, and with VIRTIO_F_IN_ORDER most lengths are lost.  Then a number
 * whose last byte looks unwritten may be a shorter one; so does one number in
 * 256 by chance.
 *
 * Return: 0, or -EIO if the number's length is not certain.
 */
int virtcrypto_number_place(u8 *buf, unsigned int size, unsigned int used)
{
	unsigned int len = used - 1;

	if (used <= 1)
		return buf[size - 1] == VIRTCRYPTO_NUMBER_FILL ? -EIO : 0;
	if (len >= size)
		return 0;
	memmove(buf + size - len, buf, len);
	memset(buf, 0, size - len);
	return 0;
}
