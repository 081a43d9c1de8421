/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The virtio_crypto authors
 *
 * The parts of wire_test, each in a separate file.
 */
#ifndef VCDEV_WIRE_TEST_H
#define VCDEV_WIRE_TEST_H

/* Published vectors in every form, and a table of those that passed */
void test_vectors(void);
/* Requirements on drivers: each is broken and reported once */
void test_breaches(void);
/* Faults and other commands; counters */
void test_faults(void);
/* What DPDK's vhost-crypto answers, and where in the ring */
void test_dpdk(void);
/* Random invalid input */
void test_bad(void);
/* Rings under load: every request is answered, and every answer is signalled */
void test_stress(void);

#endif
