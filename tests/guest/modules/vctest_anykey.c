// SPDX-License-Identifier: GPL-2.0
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * vctest and vccompare: keys for algorithms of any kind, by their names.
 */

#include <linux/prandom.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <crypto/authenc.h>

#include "vctest.h"

/* Longer than a block of any hash. */
#define MAX_HMAC_KEY	200

static unsigned int aes_key_len(struct rnd_state *rng)
{
	return 16 + 8 * vct_rnd(rng, 3);
}

static unsigned int hmac_key_len(struct rnd_state *rng, bool nokey)
{
	if (nokey && !vct_rnd(rng, 20))
		return 0;
	return 1 + vct_rnd(rng, MAX_HMAC_KEY);
}

static unsigned int key_len(const char *name, struct rnd_state *rng, bool nokey)
{
	if (strstarts(name, "rfc3686(") || strstarts(name, "rfc4106("))
		return aes_key_len(rng) + 4;
	if (strstarts(name, "rfc4309("))
		return aes_key_len(rng) + 3;
	if (strstarts(name, "xts("))
		return vct_rnd(rng, 2) ? 32 : 64;
	if (strstarts(name, "xcbc("))
		return 16;
	if (strstarts(name, "hmac("))
		return hmac_key_len(rng, nokey);
	if (strstarts(name, "rfc7539("))
		return 32;
	if (strstr(name, "(des3_ede)"))
		return 24;
	if (strstr(name, "(des)"))
		return 8;
	if (strstr(name, "(aes)"))
		return aes_key_len(rng);
	return 0;
}

/* A key of authenc: a header, the key of the MAC, the key of the cipher. */
static unsigned int authenc_header(u8 *key, unsigned int cipher_len)
{
	struct crypto_authenc_key_param param = {
		.enckeylen = cpu_to_be32(cipher_len),
	};
	struct rtattr rta = {
		.rta_type = CRYPTO_AUTHENC_KEYA_PARAM,
		.rta_len = RTA_LENGTH(sizeof(param)),
	};

	memcpy(key, &rta, sizeof(rta));
	memcpy(key + RTA_LENGTH(0), &param, sizeof(param));
	return RTA_SPACE(sizeof(param));
}

/**
 * vct_any_key() - a valid key of any length
 * @name: algorithm, by the crypto API's name
 * @rng: source of randomness
 * @key: buffer of VCT_ANY_KEY bytes
 * @nokey: HMAC sometimes gets an empty key
 * @soft: set to whether drivers may leave it to software: a MAC without a key
 *
 * Return: its length; also 0 if the algorithm has no key.
 */
unsigned int vct_any_key(const char *name, struct rnd_state *rng, u8 *key,
			 bool nokey, bool *soft)
{
	unsigned int len, mac_len, at;

	prandom_bytes_state(rng, key, VCT_ANY_KEY);
	if (!strstarts(name, "authenc")) {
		len = key_len(name, rng, nokey);
		*soft = !len;
		return len;
	}
	len = key_len(strchr(name, ',') + 1, rng, nokey);
	mac_len = hmac_key_len(rng, nokey);
	/* That software writes beyond the destination. */
	if (strstarts(name, "authencesn"))
		mac_len = max(mac_len, 1U);
	*soft = !mac_len;
	at = authenc_header(key, len);
	return at + len + mac_len;
}
